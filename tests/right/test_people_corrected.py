"""A mistyped customer or administrator is corrected; the earlier record stays (R35, R39)."""

from typing import Any

import pytest

from tests.api.desk import Desk, Json, OpenDesk, path_of
from tests.api.test_parties import FULL, HEIR, SATO, as_of
from tests.right.test_corrections import annul, correct, row


@pytest.fixture
def book(open_desk: OpenDesk) -> tuple[Desk, Json]:
    """A contract of April with a mistyped customer; it is 10 August."""
    desk = open_desk("2022-04-20T09:00:00+09:00")
    contract = desk.accepted(customer=FULL | {"name": "株式会社サンブル"}, requested_billing_start_on="2022-05-01")
    desk.move_to("2022-08-10")
    return desk, contract


def correct_people(book: tuple[Desk, Json], event: str, facts: Json, status: int = 200, **more: Any) -> Json:
    desk, contract = book
    return correct(desk, contract, row(desk, contract, event)["id"], facts, status, **more)


def test_a_customer_typed_wrongly_was_always_the_right_one_and_the_record_keeps_both(
    book: tuple[Desk, Json],
) -> None:
    desk, contract = book
    done = correct_people(book, "apply", {"customer": {"name": FULL["name"]}})
    assert done["customer"] == FULL, "all else of the customer stays"
    assert (done["state"], done["minimum_term_ends_on"]) == ("billing", "2022-05-31")
    assert done["changes"]["documents"] == ["acceptance", "statement"]
    desk.move_to("2022-08-12")
    assert as_of(desk, contract, "2022-05-01")[0] == FULL["name"]
    assert as_of(desk, contract, "2022-05-01", known_at="2022-08-09T00:00:00+09:00")[0] == "株式会社サンブル"
    assert [one["id"] for one in desk.get("/v1/contracts", q="サンプル")["items"]] == [contract["id"]]
    assert desk.get("/v1/contracts", q="サンブル")["items"] == []


def test_the_history_names_the_corrected_fields_and_no_person(book: tuple[Desk, Json]) -> None:
    desk, contract = book
    correct_people(book, "apply", {"customer": {"name": FULL["name"], "phone": None}})
    made = row(desk, contract, "correct_entry")
    assert made["facts"] == {
        "entry": row(desk, contract, "apply")["id"], "facts": {}, "people": ["customer.name", "customer.phone"],
    }  # fmt: skip
    assert len(made["personal"]) == 64
    assert "サンプル" not in str(desk.history(contract))


def test_facts_and_people_can_be_corrected_together(book: tuple[Desk, Json]) -> None:
    done = correct_people(book, "apply", {"received_on": "2022-04-19", "customer": {"email": "a@example.jp"}})
    assert (done["received_on"], done["customer"]["email"]) == ("2022-04-19", "a@example.jp")
    assert done["changes"]["documents"] == ["acceptance"], "an address is on no document, the day is"


def test_each_correction_starts_from_the_one_before(book: tuple[Desk, Json]) -> None:
    correct_people(book, "apply", {"customer": {"phone": "03-0000-0000"}})
    correct_people(book, "apply", {"received_on": "2022-04-19"})
    done = correct_people(book, "apply", {"customer": {"name": FULL["name"]}})
    assert done["customer"] == FULL | {"phone": "03-0000-0000"}


def test_an_administrator_who_was_changed_to_the_wrong_one(book: tuple[Desk, Json]) -> None:
    desk, contract = book
    desk.do(contract, "change_administrator", on="2022-06-01", administrator={"name": "佐籐"}, reason="mail")
    done = correct_people(book, "change_administrator", {"administrator": SATO, "on": "2022-06-02"})
    assert done["administrator"] == SATO
    assert [as_of(desk, contract, day)[1] for day in ("2022-06-01", "2022-06-02")] == ["山田太郎", "佐藤花子"]
    annul(desk, contract, [row(desk, contract, "change_administrator")["id"]])
    assert desk.show(contract)["administrator"]["name"] == "山田太郎"


def test_particulars_and_a_succession_are_corrected_field_by_field(book: tuple[Desk, Json]) -> None:
    desk, contract = book
    desk.do(contract, "change_particulars", on="2022-06-01", customer={"phone": "1"}, reason="mail")
    done = correct_people(book, "change_particulars", {"customer": {"phone": "03-1", "address": "大阪市"}})
    assert (done["customer"]["phone"], done["customer"]["address"]) == ("03-1", "大阪市")
    assert row(desk, contract, "correct_entry")["facts"]["facts"] == {"changed": ["address", "phone"]}
    desk.do(contract, "succeed", on="2022-07-01", ground="merger", customer=HEIR, reason="register")
    done = correct_people(book, "succeed", {"customer": {"name": "株式会社真承継"}, "administrator": SATO})
    assert (done["customer"]["name"], done["customer"]["number"]) == ("株式会社真承継", HEIR["number"])
    assert done["administrator"] == SATO
    assert correct_people(book, "succeed", {"administrator": None})["administrator"]["name"] == "山田太郎"


