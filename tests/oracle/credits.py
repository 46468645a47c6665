"""The credits of a contract: a function of outages, claims and the line, at an instant (R25 to R27).

Nothing is stored and no state is final: other facts give another result.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction

from tests.oracle.days import DAY, day_of, end_of, moment, month_after, month_first, month_of, start_of, term_last
from tests.oracle.entries import Entry
from tests.oracle.fold import Folded
from tests.oracle.money import rounded

UNIT = timedelta(hours=24)


@dataclass
class Outage:
    """The facts of an outage known at an instant. recovered_at: None while it is ongoing."""

    id: str
    known_at: datetime
    attributable: bool | None
    recovered_at: datetime | None = None
    claims: list[Entry] = field(default_factory=list)


@dataclass(frozen=True)
class Credit:
    """since, until: the counted part, None if nothing counts. month: the month of its statement."""

    outage: str
    state: str
    since: datetime | None = None
    until: datetime | None = None
    units: int = 0
    amount_yen: int = 0
    claimable_on: date | None = None
    last_claim_on: date | None = None
    claim: str | None = None
    month: str | None = None


def outages_of(folded: Folded) -> list[Outage]:
    """The outages that concern the contract, the one known first at the head.

    Whose fault it was is a fact without a time: the newest finding counts, for the past too.
    """
    found: dict[str, Outage] = {}
    by_agreed = sorted(folded.beside, key=lambda entry: entry.agreed)
    for entry in by_agreed:
        if entry.event == "open" and entry.facts.get("contracts", "all"):
            assert isinstance(entry.when, datetime)
            known = Outage(entry.subject, entry.when, entry.facts.get("attributable"))
            known.recovered_at = entry.facts.get("recovered_at")
            found[entry.subject] = known
    for entry in by_agreed:
        outage = found.get(entry.subject)
        if outage is None:
            continue
        if entry.event == "recover" and moment(entry.when) >= outage.known_at:
            outage.recovered_at = moment(entry.when)
        elif entry.event == "attribute":
            outage.attributable = entry.facts["attributable"]
        elif entry.event == "claim":
            outage.claims.append(entry)
    return sorted(found.values(), key=lambda outage: (outage.known_at, outage.id))


def in_force(folded: Folded) -> tuple[datetime, datetime | None] | None:
    """R26: [S 00:00, E + 1 00:00); None where billing has not started or never will."""
    days = folded.contract
    start, end = days["billing_starts_on"], days["effective_on"]
    if start is None or (end is not None and end < start):
        return None
    return start_of(start), end_of(end) if end is not None else None


def credits_of(folded: Folded) -> list[Credit]:
    """The credit of each outage that hit the contract in force."""
    found, covered_to = [], None
    force = in_force(folded)
    for outage in outages_of(folded):
        part = _counted(outage, force, folded.until)
        if part is None:
            continue
        if outage.attributable and covered_to is not None:  # R26: covered hours belong to the one known first
            part = max(part[0], covered_to), part[1]
        if outage.attributable:
            covered_to = max(part[1], covered_to) if covered_to else part[1]
        found.append(_credit(outage, part, force, folded))
    return found


def _counted(
    outage: Outage, force: tuple[datetime, datetime | None] | None, until: datetime
) -> tuple[datetime, datetime] | None:
    """R26: the outage inside the time in force, counted up to now and never to a future end."""
    if force is None:
        return None
    ends = [moment for moment in (outage.recovered_at, force[1], until) if moment is not None]
    since, to = max(outage.known_at, force[0]), min(ends)
    return (since, to) if since < to else None


def _credit(
    outage: Outage, part: tuple[datetime, datetime], force: tuple[datetime, datetime | None] | None, folded: Folded
) -> Credit:
    since, to = part
    units = max(0, (to - since) // UNIT)
    recovered = outage.recovered_at is not None and outage.recovered_at <= folded.until
    over = recovered or bool(force and force[1] and force[1] <= folded.until)
    if units == 0:
        state = "refused" if over or outage.attributable is False else "open"
        return Credit(outage.id, state, *((since, to) if since < to else (None, None)))
    monthly = folded.prices(day_of(outage.known_at)).monthly  # R32: one version for all units
    fees = [monthly[folded.item_on(day_of(since + k * UNIT))] for k in range(units)]
    yen = rounded(sum((Fraction(fee, 30) for fee in fees), Fraction(0)))
    first = day_of(since + UNIT)  # C, R27
    last = term_last(first + DAY, 3)
    claim = _claim(outage.claims, first, last)
    month = None
    if claim is not None and over:
        month = month_of(max(day_of(moment(claim.when)), day_of(to - timedelta(microseconds=1))))
    state = _state(outage.attributable, claim, last, month, folded.until)
    claimed = claim.id if claim else None
    return Credit(outage.id, state, since, to, units, yen, first, last, claimed, month)


def _claim(claims: Iterable[Entry], first: date, last: date) -> Entry | None:
    """The first claim within the window, from C 00:00 to the end of the last day (R27)."""
    within = [c for c in claims if start_of(first) <= moment(c.when) < end_of(last)]
    return min(within, key=lambda c: (moment(c.when), c.id), default=None)


def _state(fault: bool | None, claim: Entry | None, last: date, month: str | None, until: datetime) -> str:
    if fault is not True:
        return "refused" if fault is False else "open"  # unknown: nothing is credited and nothing lapses
    if claim is not None:
        passed = month is not None and start_of(month_first(month_after(month))) <= until
        return "credited" if passed else "claimed"
    return "lapsed" if end_of(last) <= until else "claimable"
