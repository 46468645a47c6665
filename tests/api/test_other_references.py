"""Other references of a contract: searchable, shared by several contracts, ambiguous in files."""

from datetime import datetime

import pytest
from sqlalchemy import select

from api.imports.import_file import ImportOptions, ImportResult, import_file
from lifecycle.records import tables
from lifecycle.records.engine import reading
from lifecycle.sheets.reading import read_sheet
from tests.api.desk import Desk

NOW = datetime.fromisoformat("2022-06-11T09:00:00+09:00")


def notice(desk: Desk, named: str) -> ImportResult:
    file = f"contract,arrived_on,chosen_on\n{named},2022-06-10,\n".encode()
    return import_file(desk.engine, read_sheet(file), ImportOptions("sato", NOW))


def found(desk: Desk, **query: str) -> list[str]:
    return [item["reference"] for item in desk.get("/v1/contracts", **query)["items"]]


def test_other_references_are_stored_as_typed_and_are_in_the_history(desk: Desk) -> None:
    contract = desk.apply(reference="A-1", other_references=["　ＰＯ－７ ", "2022年度 更新分"])
    assert contract["other_references"] == ["ＰＯ－７", "2022年度 更新分"]
    (first,) = desk.get(f"/v1/contracts/{contract['id']}/history")["items"]
    assert first["facts"]["other_references"] == ["ＰＯ－７", "2022年度 更新分"]


def test_without_other_references_the_history_has_no_field_for_them(desk: Desk) -> None:
    contract = desk.apply(reference="A-1")
    (first,) = desk.get(f"/v1/contracts/{contract['id']}/history")["items"]
    assert contract["other_references"] == [] and "other_references" not in first["facts"]


@pytest.mark.parametrize("typed", ["PO-7", "ｐｏ－７", "po–7"])
def test_a_contract_is_found_by_each_however_it_is_typed(desk: Desk, typed: str) -> None:
    desk.apply(reference="A-1", other_references=["ＰＯ－７", "Z-9"])
    desk.apply(reference="A-2", other_references=["PO-77"])
    assert found(desk, reference=typed) == ["A-1"]
    assert found(desk, q=typed)[0] in ("A-1", "A-2") and "A-1" in found(desk, q=typed)


def test_a_search_finds_a_part_of_another_reference_and_names_the_field(desk: Desk) -> None:
    desk.apply(reference="A-1", other_references=["PO-2022-777"])
    (item,) = desk.get("/v1/contracts", q="22-77")["items"]
    assert (item["reference"], item["matched_in"]) == ("A-1", ["other_reference"])


def test_several_contracts_can_share_another_reference(desk: Desk) -> None:
    for name in ("A-1", "A-2"):
        desk.apply(reference=name, other_references=["PO-7"])
    assert sorted(found(desk, reference="po-7")) == ["A-1", "A-2"]


@pytest.mark.parametrize("others", [["PO-7", "ｐｏ－７"], ["ａ‐１"]])
def test_one_contract_cannot_have_the_same_reference_twice(desk: Desk, others: list[str]) -> None:
    body = desk.application | {"reference": "A-1", "other_references": others}
    refused = desk.post("/v1/contracts", body, 422)
    assert refused["errors"] == [
        {"pointer": "/other_references", "detail": "names a reference twice, or the contract's own"}
    ]


@pytest.mark.parametrize("wrong", ["", "PO\u200b7", "PO\n7", "x" * 101])
def test_an_invalid_other_reference_is_refused_with_its_pointer(desk: Desk, wrong: str) -> None:
    body = desk.application | {"reference": "A-1", "other_references": ["PO-1", wrong]}
    refused = desk.post("/v1/contracts", body, 422)
    assert refused["errors"][0]["pointer"] == "/other_references/1"


def test_an_amendment_replaces_them_and_the_old_ones_find_nothing(desk: Desk) -> None:
    contract = desk.apply(reference="A-1", other_references=["PO-7", "PO-8"])
    amended = desk.do(contract, "amend", other_references=["PO-8", "PO-9"])
    assert amended["other_references"] == ["PO-8", "PO-9"]
    assert [found(desk, reference=name) for name in ("PO-7", "PO-8", "PO-9")] == [[], ["A-1"], ["A-1"]]
    assert desk.do(contract, "amend", other_references=[])["other_references"] == []
    with reading(desk.engine) as conn:
        assert conn.execute(select(tables.other_reference)).all() == []


