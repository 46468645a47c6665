"""Whether an entry comes in time: nothing recorded comes after its place, so that one step is enough (R16)."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from lifecycle.machines.derive_credit import outcome
from lifecycle.machines.dossier import Contract, Dossier, Option
from lifecycle.machines.entries import HumanEntry, Row, entries_of
from lifecycle.machines.legal_order import in_legal_order, place
from lifecycle.machines.parts import Credit, ItemChange
from lifecycle.terms.calendar import end_of, start_of
from lifecycle.terms.editions import Editions

Rows = Callable[[], Sequence[Row]]  # reads the payloads of a contract and its parts, in the order of recording


def in_time(dossier: Dossier, entry: HumanEntry, rows: Rows) -> bool:
    """Whether the entry takes its place after all entries and all rows of the clock (R16).

    rows: asked only where the contract does not know the place of its newest entry.
    """
    if entry.event.beside:
        return True
    at = place(entry)
    if entry.kind == "credit":
        return entry.opens or dossier.subject(entry.subject_id).state in ("open", "claimable")
    if any(at < fired for fired in fired_at(dossier)):
        return False
    contract = dossier.contract
    if contract.line_at is not None and contract.line_rank is not None:
        return (at, entry.event.rank) > (contract.line_at, contract.line_rank)
    newest = newest_place(entries_of(rows()))
    return newest is None or (at, entry.event.rank) > newest


def newest_place(entries: Iterable[HumanEntry]) -> tuple[datetime, int] | None:
    """The place and rank of the newest entry on the line; of a setting the later of place and agreement."""
    line = (entry for entry in entries if not entry.event.beside and entry.kind != "credit")
    return max(((max(at, e.at), e.event.rank) for at, e in in_legal_order(line)), default=None)


def noted(dossier: Dossier, entry: HumanEntry) -> Dossier:
    """The dossier with the place of its newest entry."""
    if entry.event.beside or entry.kind == "credit":
        return dossier
    contract = dossier.contract
    mine = (max(place(entry), entry.at), entry.event.rank)
    if contract.line_at is None or contract.line_rank is None or mine > (contract.line_at, contract.line_rank):
        return dossier._replace(contract=contract.replace(line_at=mine[0], line_rank=mine[1]))
    return dossier


def fired_at(dossier: Dossier) -> list[datetime]:
    """The instants of what the clock has recorded on the line, as the subjects show them."""
    found = []
    for subject in dossier.subjects:
        if isinstance(subject, Contract | Option):
            if subject.billing_started and subject.billing_starts_on is not None:
                found.append(start_of(subject.billing_starts_on))
            if subject.terminated_on is not None:
                found.append(end_of(subject.terminated_on))
            if isinstance(subject, Contract) and subject.billing_held and subject.planned_start_on is not None:
                found.append(start_of(subject.planned_start_on))
        elif isinstance(subject, ItemChange) and subject.state == "effective" and subject.effective_on is not None:
            found.append(start_of(subject.effective_on))
    return found


def stays_derived(before: Dossier, after: Dossier, entry: HumanEntry, now: datetime, editions: Editions) -> bool:
    """Whether every credit is where its facts and the line lead to, and no row of it is out of date (R26)."""
    was = {credit.id: credit for credit in before.credits}
    return all(_derived(before, was.get(c.id), after, c, now, editions) for c in after.credits)


def _derived(
    before: Dossier, old: Credit | None, after: Dossier, credit: Credit, now: datetime, editions: Editions
) -> bool:
    found = outcome(credit, after, now, editions)
    if found.state != credit.state:
        return False
    if old is None or old.state == "open":
        return True
    recorded = outcome(old, before, now, editions).path
    return all(step in found.path for step in recorded if step[0] != "claim")
