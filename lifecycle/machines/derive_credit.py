"""Derives the credit of a contract for an outage (Art. 8): state, units, yen, period of claiming, timer.

All of it is a function of the outage's facts, the claim and the contract's line. Nothing is final while one of
these can change (R25 to R27).
"""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from lifecycle.machines.dossier import Dossier
from lifecycle.machines.items import items_by_day
from lifecycle.machines.parts import Credit
from lifecycle.terms import art8_credit as art8
from lifecycle.terms.calendar import MOMENT, Month, end_of, start_of, tokyo_day
from lifecycle.terms.editions import EDITIONS, Editions
from lifecycle.terms.version import Terms

FAR = timedelta(days=366 * 300)  # an outage without recovery so far


@dataclass(frozen=True, slots=True)
class CreditOutcome:
    """The result of an outage for a contract.

    path: the claim and the clock's events that lead to the state, with their instants. part: the part of the
    outage that counts, None if none does. units, amount_yen: of that part.
    """

    state: str
    path: tuple[tuple[str, datetime], ...]
    part: art8.Counted | None = None
    units: int = 0
    amount_yen: int = 0
    claimable_on: date | None = None
    last_claim_on: date | None = None


def counted_part(credit: Credit, dossier: Dossier, until: datetime | None = None) -> art8.Counted | None:
    """The part of the outage that counts for the contract (R26).

    until: the instant up to which a continuing outage is counted; None: as long as the contract is in force. Hours
    that an earlier known outage covers count for that one, if both are attributable to the company.
    """
    contract = dossier.contract
    ends_at = credit.recovered_at or credit.known_at + FAR
    starts_on = contract.billing_starts_on
    if contract.effective_on is not None and starts_on is not None and contract.effective_on < starts_on:
        starts_on = None  # billing never starts (R11)
    known_at = credit.known_at
    for other in dossier.credits:
        earlier = (other.known_at, other.id) < (credit.known_at, credit.id)
        both = credit.attributable and other.attributable and not other.annulled
        if earlier and both and (other.recovered_at or other.known_at + FAR) > known_at:
            known_at = other.recovered_at or other.known_at + FAR
    if until is not None:
        ends_at = min(ends_at, until)
    return art8.counted(known_at, ends_at, starts_on, contract.effective_on) if ends_at > known_at else None


def outcome(
    credit: Credit, dossier: Dossier, until: datetime | None = None, editions: Editions = EDITIONS
) -> CreditOutcome:
    """The result of the outage by an instant; None: as far as known."""
    editions = editions.governing(dossier.contract)
    if credit.annulled:
        return CreditOutcome("refused", ())
    part = counted_part(credit, dossier, until)
    terms = editions.on(tokyo_day(credit.known_at))
    refused = _not_owed(credit, dossier, until)
    if part is None or art8.reached_at(part.since, terms) > part.until:
        return CreditOutcome("refused", refused, part) if refused else _too_short(credit, dossier, part, until)
    first, window = art8.claim_window(part.since, terms)
    assert window.on is not None
    units, yen = (0, 0) if goes_on(credit, part) else amount(part, dossier, terms)
    amounts = (part, units, yen, first, window.on)
    if refused:
        return CreditOutcome("refused", refused, *amounts)
    if credit.attributable is None:
        return CreditOutcome("open", (), *amounts)
    claimed_at = credit.claimed_at
    if claimed_at is not None and not start_of(first) <= claimed_at < end_of(window.on):
        claimed_at = None
    path = _path(credit, dossier, part, claimed_at, window.on, terms, until)
    return CreditOutcome(STATES[path[-1][0]] if path else "open", path, *amounts)


def _not_owed(credit: Credit, dossier: Dossier, until: datetime | None) -> tuple[tuple[str, datetime], ...]:
    """An outage by another's fault is refused as soon as it counts, even at that very instant."""
    whole = counted_part(credit, dossier) if credit.attributable is False else None
    at = max(whole.since, credit.known_at) if whole is not None else None
    return (("refuse", at),) if at is not None and (until is None or at <= until) else ()


