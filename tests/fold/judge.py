"""The differences between the service and the oracle about a contract, in words."""

from collections import Counter
from datetime import datetime

from lifecycle.machines.dossier import Contract
from lifecycle.machines.entity import Entity
from lifecycle.queries.charges import charges
from tests.fold.compare import clock_of_book, clock_of_oracle, differences, of_book, of_oracle
from tests.fold.desk import Desk
from tests.fold.lives import ORDERS
from tests.machines.folded import facts_alone, folded
from tests.oracle.days import DAY, civil, day_of, month_after, month_of
from tests.oracle.entries import Entry
from tests.oracle.fold import fold
from tests.oracle.lives import ends_at
from tests.oracle.statements import statement

MONTHS_AFTER = 3


def enter_in_order(entries: list[Entry], seed: int, order: str) -> tuple[Desk, datetime]:
    """Enter a contract in an order; return the desk and the instant up to which its clock has run."""
    keyed = ORDERS[order](entries, seed)
    desk, at = Desk().live(keyed), max(ends_at(entries, seed), keyed[-1].at)
    return desk.until(at), at


def faults(desk: Desk, entries: list[Entry], at: datetime, *, money: bool = False) -> list[str]:
    """Return the differences between the result, the oracle's result of all entries, and its own history."""
    oracle = fold(entries, at)
    found = [f"not taken: {entry}" for entry in desk.still_to_enter(at)]
    found += differences(of_book(desk.dossier, desk.names, at), of_oracle(oracle))
    rows, wanted = clock_of_book(desk.rows(), desk.names), clock_of_oracle(oracle)
    found += [f"the clock's row {row} is too much" for row in rows if row not in wanted]
    found += [f"the clock's row {row} is missing" for row in wanted if row not in rows]
    found += own_faults(desk)
    return found + money_faults(desk, entries, at) if money else found


def own_faults(desk: Desk) -> list[str]:
    """Where the stored book is not the fold of its own history."""
    own = folded(desk.rows())
    assert own is not None
    wanted = {subject.id: _alone(subject) for subject in own.subjects}
    found = []
    for subject in map(_alone, desk.dossier.subjects):
        other = wanted.pop(subject.id, None)
        without_effect = other is None and not subject.live  # its opening does not hold, it stays on record
        if subject != other and not without_effect:
            found.append(f"stored {subject}, folded {other}")
    return found + [f"only folded: {subject}" for subject in wanted.values()]


def _alone(subject: Entity) -> Entity:
    """Return a subject without the fields of stored rows and without the kinds of parts ever opened."""
    alone = facts_alone(subject)
    return alone.replace(part_kinds=0) if isinstance(alone, Contract) else alone


def money_faults(desk: Desk, entries: list[Entry], at: datetime) -> list[str]:
    """Where the statements differ, by month and kind of line."""
    oracle = fold(entries, at)
    months = [month_of(min(civil(entry.when) for entry in entries))]
    last = month_of(day_of(at) + MONTHS_AFTER * 31 * DAY)
    while months[-1] < last:
        months.append(month_after(months[-1]))
    wanted = Counter[tuple[str, str]]()
    for month in months:
        for line in statement(oracle, month):
            wanted[month, line.kind] += line.amount_yen or 0
    billed = Counter[tuple[str, str]]()
    for charge in charges(desk.dossier, day_of(at) + (MONTHS_AFTER + 2) * 31 * DAY):
        if str(charge.month) <= months[-1]:
            billed[str(charge.month), charge.kind] += charge.amount_yen or 0
    keys = sorted({*wanted, *billed})
    return [f"{key}: book {billed[key]}, oracle {wanted[key]}" for key in keys if billed[key] != wanted[key]]
