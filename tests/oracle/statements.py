"""The amounts owed by month: a function of the line and of the parts outside it (R21 to R25, R38, R40, R41)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import ceil
from typing import Any, NamedTuple

from tests.oracle.credits import credits_of
from tests.oracle.days import DAY, civil, month_after, month_first, month_last, month_of
from tests.oracle.entries import CONTRACT, Entry
from tests.oracle.fold import Folded
from tests.oracle.line import Holder, item_on
from tests.oracle.money import prorated, rounded
from tests.oracle.prices import Prices


class Line(NamedTuple):
    """A line of a month's statement. amount_yen: None where a fee is not set yet. on: the day it arose."""

    kind: str
    subject: str
    month: str
    on: date
    amount_yen: int | None
    about: str | None = None  # of an adjustment: the issued month, and what of it


@dataclass(frozen=True)
class Refund:
    """Money that waits for a person: refund to the customer, payment by them."""

    direction: str
    month: str
    cause: str
    amount_yen: int


def statement(folded: Folded, month: str) -> list[Line]:
    """The month's lines as the facts now are, whether or not a statement was issued; adjustments apart."""
    taken_over = folded.line.application.get("billed_until")
    if taken_over is not None and month <= taken_over:
        return []  # R41: billed elsewhere
    lines = [line for line in _fees(folded) if line.month == month]
    lines += [*_base(folded, month), *_option_fees(folded, month), *_overage(folded, month)]
    lines += [line for line in credit_lines(folded)[0] if line.month == month]
    return sorted(lines, key=lambda line: (line.on, line.kind, line.subject))


def total(lines: list[Line]) -> int:
    """The month's total; a fee without a value counts nothing yet."""
    return sum(line.amount_yen or 0 for line in lines)


def _fees(folded: Folded) -> Iterator[Line]:
    """R22: the fees that are owed once."""
    line = folded.line
    contract = line.contract
    if contract.accepted is not None:
        initial = folded.prices(civil(contract.accepted.when)).initial
        yield _once("initial_fee", CONTRACT, contract.accepted, initial[_item_accepted(folded)])
    for option in line.options.values():
        if option.accepted is not None:
            fee = option.accepted.facts["initial_fee_yen"]
            yield _once("option_initial_fee", option.id, option.accepted, fee)
    for change in line.changes.values():
        if change.accepted is not None:  # owed from the acceptance, also where the change is withdrawn or lapses
            later = change.fees[0].facts["fee_yen"] if change.fees else None
            fee = change.accepted.facts.get("fee_yen")
            yield _once("one_off_fee", change.id, change.accepted, later if fee is None else fee)
    end = line.end(contract, folded.until) if contract.accepted else None
    if end is not None and end.decided_by == "agreement":  # R38: one line of the month of the end
        owed = next(a for a in contract.agreements if a.id == end.entry).facts.get("owed_yen")
        if owed is not None:
            yield Line("agreed_amount", CONTRACT, month_of(end.on), end.on, owed)


def _item_accepted(folded: Folded) -> str:
    """R22: the item of the application that was accepted; a change effective on the same day does not touch it."""
    return str(folded.line.application["item"])


def _once(kind: str, subject: str, entry: Entry, amount: int | None) -> Line:
    day = civil(entry.when)
    return Line(kind, subject, month_of(day), day, amount)


def served(folded: Folded, holder: Holder, month: str) -> tuple[date, date] | None:
    """The first and the last day of the month that are billed, None where none is."""
    days = folded.holder(holder)
    start, end = days["billing_starts_on"], days["effective_on"]
    if start is None:
        return None
    first, last = max(start, month_first(month)), month_last(month)
    last = last if end is None else min(last, end)
    return (first, last) if first <= last else None


def _base(folded: Folded, month: str) -> Iterator[Line]:
    """R23: the base fee by stretches of one item, each rounded once."""
    days = served(folded, folded.line.contract, month)
    if days is None:
        return
    monthly, turns = _prices(folded, month).monthly, folded.turns
    starts = [days[0], *(turn.on for turn in turns if days[0] < turn.on <= days[1])]
    for first, following in zip(starts, [*starts[1:], days[1] + DAY], strict=True):
        fee = monthly[item_on(turns, first)]
        yen = prorated(fee, month, first.day, (following - DAY).day)
        yield Line("monthly_base_fee", CONTRACT, month, first, yen)


def _prices(folded: Folded, month: str) -> Prices:
    """R32: those of the later of the month's first day and S."""
    start = folded.contract["billing_starts_on"]
    return folded.prices(max(start, month_first(month)))


