"""Outages over the API: in sequence, for all or some contracts, entered late, recovered once."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event, func, select

from lifecycle.records import tables
from lifecycle.records.engine import reading
from tests.api.desk import Desk, Json, path_of
from tests.api.parts import credits_of, entered, last_row, outage, refusing
from tests.scheduler.books import ending, fill

APRIL = "2022-04-{:02}T08:00:00+09:00"
MANY = 400


@pytest.fixture
def contracts(desk: Desk) -> list[Json]:
    return [entered(desk, "2022-03-01") for _ in range(2)]


Given = Callable[[list[Json]], dict[str, Any]]


NOW = 22  # of April; an outage that lasts has counted the days up to it


def span(first: int, last: int | None, whom: str) -> Given:
    """An outage from one day of April to another (None: open), for all, the first contract or the second."""

    def given(contracts: list[Json]) -> dict[str, Any]:
        which = {"all": "all", "first": contracts[:1], "second": contracts[1:]}[whom]
        ends = {"recovered_at": APRIL.format(last)} if last else {}
        return {"contracts": which, "known_at": APRIL.format(first)} | ends

    return given


OVERLAPS = [
    (span(5, None, "all"), span(10, None, "all")),
    (span(5, None, "all"), span(1, None, "first")),
    (span(5, None, "first"), span(10, 12, "all")),
    (span(5, None, "first"), span(1, 6, "first")),
    (span(5, 10, "all"), span(9, 12, "second")),
    (span(5, 10, "first"), span(1, None, "all")),
    (span(5, 10, "first"), span(6, 7, "first")),
    (span(5, 10, "first"), span(6, 7, "second")),
]
APART = [
    (span(5, 10, "all"), span(10, None, "all")),
    (span(5, None, "all"), span(1, 5, "all")),
    (span(5, 10, "first"), span(1, 5, "first")),
    (span(5, None, "first"), span(6, None, "second")),
    (span(5, 10, "first"), span(6, 7, "second")),
]


@pytest.mark.parametrize(("one", "other"), OVERLAPS)
def test_time_never_counts_twice(desk: Desk, contracts: list[Json], one: Given, other: Given) -> None:
    for given in (one, other):
        outage(desk, **given(contracts))
    for contract in contracts:
        counted = sum(credit["units"] or 0 for credit in credits_of(desk, contract))
        assert counted == len(days_of(contract, contracts, one) | days_of(contract, contracts, other))


def days_of(contract: Json, contracts: list[Json], given: Given) -> set[int]:
    """The days of April, each from 08:00, that an outage covers for a contract."""
    said = given(contracts)
    if said["contracts"] != "all" and contract not in said["contracts"]:
        return set()
    first, last = (int(said[name][8:10]) if name in said else NOW for name in ("known_at", "recovered_at"))
    return set(range(first, last))


def test_the_same_outage_is_not_recorded_twice(desk: Desk, contracts: list[Json]) -> None:
    first = outage(desk, **span(5, 10, "all")(contracts))
    before = desk.counts()
    problem = outage(desk, **span(5, None, "first")(contracts), status=409)
    assert refusing(problem) == [("outage_alone", "Art. 8")]
    assert first["id"] in problem["detail"]
    assert desk.counts() == before


@pytest.mark.parametrize(("one", "other"), APART)
def test_outages_at_other_times_or_of_other_contracts_are_separate(
    desk: Desk, contracts: list[Json], one: Given, other: Given
) -> None:
    found = [outage(desk, **given(contracts)) for given in (one, other)]
    assert [shown["id"] for shown in desk.get("/v1/outages")["items"]] == [o["id"] for o in reversed(found)]
    assert sum(len(credits_of(desk, contract)) for contract in contracts) == sum(o["concerned"] for o in found)


@pytest.mark.parametrize(
    ("recovered_at", "rule"),
    [
        (APRIL.format(1), "recovered_after_known"),
        ("2022-03-31T23:00:00Z", "recovered_after_known"),
        ("2022-03-01T08:00:00+09:00", "recovered_after_known"),
        ("2022-04-22T09:00:01+09:00", "not_in_future"),
    ],
)
def test_a_recovery_is_after_the_outage_and_not_in_the_future(
    desk: Desk, contracts: list[Json], recovered_at: str, rule: str
) -> None:
    said = outage(desk, "all", APRIL.format(1), 409, recovered_at=recovered_at)
    found = outage(desk, "all", APRIL.format(1))
    later = desk.do(found, "recover", 409, recovered_at=recovered_at)
    assert [r["rule"] for r in said["rulings"]] == [r["rule"] for r in later["rulings"]] == [rule]
    assert desk.show(found) == found


def test_an_outage_is_not_known_tomorrow(desk: Desk, contracts: list[Json]) -> None:
    problem = outage(desk, "all", "2022-04-22T09:00:01+09:00", 409)
    assert [ruling["rule"] for ruling in problem["rulings"]] == ["not_in_future"]


def test_an_outage_recovers_once_with_every_credit(desk: Desk, contracts: list[Json]) -> None:
    found = outage(desk, "all", APRIL.format(1), attributable=None)
    assert (found["state"], found["concerned"], found["contracts"]) == ("ongoing", 2, "all")
    over = desk.do(found, "recover", recovered_at=APRIL.format(4), reason="the switch was changed")
    assert (over["state"], over["recovered_at"], over["version"]) == ("recovered", APRIL.format(4), 2)
    row = last_row(desk, found)
    assert (row["event"], row["effective_at"], row["reason"]) == (
        "recover", APRIL.format(4), "the switch was changed"
    )  # fmt: skip
    again = desk.do(found, "recover", 409, recovered_at=APRIL.format(5))
    assert (again["type"], again["state"]) == ("/problems/not-possible", "recovered")
    for contract in contracts:
        credit = credits_of(desk, contract)[0]
        assert (credit["recovered_at"], credit["units"], credit["next"]) == (APRIL.format(4), 3, None)
        rows = [entry for entry in desk.feed() if entry["subject_id"] == credit["id"]]
        assert [(entry["event"], entry["caused_by"]) for entry in rows] == [
            ("open", f"{found['id']}.1"), ("recover", f"{found['id']}.2")
        ]  # fmt: skip


def test_only_contracts_in_force_by_then_are_concerned(desk: Desk) -> None:
    applied, rejected = desk.apply(), desk.apply()
    desk.do(rejected, "reject", reason="no")
    gone = entered(desk, "2022-03-01")
    desk.do(gone, "notify_cancellation", arrived_on="2022-03-02", reason="late")
    assert desk.show(gone)["terminated_on"] == "2022-04-01"
    alive = entered(desk, "2022-03-01")
    outage(desk, "all", APRIL.format(2))
    assert [len(credits_of(desk, one)) for one in (applied, rejected, gone, alive)] == [0, 0, 0, 1]


def test_a_contract_that_began_during_the_outage_is_found_at_the_recovery(desk: Desk) -> None:
    found = outage(desk, "all", APRIL.format(1))
    late = entered(desk, "2022-04-10")
    over = desk.do(found, "recover", recovered_at=APRIL.format(14))
    assert (found["concerned"], over["concerned"]) == (0, 1)
    assert credits_of(desk, late)[0]["units"] == 4


def test_an_outage_of_hundreds_is_written_set_by_set(desk: Desk) -> None:
    fill(desk.engine, ending(MANY))  # in force from March to the end of June 2022
    desk.move_to("2022-06-10")
    statements: list[object] = []
    event.listen(desk.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    found = outage(desk, "all", "2022-06-10T08:00:00+09:00")
    over = desk.do(found, "recover", recovered_at="2022-06-10T08:30:00+09:00")
    assert len(statements) < MANY / 5
    assert (found["concerned"], over["concerned"]) == (MANY, MANY)
    credit = tables.SUBJECTS["credit"]
    with reading(desk.engine) as conn:
        states = conn.execute(select(credit.c.state, func.count()).group_by(credit.c.state)).all()
        bits = conn.execute(select(func.count()).where(tables.contract.c.part_kinds == 8)).scalar_one()
        rows = conn.execute(select(func.count()).where(tables.history.c.subject_id.like("k%"))).scalar_one()
    assert (list(map(tuple, states)), bits, rows) == ([("refused", MANY)], MANY, 3 * MANY)
    assert credits_of(desk, path_id(0))[0]["because"][0]["rule"] == "outage_too_short"
    assert path_of(found) == f"/v1/outages/{found['id']}"


def path_id(number: int) -> str:
    """The id of a contract of the book."""
    return f"c_{number:026d}"
