"""Erasure of personal data over the API and on the command line, as in the how-to page."""

import re

import pytest

from tests.api.desk import Desk, Invoke, path_of
from tests.docs.pages import ROOT, blocks, text

PAGE = text(ROOT / "docs" / "how-to" / "erase-personal-data.md")
WHY = {"reason": "asked for in writing"}


def test_an_erased_contract_shows_no_person_and_is_found_by_its_reference(desk: Desk) -> None:
    contract = desk.do(desk.apply(reference="K-1"), "withdraw")
    erased = desk.do(contract, "erase_personal_data", **WHY)
    assert (erased["customer"], erased["administrator"], erased["still_named_in"]) == (None, None, [])
    assert erased["personal_data_erased_at"] == "2022-04-22T09:00:00+09:00"
    assert desk.show(contract)["personal_data_erased_at"] == erased["personal_data_erased_at"]
    assert [found["id"] for found in desk.get("/v1/contracts", q="K-1")["items"]] == [contract["id"]]
    assert desk.get("/v1/contracts", q="山田")["items"] == []
    assert "山田" not in desk.client.get("/v1/audit/transitions").text


def test_an_active_contract_is_refused_with_its_state(desk: Desk) -> None:
    refused = desk.do(desk.accepted(), "erase_personal_data", 409, **WHY)
    assert (refused["type"], refused["state"]) == ("/problems/not-possible", "accepted")


def test_a_reason_is_needed(desk: Desk) -> None:
    desk.do(desk.do(desk.apply(), "withdraw"), "erase_personal_data", 422)


def test_a_replayed_answer_shows_no_name_after_the_erasure(desk: Desk) -> None:
    headers = {"Idempotency-Key": "one"}
    body = desk.application | {"reference": "K"}
    contract = desk.post("/v1/contracts", body, 201, headers=headers)
    desk.do(contract, "withdraw")
    desk.post(f"{path_of(contract)}/erase_personal_data", WHY, headers={"Idempotency-Key": "two"})
    assert desk.post("/v1/contracts", body, 409, headers=headers)["existing"] == path_of(contract)
    again = desk.post(f"{path_of(contract)}/erase_personal_data", WHY, headers={"Idempotency-Key": "two"})
    assert again["customer"] is None


def test_the_command_of_the_page_erases(desk: Desk, database_url: str, invoke: Invoke) -> None:
    (line,) = blocks(re.sub(r"^   ", "", PAGE, flags=re.MULTILINE))
    words = ["erase", "{id}", "--reason", "asked for in writing on 3 June", "--by", "suzuki"]
    assert line == f'lifecycle erase c_01g1793000mdgr1ppmy0ffgaq3 --reason "{words[3]}" --by suzuki\n'
    contract = desk.apply(reference="K")
    words[1] = contract["id"]
    assert "not possible in the state applied" in invoke(*words, "--database-url", database_url, status=1)
    desk.do(contract, "withdraw", reason="山田太郎 called")
    assert f"{contract['id']}.2" in invoke(*words, "--database-url", database_url)
    assert desk.show(contract)["customer"] is None
    row = desk.feed()[-1]
    assert (row["event"], row["actor"], row["reason"]) == ("erase_personal_data", "suzuki", words[3])


@pytest.mark.parametrize("unknown", ["c_00000000000000000000000000", "nonsense"])
def test_the_erase_command_refuses_an_unknown_contract(database_url: str, invoke: Invoke, unknown: str) -> None:
    said = invoke("erase", unknown, "--reason", "x", "--by", "y", "--database-url", database_url, status=1)
    assert f"no contract has the id {unknown}" in said