def test_an_application_that_named_an_administrator_by_mistake(desk: Desk) -> None:
    contract = desk.apply()
    found = correct(desk, contract, row(desk, contract, "apply")["id"], {"administrator": None})
    assert found["administrator"] is None
    refused = desk.post(f"{path_of(contract)}/accept", {}, 409)
    assert "administrator" in refused["detail"], "none is named, as if it had never been"


def test_a_correction_before_a_change_does_not_undo_the_change(book: tuple[Desk, Json]) -> None:
    desk, contract = book
    desk.do(contract, "change_particulars", on="2022-06-01", customer={"phone": "1"}, reason="mail")
    done = correct_people(book, "apply", {"customer": {"phone": "2", "kana": "ア"}})
    assert (done["customer"]["phone"], done["customer"]["kana"]) == ("1", "ア")
    assert desk.show(contract, effective_at="2022-05-01T12:00:00+09:00")["customer"]["phone"] == "2"


def test_a_dry_run_shows_the_right_people_and_keeps_the_wrong_ones(book: tuple[Desk, Json]) -> None:
    desk, contract = book
    before = desk.counts()
    body = {"entry": row(desk, contract, "apply")["id"], "facts": {"customer": {"name": "真"}}, "reason": "x"}
    assert desk.post(f"{path_of(contract)}/corrections", body, dry_run=True)["customer"]["name"] == "真"
    assert desk.counts() == before and desk.show(contract)["customer"]["name"] == "株式会社サンブル"


WRONG: dict[str, tuple[str, Any, str]] = {
    "an unknown field": ("apply", {"customer": {"fax": "1"}}, "/facts/customer/fax"),
    "no name": ("apply", {"customer": {"name": None}}, "/facts/customer/name"),
    "a number for a name": ("apply", {"customer": {"name": 7}}, "/facts/customer/name"),
    "no object": ("apply", {"customer": "株式会社"}, "/facts/customer"),
    "no customer": ("apply", {"customer": None}, "/facts/customer"),
    "nothing": ("apply", {"administrator": {}}, "/facts/administrator"),
    "an administrator with a number": ("apply", {"administrator": {"number": "1"}}, "/facts/administrator/number"),
    "people where there are none": ("accept", {"customer": {"name": "x"}}, "/facts/customer"),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_people_are_marked(book: tuple[Desk, Json], what: str) -> None:
    event, facts, pointer = WRONG[what]
    assert [error["pointer"] for error in correct_people(book, event, facts, 422)["errors"]] == [pointer]


def test_an_erasure_covers_every_version_and_forbids_later_corrections(book: tuple[Desk, Json]) -> None:
    desk, contract = book
    correct_people(book, "apply", {"customer": {"name": FULL["name"]}})
    desk.do(contract, "notify_cancellation", arrived_on="2022-07-01", reason="found late")
    desk.post(f"{path_of(contract)}/erase_personal_data", {"reason": "asked for"})
    assert desk.show(contract)["customer"] is None
    assert "erased" in correct_people(book, "apply", {"customer": {"name": "x"}}, 409)["detail"]
    assert correct_people(book, "apply", {"received_on": "2022-04-19"})["customer"] is None


def test_erasure_reaches_what_was_proposed_about_people(book: tuple[Desk, Json]) -> None:
    desk, contract = book
    desk.context.four_eyes = True
    try:
        changed = {"on": "2022-06-01", "administrator": SATO}
        named = {"subject": contract["id"], "event": "change_administrator", "facts": changed, "reason": "mail"}
        ended = named | {"event": "notify_cancellation", "facts": {"arrived_on": "2022-07-01"}, "reason": "found"}
        made = desk.post(f"{path_of(contract)}/entries", {"entries": [named, ended]}, 202)
        assert SATO["name"] in str(desk.get(f"/v1/approvals/{made['id']}")["body"])
    finally:
        desk.context.four_eyes = False
    desk.do(contract, "notify_cancellation", arrived_on="2022-07-01", reason="found late")
    desk.post(f"{path_of(contract)}/erase_personal_data", {"reason": "asked for"})
    kept = desk.get(f"/v1/approvals/{made['id']}")
    assert (kept["state"], kept["body"], kept["reason"]) == (
        "declined", {}, "The personal data was erased on request.",
    )  # fmt: skip