STATES = {
    "become_claimable": "claimable",
    "claim": "claimed",
    "credit": "credited",
    "lapse": "lapsed",
    "refuse": "refused",
}


def _too_short(
    credit: Credit, dossier: Dossier, part: art8.Counted | None, until: datetime | None
) -> CreditOutcome:
    """Fewer than 24 hours: refused once the outage can no longer grow."""
    ends_on = dossier.contract.effective_on
    ends = [credit.recovered_at, max(credit.known_at, end_of(ends_on)) if ends_on is not None else None]
    over_at = min((at for at in ends if at is not None), default=None)
    if over_at is None or (until is not None and over_at > until):
        return CreditOutcome("open", (), part)
    return CreditOutcome("refused", (("refuse", over_at),), part)


def _path(
    credit: Credit,
    dossier: Dossier,
    part: art8.Counted,
    claimed_at: datetime | None,
    last: date,
    terms: Terms,
    until: datetime | None,
) -> tuple[tuple[str, datetime], ...]:
    path = [("become_claimable", art8.reached_at(part.since, terms))]
    if claimed_at is None:
        path.append(("lapse", end_of(last)))
    else:
        path.append(("claim", max(claimed_at, path[0][1])))
        if (over_at := _over_at(credit, dossier)) is not None:
            month = Month.of(max(tokyo_day(claimed_at), tokyo_day(over_at - MOMENT)))
            path.append(("credit", start_of(month.following.first)))
    return tuple(one for one in path if until is None or one[1] <= until)


def _over_at(credit: Credit, dossier: Dossier) -> datetime | None:
    """The end of the outage for the contract: the recovery, or the contract's end."""
    ends_on = dossier.contract.effective_on
    ends = [credit.recovered_at, end_of(ends_on) if ends_on is not None else None]
    return min((at for at in ends if at is not None), default=None)


def goes_on(credit: Credit, part: art8.Counted) -> bool:
    """Whether the outage has no known end for the contract."""
    return part.until >= credit.known_at + FAR


def amount(part: art8.Counted, dossier: Dossier, terms: Terms) -> tuple[int, int]:
    """Units and yen of the part that counts (Annex 2, R25)."""
    ruling = art8.credit(part, fee_on(dossier, terms), terms)
    return ruling.days or 0, ruling.amount_yen or 0


def derive_credit(credit: Credit, dossier: Dossier, editions: Editions = EDITIONS) -> Credit:
    """Return the credit with its derived values; its timer is the next event of the path.

    Units and yen of a continuing outage are 0: callers compute them up to their instant.
    """
    found = outcome(credit, dossier, None, editions)
    over = credit.recovered_at is not None or dossier.contract.state == "terminated"
    due_event, due_at = next_of(credit, found)
    return credit.replace(
        since=found.part.since if found.part else None,
        units=found.units if over else 0,
        amount_yen=found.amount_yen if over else 0,
        claimable_on=found.claimable_on,
        last_claim_on=found.last_claim_on,
        due_event=due_event,
        due_at=due_at,
    )


def next_of(credit: Credit, found: CreditOutcome) -> tuple[str | None, datetime | None]:
    """The next event of the clock on the path from the credit's present state."""
    states = ["open", *(STATES[event] for event, _ in found.path)]
    for state, (event, at) in zip(states, found.path, strict=False):
        if state == credit.state and event != "claim":
            return event, at
    if found.state == "refused" != credit.state:
        return found.path[-1]
    return None, None


def credited_in(credit: Credit, part: art8.Counted) -> date:
    """The day whose month contains the credit: that of the claim, or of the end of the outage if later (R25)."""
    assert credit.claimed_at is not None
    return max(tokyo_day(credit.claimed_at), tokyo_day(part.until - MOMENT))


def fee_on(dossier: Dossier, terms: Terms) -> Callable[[date], int]:
    """The contract's monthly base fee in yen on each civil day, by the item of that day.

    terms: the version in force when the outage became known; it governs all its units (R26, R32).
    """
    items = items_by_day(dossier)
    starts = [since for since, _ in items]

    def fee(day: date) -> int:
        return terms.items[items[bisect_right(starts, day) - 1][1]].monthly_fee_yen

    return fee
