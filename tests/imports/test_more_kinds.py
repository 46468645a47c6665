"""Files of acceptances, and of applications for options and item changes: the same commands, once each."""

import pytest
from sqlalchemy import Engine

from api.imports.import_file import ImportOptions, ImportResult, import_file
from lifecycle.records import tables
from lifecycle.sheets.reading import read_sheet
from tests.imports.test_import import NOW, applications, contract, file_of, rows_in, said, take
from tests.pages.browsing import Browser

FEES = {"initial_fee_yen": "30000", "monthly_fee_yen": "5000"}


def accept(reference: str, starts: str = "2022/5/1", **more: str) -> dict[str, str]:
    row = {"contract": reference, "accepted_on": "2022/4/22", "billing_starts_on": starts, "reason": "引継ぎ"}
    return row | more


@pytest.fixture
def desk(engine: Engine) -> Engine:
    """Three contracts applied for, the first two with an option."""
    take(engine, *applications(2), *(row | {"options.0.reference": ""} for row in applications(3)[2:]))
    return engine


def test_contracts_and_options_are_accepted_by_one_file(desk: Engine) -> None:
    done = take(desk, accept("A-1"), accept("A-2"), accept("A-1-D", "2022/6/1", **FEES))
    assert (done.kind.name, done.new, said(done)) == ("acceptances", 3, [])
    dossier = contract(desk, "A-1")
    assert (dossier.contract.state, dossier.options[0].state) == ("billing", "billing")
    assert dossier.options[0].monthly_fee_yen == 5_000


def test_an_acceptance_is_found_again_and_another_one_refused(desk: Engine) -> None:
    rows = accept("A-1"), accept("A-1-D", **FEES)
    take(desk, *rows)
    again = take(desk, *rows, accept("A-1", "2022/6/1"), accept("A-1-D", **FEES | {"monthly_fee_yen": "6000"}))
    assert (again.new, again.there, len(again.wrong)) == (0, 2, 2)
    assert all("is not possible in the state" in what for _, what in said(again))


def test_a_column_of_another_kind_is_refused_by_name(desk: Engine) -> None:
    done = take(desk, accept("A-1", fee_yen="100"), accept("A-1-D"), accept("none"))
    assert [(row, what) for row, what in said(done)] == [
        (2, "does not belong to it"), (3, "is required"), (3, "is required"),
        (4, "no contract has this reference or id"),
    ]  # fmt: skip


def test_a_rehearsal_sees_acceptances_that_rest_on_each_other(desk: Engine) -> None:
    done = take(desk, accept("A-1-D", **FEES), accept("A-1"), dry_run=True)
    assert done.new == 1 and "Art. 5" in said(done)[0][1]
    done = take(desk, accept("A-1"), accept("A-1-D", **FEES), dry_run=True)
    assert (done.new, said(done)) == (2, [])


def test_options_are_applied_for_once(desk: Engine) -> None:
    row = {"contract": "A-3", "reference": "A-3-D", "received_on": "2022/6/1"}
    assert take(desk, row).new == 1
    again = take(desk, row, row | {"contract": "A-1"})
    assert (again.kind.name, again.there, [what for _, what in said(again)]) == (
        "options", 1, [f"the reference is taken by another one: {contract(desk, 'A-3').options[0].id}"],
    )  # fmt: skip


def test_item_changes_are_applied_for_and_accepted(desk: Engine) -> None:
    take(desk, accept("A-3"))
    row = {"contract": "A-3", "item": "ベーシック", "reference": "A-3-C", "received_on": "2022/6/1"}
    assert (take(desk, row).new, take(desk, row).there) == (1, 1)
    accepted = {"contract": "A-3-C", "accepted_on": "2022/6/10", "effective_on": "2022/7/1", "fee_yen": "1,000"}
    done = take(desk, accepted)
    assert (done.new, said(done)) == (1, [])
    (change,) = contract(desk, "A-3").item_changes
    assert (change.state, str(change.effective_on), change.fee_yen) == ("accepted", "2022-07-01", 1_000)
    assert rows_in(desk, tables.SUBJECTS["item_change"]) == 1


def test_with_four_eyes_an_acceptance_is_not_imported(desk: Engine) -> None:
    how = ImportOptions("sato", NOW, four_eyes=True)
    done: ImportResult = import_file(desk, read_sheet(file_of(accept("A-1"))), how)
    assert done.new == 0 and "second person" in said(done)[0][1]
    assert contract(desk, "A-1").contract.state == "applied"


def test_an_import_of_acceptances_needs_the_right_to_accept(browser: Browser) -> None:
    from tests.api.test_roles import bearer

    headers = bearer(browser.desk, "order_desk")
    content = file_of(accept("R-1"))
    assert browser.desk.client.post("/v1/imports", content=content, headers=headers).status_code == 403
