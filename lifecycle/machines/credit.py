"""What an outage earns one contract: claimable by the clock, claimed, credited, or lapsed (Art. 8, R25 to R27)."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from statemachine import State, StateMachine

from lifecycle.machines import guards
from lifecycle.machines.check import Case, about_given, given, rules
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.effects import Changes, Effect, Given, unchanged
from lifecycle.machines.items import item_as_if_in_force
from lifecycle.machines.parts import Credit
from lifecycle.machines.timers import due
from lifecycle.terms import art8_credit as art8
from lifecycle.terms.calendar import Month, end_of, start_of, tokyo_day
from lifecycle.terms.editions import EDITIONS, Editions, Terms
from lifecycle.terms.ruling import Ruling, known

FAR = timedelta(days=366 * 300)  # an outage nobody has recovered from yet


@about_given
def claim_in_time(case: Case) -> Ruling | None:
    """R27."""
    credit: Credit = case.subject
    assert credit.claimable_on is not None and credit.last_claim_on is not None
    terms = case.editions.on(tokyo_day(credit.known_at))
    return art8.claim_in_time(given(case, "claimed_at"), credit.claimable_on, credit.last_claim_on, terms)


class CreditLifecycle(StateMachine):
    """`recover` and `attribute` come from the outage; people only claim. The rest is the clock's."""

    allow_event_without_transition = False
    catch_errors_as_events = False

    open = State(initial=True)
    claimable = State()
    claimed = State()
    credited = State(final=True)
    lapsed = State()
    refused = State(final=True)

    become_claimable = open.to(claimable, validators=rules(due("become_claimable")))
    _claims = rules(guards.claim_not_in_future, claim_in_time)
    claim = claimable.to(claimed, validators=_claims) | lapsed.to(claimed, validators=_claims)
    credit = claimed.to(credited, validators=rules(due("credit")))
    lapse = claimable.to(lapsed, validators=rules(due("lapse")))
    _refused = rules(due("refuse"))
    refuse = (
        open.to(refused, validators=_refused)
        | claimable.to(refused, validators=_refused)
        | claimed.to(refused, validators=_refused)
        | lapsed.to(refused, validators=_refused)
    )
    recover = open.to(open) | claimable.to(claimable) | claimed.to(claimed) | lapsed.to(lapsed)
    attribute = open.to(open) | claimable.to(claimable) | claimed.to(claimed) | lapsed.to(lapsed)


def claim(credit: Credit, given: Given, row: str) -> Changes:
    """Records the claim."""
    return {"claimed_at": given["claimed_at"], "claimed_from": row}


def recover(credit: Credit, given: Given, row: str) -> Changes:
    """Records the recovery."""
    return {"recovered_at": given["recovered_at"]}


def attribute(credit: Credit, given: Given, row: str) -> Changes:
    """Records whose fault it was."""
    return {"attributable": given["attributable"]}


def close(credit: Credit, given: Given, row: str) -> Changes:
    """Keeps what followed from the outage, also when replayed."""
    return {name: given[name] for name in _FINAL}


_FINAL = ("since", "units", "amount_yen", "claimable_on", "last_claim_on")
EFFECTS: Mapping[str, Effect] = {
    "open": unchanged,
    "become_claimable": unchanged,
    "claim": claim,
    "credit": close,
    "lapse": unchanged,
    "refuse": close,
    "recover": recover,
    "attribute": attribute,
}


def part_of(credit: Credit, dossier: Dossier) -> art8.Counted | None:
    """The part of the outage that counts for the contract (R26)."""
    contract = dossier.contract
    recovered_at = credit.recovered_at or credit.known_at + FAR
    starts_on = contract.billing_starts_on
    if contract.effective_on is not None and starts_on is not None and contract.effective_on < starts_on:
        starts_on = None  # billing never starts (R11)
    return art8.counted(credit.known_at, recovered_at, starts_on, contract.effective_on)


def derive(credit: Credit, dossier: Dossier, editions: Editions = EDITIONS) -> Credit:
    """What follows from the outage and the contract's time in force: units, amount, window, timer."""
    if not credit.live:
        return credit.replace(due_event=None, due_at=None)
    terms = editions.on(tokyo_day(credit.known_at))
    part = part_of(credit, dossier)
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


def given_of_clock(dossier: Dossier, credit: Credit, event: str) -> dict[str, Any]:
    """The facts of its timer: with the last one, what follows from the outage stays as it then is."""
    return {name: getattr(credit, name) for name in _FINAL}


def cause(credit: Credit, dossier: Dossier, editions: Editions) -> str | None:
    """The claim, or the outage's own row."""
    return credit.claimed_from or f"{credit.outage_id}.1"


def governed_on(event: str, case: Case) -> date:
    """The day on which the company knew (R32)."""
    return tokyo_day(case.subject.known_at)


def rulings_of(event: str, case: Case, after: Credit, editions: Editions, dossier: Dossier) -> tuple[Ruling, ...]:
    """The rulings of an event of the credit."""
    terms = editions.on(tokyo_day(after.known_at))
    part = part_of(after, dossier)
    if event == "refuse" or after.state == "refused":
        return (art8.not_attributable(terms) if after.attributable is False else art8.too_short(part, terms),)
    if after.claimable_on is None or part is None:
        return ()
    window = art8.claim_window(part.since, terms)[1]
    amount = art8.credit(part, fee_on(dossier, editions), terms) if after.units else None
    return known((amount, window))
