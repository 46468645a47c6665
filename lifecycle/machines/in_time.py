"""Whether an entry is in time: no recorded row comes after its place, so that one step is enough (R16)."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from lifecycle.machines.derive_credit import outcome
from lifecycle.machines.dossier import Contract, Dossier, Option
from lifecycle.machines.entries import HumanEntry, Row, entries_of
from lifecycle.machines.events.credit_due import due_facts
from lifecycle.machines.legal_order import happens_now, in_order_of_entry, on_the_line, place, rank_at
from lifecycle.machines.parts import Credit, ItemChange, Measure
from lifecycle.terms.calendar import end_of, start_of
from lifecycle.terms.editions import Editions

LATE_ALWAYS = (datetime(9999, 12, 31, tzinfo=UTC), 0)  # the stored place if no entry can be in time
Rows = Callable[[], Sequence[Row]]  # reads the payloads of a contract and its parts, in the order of recording


def in_time(dossier: Dossier, entry: HumanEntry, rows: Rows) -> bool:
    """Whether the place of the entry is after all entries and all rows of the clock (R16).

    rows: called only if the contract does not contain the place of its newest entry.
    """
    if entry.event.beside:
        return True
    at = place(entry)
    if entry.kind == "credit":
        return entry.opens or dossier.subject(entry.subject_id).state in ("open", "claimable")
    if any(at < fired for fired in fired_at(dossier)):
        return False
    contract = dossier.contract
    newest: tuple[datetime, int] | None
    if contract.line_at is not None and contract.line_rank is not None:
        newest = contract.line_at, contract.line_rank
    else:
        newest = newest_place(in_order_of_entry(entries_of(rows())))
    if newest is None:
        return True
    return at >= newest[0] if happens_now(entry) else (at, entry.event.rank) > newest


def newest_place(placed: Iterable[tuple[datetime, HumanEntry]]) -> tuple[datetime, int] | None:
    """The place and rank of the newest entry on the line; for a setting the later of place and agreement.

    placed: entries with their places.
    """
    line = [(max(at, entry.at), entry.event.rank) for at, entry in placed if on_the_line(entry)]
    return max(line, default=None)


def _newest(newest: tuple[datetime, int] | None, entry: HumanEntry, at: datetime) -> tuple[datetime, int]:
    before = newest[1] if newest is not None and newest[0] == at else 0
    mine = (at, rank_at(entry, before))
    return mine if newest is None else max(newest, mine)


def noted(dossier: Dossier, entry: HumanEntry) -> Dossier:
    """The dossier with the place of its newest entry."""
    if not on_the_line(entry):
        return dossier
    contract = dossier.contract
    known = contract.line_at is not None and contract.line_rank is not None
    newest = (contract.line_at, contract.line_rank) if known else None
    line_at, line_rank = _newest(newest, entry, max(place(entry), entry.at))  # type: ignore[arg-type]
    return dossier._replace(contract=contract.replace(line_at=line_at, line_rank=line_rank))


def fired_at(dossier: Dossier) -> list[datetime]:
    """The instants of the clock's recorded transitions on the line, as the subjects show them."""
    found = []
    for subject in dossier.subjects:
        if isinstance(subject, Contract | Option):
            if subject.billing_started and subject.billing_starts_on is not None:
                found.append(start_of(subject.billing_starts_on))
            if subject.terminated_on is not None:
                found.append(end_of(subject.terminated_on))
            if isinstance(subject, Contract) and subject.billing_held and subject.planned_start_on is not None:
                found.append(start_of(subject.planned_start_on))
        elif isinstance(subject, Measure):
            found += _fired_of(subject, dossier.contract)
        elif isinstance(subject, ItemChange) and subject.state == "effective" and subject.effective_on is not None:
            found.append(start_of(subject.effective_on))
    return found


def _fired_of(measure: Measure, contract: Contract) -> list[datetime]:
    if measure.state == "planned":
        return []
    over = end_of(contract.terminated_on) if contract.terminated_on is not None else None
    ends = [at for at in (measure.ends_at, over) if at is not None]
    return [measure.starts_at, min(ends)] if measure.state == "ended" and ends else [measure.starts_at]


def rows_stay(before: Dossier, after: Dossier, now: datetime, editions: Editions) -> bool:
    """Whether all rows of credits, and what they counted, are still right: none is final while facts change
    (R26).
    """
    if not before.credits:
        return True
    was = {credit.id: credit for credit in before.credits if credit.state != "open"}
    return all(_rows_stay(before, was[c.id], after, c, now, editions) for c in after.credits if c.id in was)


def _rows_stay(
    before: Dossier, old: Credit, after: Dossier, credit: Credit, now: datetime, editions: Editions
) -> bool:
    recorded, leads_to = outcome(old, before, now, editions).path, outcome(credit, after, now, editions).path
    return all(
        (name, at) in leads_to
        and due_facts(outcome(old, before, at, editions)) == due_facts(outcome(credit, after, at, editions))
        for name, at in recorded
        if name != "claim"
    )


def are_derived(dossier: Dossier, now: datetime, editions: Editions) -> bool:
    """Whether every credit agrees with its facts and the line."""
    return all(outcome(credit, dossier, now, editions).state == credit.state for credit in dossier.credits)
