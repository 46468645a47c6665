"""A credit depends on the outage and the contract, never on how the outage was cut into requests (R25, R26)."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from lifecycle.commands import outages
from lifecycle.machines.parts import Outage
from tests.commands.diary import Diary, tokyo
from tests.commands.part_refusals import written

KNOWN = tokyo("2022-05-10 10:00")
LENGTHS = (timedelta(hours=23, minutes=59, seconds=59), timedelta(days=1), timedelta(days=2, seconds=-1),
           timedelta(days=3, hours=5))  # fmt: skip
Cut = Callable[[Diary, Sequence[str], datetime], None]


def opened(
    diary: Diary, only: Sequence[str] | None, fault: bool | None, recovered: datetime | None = None
) -> Outage:
    """An outage recorded when the company knew, or afterwards where it is over already."""
    found = outages.OutageReport(KNOWN, "alarm", fault, tuple(only) if only else None, recovered)
    outage: Outage = written(diary, outages.open_outage, diary.order(), found)
    return outage


def at_once(diary: Diary, contracts: Sequence[str], recovered: datetime) -> None:
    diary.today("2022-05-20 10:00")
    opened(diary, None, True, recovered)


def opened_then_recovered(diary: Diary, contracts: Sequence[str], recovered: datetime) -> None:
    diary.today("2022-05-10 11:00")
    outage = opened(diary, None, True)
    diary.today("2022-05-20 10:00")
    written(diary, outages.recover, outage.id, diary.order(), recovered)


def contract_by_contract(diary: Diary, contracts: Sequence[str], recovered: datetime) -> None:
    diary.today("2022-05-10 11:00")
    found = [opened(diary, [contract], True) for contract in contracts]
    diary.today("2022-05-20 10:00")
    for outage in found:
        written(diary, outages.recover, outage.id, diary.order(), recovered)


def fault_found_out_last(diary: Diary, contracts: Sequence[str], recovered: datetime) -> None:
    diary.today("2022-05-10 11:00")
    outage = opened(diary, contracts, None)
    diary.today("2022-05-18 10:00")
    written(diary, outages.recover, outage.id, diary.order(), recovered)
    diary.today("2022-05-20 10:00")
    outage_id = outage.id

    def attribute(conn: object) -> object:
        return outages.attribute(conn, outage_id, diary.order(), attributable=True)  # type: ignore[arg-type]

    written(diary, attribute)


CUTS: tuple[Cut, ...] = (at_once, opened_then_recovered, contract_by_contract, fault_found_out_last)


def earned(engine: Engine, cut: Cut, length: timedelta, references: str) -> list[tuple[object, ...]]:
    """What two contracts, Premium and Basic, earn by an outage of a length, recorded in one of the ways."""
    diary = Diary(engine)
    contracts = [diary.accepted(reference=f"{references}-{item}", item=item) for item in ("premium", "basic")]
    cut(diary, contracts, KNOWN + length)
    found = [credit for contract in contracts for credit in diary.look(contract).credits]
    return [(c.units, c.amount_yen, c.claimable_on, c.last_claim_on, c.since) for c in found]


@pytest.mark.parametrize("length", LENGTHS, ids=str)
@pytest.mark.parametrize("cut", CUTS, ids=lambda cut: cut.__name__)
def test_a_credit_never_depends_on_how_the_outage_was_cut_into_requests(
    engine: Engine, cut: Cut, length: timedelta
) -> None:
    units = length // timedelta(days=1)
    found = earned(engine, cut, length, "A")
    assert [credit[:2] for credit in found] == [(units, units * 200_000 // 30), (units, units * 100_000 // 30)]
    assert len({credit[2:] for credit in found}) == 1
    assert [str(day) for day in found[0][2:4]] == (["2022-05-11", "2022-08-11"] if units else ["None", "None"])
