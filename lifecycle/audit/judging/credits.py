"""What an outage earns a contract (Annex 2, R25 to R27)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import NamedTuple

from lifecycle.audit.judging.days import (
    CLAIM_MONTHS,
    DAY,
    FAR,
    FEE_DIVISOR,
    MOMENT,
    MONTHLY,
    UNIT,
    day_of,
    end_of,
    start_of,
    term_last,
)
from lifecycle.audit.judging.line import JudgedLine, item_on


@dataclass(slots=True)
class JudgedCredit:
    """What is known of an outage for one contract. claims: instant and row of each."""

    id: str
    known_at: datetime
    attributable: bool | None
    recovered_at: datetime | None = None
    annulled: bool = False
    claims: list[tuple[datetime, str]] = field(default_factory=list)


class Earned(NamedTuple):
    """What an outage leads to by an instant. path: events of the clock, and the claim, with their instants."""

    state: str
    path: tuple[tuple[str, datetime], ...]
    since: datetime | None = None
    until: datetime | None = None
    units: int = 0
    yen: int = 0
    first: date | None = None
    last: date | None = None


LEADS_TO = {
    "become_claimable": "claimable",
    "claim": "claimed",
    "credit": "credited",
    "lapse": "lapsed",
    "refuse": "refused",
}


def earned(
    line: JudgedLine, credits: Iterable[JudgedCredit], credit: JudgedCredit, at: datetime, until: datetime
) -> Earned:
    """What an outage leads to. at: whose line counts; until: how far an outage that goes on is counted."""
    if credit.annulled:
        return Earned("refused", ())
    start, end = line.start(line.contract, at), line.end(line.contract, at)
    known, over = credit.known_at, end_of(end.on) if end else FAR
    for other in sorted(credits, key=lambda one: one.id):  # R26: covered hours belong to the one known first
        both = credit.attributable and other.attributable and not other.annulled
        if (
            both
            and (other.known_at, other.id) < (credit.known_at, credit.id)
            and (other.recovered_at or FAR) > known
        ):
            known = other.recovered_at or FAR
    since = until_ = None
    ends = min(credit.recovered_at or FAR, over, until)
    if start is not None and (end is None or end.on >= start) and max(known, start_of(start)) < ends:
        since, until_ = max(known, start_of(start)), ends
    if since is not None and credit.attributable is False:
        refused: tuple[tuple[str, datetime], ...] = (("refuse", max(since, credit.known_at)),)
    else:
        refused = ()
    if since is None or until_ is None or since + UNIT > until_:
        if refused:
            return Earned("refused", refused, since, until_)
        last_moment = min(credit.recovered_at or FAR, max(credit.known_at, over))
        if last_moment == FAR or last_moment > until:
            return Earned("open", (), since, until_)
        return Earned("refused", (("refuse", last_moment),), since, until_)
    first = day_of(since + UNIT)
    last = term_last(first + DAY, CLAIM_MONTHS)
    units, yen = priced(line, since, until_, at) if until_ < FAR else (0, 0)
    amounts = (since, until_, units, yen, first, last)
    if refused:
        return Earned("refused", refused, *amounts)
    if credit.attributable is None:
        return Earned("open", (), *amounts)
    path = [("become_claimable", since + UNIT)]
    claimed = min(credit.claims)[0] if credit.claims else None
    if claimed is None or not start_of(first) <= claimed < end_of(last):
        path.append(("lapse", end_of(last)))
    else:
        path.append(("claim", max(claimed, since + UNIT)))
        ended = min(credit.recovered_at or FAR, over)
        if ended < FAR:
            day = max(day_of(claimed), day_of(ended - MOMENT))
            path.append(("credit", start_of(date(day.year + day.month // 12, day.month % 12 + 1, 1))))
    path = [one for one in path if one[1] <= until]
    return Earned(LEADS_TO[path[-1][0]] if path else "open", tuple(path), *amounts)


def priced(line: JudgedLine, since: datetime, until: datetime, at: datetime) -> tuple[int, int]:
    """Whole units of 24 hours, and yen: a thirtieth of the base fee of the item of the day each starts on."""
    units, turns = max(0, (until - since) // UNIT), line.turns(at)
    fees = [MONTHLY[item_on(turns, day_of(since + k * UNIT))] for k in range(units)]
    return units, sum((Fraction(fee, FEE_DIVISOR) for fee in fees), Fraction(0)).__floor__()