def _option_fees(folded: Folded, month: str) -> Iterator[Line]:
    """R22, R23: the agreed fee of each day, rounded once for the month."""
    length = month_last(month).day
    for option in folded.line.options.values():
        days = served(folded, option, month) if option.accepted else None
        if days is None:
            continue
        exact, day = Fraction(0), days[0]
        while day <= days[1]:
            exact += Fraction(_fee_on(option, day), length)
            day += DAY
        yield Line("monthly_option_fee", option.id, month, days[0], rounded(exact))


def _fee_on(option: Holder, day: date) -> int:
    """The newest agreement about that day."""
    assert option.accepted is not None
    about = [entry for entry in option.fees if entry.facts["from_on"] <= day]
    newest = max(about, key=lambda entry: entry.agreed, default=option.accepted)
    return int(newest.facts["monthly_fee_yen"])


def usage_of(folded: Folded, month: str) -> Mapping[str, str]:
    """The usage: the newest value of each meter; a meter that an entry omits stays."""
    meters: dict[str, Any] = {}
    for entry in sorted(folded.beside, key=lambda entry: entry.agreed):
        if entry.kind == "usage" and entry.subject == month:
            meters |= entry.facts
    return {meter: str(used) for meter, used in meters.items() if used is not None}


def _overage(folded: Folded, month: str) -> Iterator[Line]:
    """R24: above what the item of the month's last day served includes."""
    days = served(folded, folded.line.contract, month)
    if days is None:
        return
    item, prices = folded.item_on(days[1]), _prices(folded, month)
    for meter, used in usage_of(folded, month).items():
        included, price = prices.overage[item, meter]
        yen = max(0, ceil(Fraction(used) - included)) * price
        if yen:
            yield Line(f"overage_{meter}", CONTRACT, month, days[1], yen)


def credit_lines(folded: Folded) -> tuple[list[Line], list[Refund]]:
    """R25: each claimed credit in its month, together never more than that month's base fee; the rest waits."""
    lines, refunds = [], []
    room: dict[str, int] = {}  # what is left of each month's base fee
    for credit in credits_of(folded):
        if credit.state not in ("claimed", "credited") or credit.month is None:
            continue
        month = credit.month
        base = sum(line.amount_yen or 0 for line in _base(folded, month))
        left = room.setdefault(month, base)
        applied = min(credit.amount_yen, left)
        room[month] = left - applied
        if applied:
            lines.append(Line("outage_credit", credit.outage, month, month_last(month), -applied))
        if credit.amount_yen > applied:
            refunds.append(Refund("refund", month, credit.outage, credit.amount_yen - applied))
    return lines, refunds


# --- issued months (R40) ----------------------------------------------------------------------

Sent = Mapping[str, list[Line]]  # month -> the lines as they were sent, adjustments included
Key = tuple[str, str, str]  # month, kind, subject: what an adjustment is about


def carried(folded: Folded, sent: Sent) -> dict[Key, int]:
    """For each difference to issued months: the present amount less the amounts already sent, in any month."""
    carry: dict[Key, int] = {}
    for month, lines in sent.items():
        for line in statement(folded, month):
            key = (month, line.kind, line.subject)
            carry[key] = carry.get(key, 0) + (line.amount_yen or 0)
        for line in lines:
            key = (month, line.kind, line.subject)
            if line.about is not None:
                about, kind = line.about.split(" ")
                key = (about, kind, line.subject)
            carry[key] = carry.get(key, 0) - (line.amount_yen or 0)
    return {key: yen for key, yen in sorted(carry.items()) if yen}


def adjustments(folded: Folded, sent: Sent) -> tuple[list[Line], list[Refund]]:
    """The place of each difference: the next month not issued or, after the end, the worklist."""
    lines, refunds = [], []
    last = last_month(folded)
    for (month, kind, subject), yen in carried(folded, sent).items():
        target = month_after(month)
        while target in sent:
            target = month_after(target)
        if last is None or target <= last:
            about = f"{month} {kind}"
            lines.append(Line("adjustment", subject, target, month_first(target), yen, about))
        else:
            refunds.append(Refund("refund" if yen < 0 else "payment", month, f"{kind} {subject}", abs(yen)))
    return lines, refunds


def last_month(folded: Folded) -> str | None:
    """The last month with a statement; None while no end is known, the very first where there is no contract."""
    if folded.line.contract.accepted is None:
        return "0000-00"
    end = folded.contract["effective_on"]
    return month_of(end) if end is not None else None


def issue(folded: Folded, month: str, sent: Sent) -> list[Line]:
    """The statement as it is sent: the month's own lines and its adjustments."""
    return [*statement(folded, month), *(line for line in adjustments(folded, sent)[0] if line.month == month)]


def refunds(folded: Folded, sent: Sent) -> list[Refund]:
    """All money that waits for a person."""
    return [*credit_lines(folded)[1], *adjustments(folded, sent)[1]]