def test_an_amendment_of_something_else_leaves_them(desk: Desk) -> None:
    contract = desk.apply(other_references=["PO-7"])
    assert desk.do(contract, "amend", item="basic")["other_references"] == ["PO-7"]


def test_after_the_acceptance_a_correction_puts_them_right(desk: Desk) -> None:
    contract = desk.accepted(reference="A-1", other_references=["P0-7"])
    (entry, *_) = desk.get(f"/v1/contracts/{contract['id']}/history")["items"]
    body = {"entry": entry["id"], "facts": {"other_references": ["PO-7"]}, "reason": "A zero for an O."}
    assert desk.post(f"/v1/contracts/{contract['id']}/corrections", body)["other_references"] == ["PO-7"]
    assert (found(desk, reference="P0-7"), found(desk, reference="PO-7")) == ([], ["A-1"])


def test_a_past_moment_shows_those_of_then(desk: Desk) -> None:
    contract = desk.apply(other_references=["PO-7"])
    then = desk.get("/v1/clock")["now"]
    desk.move_to("2022-04-25")
    desk.do(contract, "amend", other_references=["PO-8"])
    shown = desk.get(f"/v1/contracts/{contract['id']}", effective_at=then)
    assert shown["other_references"] == ["PO-7"]


def test_a_file_names_a_contract_by_one_of_them(desk: Desk) -> None:
    contract = desk.accepted(reference="A-1", other_references=["PO-7"])
    assert (notice(desk, "ｐｏ－７").new, desk.show(contract)["state"]) == (1, "cancel_notified")


@pytest.mark.parametrize("own", ["A-2", "PO-7"])
def test_an_ambiguous_reference_in_a_file_is_refused_with_all_contracts(desk: Desk, own: str) -> None:
    first = desk.accepted(reference="A-1", other_references=["PO-7"])
    second = desk.accepted(reference=own, other_references=[] if own == "PO-7" else ["PO-7"])
    done = notice(desk, "PO-7")
    (fault,) = done.wrong[0].faults
    assert first["id"] in fault.said.en and second["id"] in fault.said.ja
    assert desk.show(first)["state"] == desk.show(second)["state"] == "accepted"


def test_files_of_applications_and_of_an_existing_book_give_them(desk: Desk) -> None:
    lines = [
        "reference,other_references,received_on,customer.name,item",
        "A-1,PO-7; ＰＯ－８、PO-9,2022-04-20,甲社,basic",
    ]
    assert import_file(desk.engine, read_sheet("\n".join(lines).encode()), ImportOptions("sato", NOW)).wrong == []
    lines = [
        "reference,other_references,accepted_on,billing_starts_on,billed_until,customer.name,administrator.name,"
        "administrator.email,item",
        "B-1,PO-7,2022-04-20,2022-05-01,2022-05,乙社,乙,otsu@example.co.jp,basic",
    ]
    done = import_file(desk.engine, read_sheet("\n".join(lines).encode()), ImportOptions("sato", NOW))
    assert (done.new, done.wrong) == (1, [])
    assert import_file(desk.engine, read_sheet("\n".join(lines).encode()), ImportOptions("sato", NOW)).new == 0
    assert sorted(found(desk, reference="PO-7")) == ["A-1", "B-1"]
    assert found(desk, reference="po-8") == ["A-1"]


def test_a_file_marks_the_cell_that_names_one_twice(desk: Desk) -> None:
    for cell in ("PO-7;ｐｏ－７", "A‐1", "x" * 101):
        file = f"reference,customer.name,item,other_references\nA-1,甲社,basic,{cell}\n".encode()
        (wrong,) = import_file(desk.engine, read_sheet(file), ImportOptions("sato", NOW)).wrong
        assert [fault.place for fault in wrong.faults] == [3]


def test_an_erasure_keeps_other_references(desk: Desk) -> None:
    contract = desk.apply(reference="A-1", other_references=["PO-7"])
    desk.do(contract, "reject", reason="No stock.")
    desk.post(f"/v1/contracts/{contract['id']}/erase_personal_data", {"reason": "On request."})
    assert found(desk, reference="PO-7") == ["A-1"]
