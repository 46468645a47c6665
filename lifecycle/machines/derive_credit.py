"""What follows from an outage for one contract: units, yen, window of the claim, timer (Art. 8, R25 to R27)."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from lifecycle.machines.dossier import Dossier
from lifecycle.machines.items import item_as_if_in_force
from lifecycle.machines.parts import Credit
from lifecycle.terms import art8_credit as art8
from lifecycle.terms.calendar import Month, end_of, start_of, tokyo_day
from lifecycle.terms.editions import EDITIONS, Editions, Terms

FAR = timedelta(days=366 * 300)  # an outage nobody has recovered from yet


def counted_part(credit: Credit, dossier: Dossier) -> art8.Counted | None:
    """The part of the outage that counts for the contract (R26)."""
    contract = dossier.contract
    recovered_at = credit.recovered_at or credit.known_at + FAR
    starts_on = contract.billing_starts_on
    if contract.effective_on is not None and starts_on is not None and contract.effective_on < starts_on:
        starts_on = None  # billing never starts (R11)
    return art8.counted(credit.known_at, recovered_at, starts_on, contract.effective_on)


def derive_credit(credit: Credit, dossier: Dossier, editions: Editions = EDITIONS) -> Credit:
    """What follows from the outage and the contract's time in force: units, amount, window, timer."""
    if not credit.live:
        return credit.replace(due_event=None, due_at=None)
    terms = editions.on(tokyo_day(credit.known_at))
    part = counted_part(credit, dossier)
    long_enough = part is not None and part.since + timedelta(hours=terms.credit["unit_hours"]) <= part.until
    if part is None or not long_enough:
        closed = credit.recovered_at or (part.until if part and part.until < credit.known_at + FAR else None)
        return credit.replace(since=part.since if part else None, units=0, amount_yen=0, claimable_on=None,
                          last_claim_on=None, due_event="refuse" if closed else None, due_at=closed)  # fmt: skip
    first, window = art8.claim_window(part.since, terms)
    over = credit.recovered_at is not None or part.until < credit.known_at + FAR
    ruling = art8.credit(part, fee_on(dossier, editions), terms) if over else None
    timer = _timer(credit, part, over, terms, window.on)
    return credit.replace(
        since=part.since,
        units=(ruling.days or 0) if ruling else 0,
        amount_yen=(ruling.amount_yen or 0) if ruling else 0,
        claimable_on=first,
        last_claim_on=window.on,
        due_event=timer[0],
        due_at=timer[1],
    )


def _timer(
    credit: Credit, part: art8.Counted, over: bool, terms: Terms, last: date | None
) -> tuple[str | None, datetime | None]:
    if credit.attributable is False:
        return "refuse", max(part.since, credit.known_at)
    if credit.attributable is None:
        return None, None  # unknown fault: no credit yet (R26)
    if credit.state == "open":
        return "become_claimable", art8.reached_at(part.since, terms)
    if credit.state == "claimable":
        return ("lapse", end_of(last)) if last else (None, None)
    if not over or credit.claimed_at is None:
        return None, None
    return "credit", start_of(Month.of(credited_in(credit, part)).following.first)


def credited_in(credit: Credit, part: art8.Counted) -> date:
    """The day whose month's statement takes the credit: the claim's, or the end of the outage where later."""
    assert credit.claimed_at is not None
    last_moment = part.until - timedelta(microseconds=1)
    return max(tokyo_day(credit.claimed_at), tokyo_day(last_moment))


def fee_on(dossier: Dossier, editions: Editions) -> Callable[[date], int]:
    """The contract's monthly base fee in yen on each civil day (R26)."""

    def fee(day: date) -> int:
        return editions.on(day).items[item_as_if_in_force(dossier, day)].monthly_fee_yen

    return fee
