"""References that differ in width, case and hyphens alone are equal: unique, and found in any spelling."""

from datetime import datetime

import pytest
from sqlalchemy import update

from api.imports.import_file import ImportOptions, import_file
from lifecycle.machines.compared import reference_key
from lifecycle.records import tables
from lifecycle.records.engine import writing
from lifecycle.sheets.reading import read_sheet
from tests.api.desk import Desk, Invoke, Json
from tests.api.parts import asked

TYPED = [
    "OD-2022-0001", "od-2022-0001", "ＯＤ－２０２２－０００１", "OD‐2022‐0001", "OD–2022—0001", "OD−2022ー0001",
    "　OD-2022-0001 ", "OD-2022-０００１",
]  # fmt: skip
DIFFERENT = ["OD-2022-0002", "OD2022-0001", "OD-2022-0001-D", "OD 2022 0001"]
NOW = datetime.fromisoformat("2022-06-11T09:00:00+09:00")


@pytest.mark.parametrize("typed", TYPED)
def test_references_that_differ_in_spelling_alone_are_equal(typed: str) -> None:
    assert reference_key(typed) == "od-2022-0001"


@pytest.mark.parametrize("typed", DIFFERENT)
def test_different_references_stay_different(typed: str) -> None:
    assert reference_key(typed) != "od-2022-0001"


def test_a_reference_is_stored_as_typed_but_for_what_surrounds_it(desk: Desk) -> None:
    assert desk.apply(reference="　ＯＤ－１ ")["reference"] == "ＯＤ－１"


def test_the_second_that_compares_equal_is_the_duplicate(desk: Desk) -> None:
    first = desk.apply(reference="OD-2022-0001")
    for typed in TYPED[1:6]:
        body = desk.application | {"reference": typed}
        refused = desk.post("/v1/contracts", body, 409)
        assert (refused["type"], refused["existing"]) == (
            "/problems/duplicate", f"/v1/contracts/{first['id']}",
        )  # fmt: skip


def test_an_option_s_and_a_change_s_reference_are_compared_so_too(desk: Desk) -> None:
    contract = desk.accepted(reference="A-1", options=[{"kind": "drm", "reference": "A-1-D"}])
    other = desk.accepted(reference="A-2")
    desk.post(f"/v1/contracts/{other['id']}/options", {"kind": "drm", "reference": "ａ－１－ｄ"}, 409)
    asked(desk, contract, "basic", reference="A-1-C")
    body = {"reference": "a‐1‐c", "item": "basic"}
    desk.post(f"/v1/contracts/{other['id']}/item_changes", body, 409)


@pytest.mark.parametrize("typed", ["A-1", "ａ‐１", "A-1-D", "ａ－１－ｄ", "a-1-c"])
def test_a_contract_is_found_by_its_own_reference_and_those_of_its_parts(desk: Desk, typed: str) -> None:
    contract = desk.accepted(reference="A-1", options=[{"kind": "drm", "reference": "A-1-D"}])
    asked(desk, contract, "basic", reference="A-1-C")
    desk.apply(reference="A-1-DE")
    for query in ({"reference": typed}, {"q": typed}):
        found = [item["id"] for item in desk.get("/v1/contracts", **query)["items"]]
        assert contract["id"] in found
        assert "q" in query or found == [contract["id"]]


def test_an_unknown_reference_finds_nothing(desk: Desk) -> None:
    desk.apply(reference="A-1")
    assert desk.get("/v1/contracts", reference="A-2")["items"] == []


def twins(desk: Desk) -> tuple[Json, Json]:
    """Two contracts of a database that distinguished their references."""
    first, second = desk.accepted(reference="A-1"), desk.accepted(reference="B-1")
    with writing(desk.engine) as conn:
        later = update(tables.contract).where(tables.contract.c.id == second["id"])
        conn.execute(later.values(reference="ａ‐１", reference_key=None))
    return first, second


def test_two_contracts_with_similar_references_are_found_by_their_own(desk: Desk) -> None:
    first, second = twins(desk)
    assert [one["id"] for one in desk.get("/v1/contracts", reference="a-1")["items"]] == [first["id"]]
    assert second["id"] in [one["id"] for one in desk.get("/v1/contracts", reference="ａ‐１")["items"]]


@pytest.mark.parametrize("sort", ["reference", "-reference"])
def test_a_list_by_reference_ignores_case_and_puts_a_duplicate_last(desk: Desk, sort: str) -> None:
    first, second = twins(desk)
    other = desk.apply(reference="b-2")
    found, cursor = list[str](), dict[str, str]()
    while len(found) < 9:
        page = desk.get("/v1/contracts", limit=1, sort=sort, **cursor)
        found += [one["id"] for one in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    keyed = [first["id"], other["id"]]
    assert found == [*(keyed if sort == "reference" else reversed(keyed)), second["id"]]


@pytest.mark.parametrize("named", ["A-1", "ａ‐１", "a−1"])
def test_a_reference_of_two_contracts_in_a_file_is_refused_with_both(desk: Desk, named: str) -> None:
    first, second = twins(desk)
    file = f"contract,arrived_on,chosen_on\n{named},2022-06-10,\n".encode()
    done = import_file(desk.engine, read_sheet(file), ImportOptions("sato", NOW))
    (wrong,) = done.wrong
    (fault,) = wrong.faults
    assert first["id"] in fault.said.en and second["id"] in fault.said.ja
    assert desk.show(second)["state"] == desk.show(first)["state"] == "accepted"


def test_a_file_finds_a_contract_however_its_reference_is_typed(desk: Desk) -> None:
    contract = desk.accepted(reference="OD-2022-0001")
    file = "contract,arrived_on,chosen_on\nｏｄ－２０２２－０００１,2022-06-10,\n".encode()
    done = import_file(desk.engine, read_sheet(file), ImportOptions("sato", NOW))
    assert (done.new, done.wrong) == (1, [])
    assert desk.show(contract)["state"] == "cancel_notified"


def test_the_check_names_duplicate_references_and_changes_nothing(
    desk: Desk, database_url: str, invoke: Invoke
) -> None:
    assert "agree with their history" in invoke("audit", "check", "--database-url", database_url)
    first, second = twins(desk)
    said = " ".join(invoke("audit", "check", "--database-url", database_url, status=1).split())
    both = ", ".join(sorted((first["id"], second["id"])))
    assert f"doublet / 参照番号の重複: contract a-1: it is borne by several: {both}" in said
