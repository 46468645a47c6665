"""Art. 8 and Annex 2: the reduction of fees after an outage (R25 to R27)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor

from lifecycle.terms.calendar import DAY, end_of, last_day_of_term, rest_day, start_of, tokyo_day
from lifecycle.terms.editions import Terms, ja
from lifecycle.terms.ruling import Ruling, count


@dataclass(frozen=True, slots=True)
class Counted:
    """The part of an outage that counts for one contract: instants with zone, `until` exclusive."""

    since: datetime
    until: datetime

    @property
    def seconds(self) -> int:
        """Its whole seconds."""
        return (self.until - self.since) // timedelta(seconds=1)


def counted(
    known_at: datetime, recovered_at: datetime, in_force_from: date | None, in_force_to: date | None
) -> Counted | None:
    """The outage clipped to the contract's time in force [S 00:00, E+1 00:00), None where nothing is left (R26).

    in_force_from None: billing has not started, so nothing counts; in_force_to None: no end is known.
    """
    if in_force_from is None:
        return None
    since = max(known_at, start_of(in_force_from))
    until = min(recovered_at, end_of(in_force_to)) if in_force_to else recovered_at
    return Counted(since, until) if until > since else None


def units(seconds: int, terms: Terms) -> int:
    """How many whole units of 24 hours an outage has (Annex 2, R25)."""
    return int(seconds // (terms.credit["unit_hours"] * 3600))


def unit_days(since: datetime, count: int, terms: Terms) -> list[date]:
    """The civil day on which each unit starts: the item of that day prices it (R26)."""
    length = timedelta(hours=terms.credit["unit_hours"])
    return [tokyo_day(since + k * length) for k in range(count)]


def credit_exact(monthly_fees_yen: Sequence[int], terms: Terms) -> Fraction:
    """Each unit's thirtieth of the monthly base fee, added up exactly (Annex 2, R25)."""
    return sum((Fraction(fee, terms.credit["fee_divisor"]) for fee in monthly_fees_yen), Fraction(0))


def rounded(amount: Fraction, terms: Terms) -> int:
    """Whole yen, rounded once as the setting yen_rounding says (R25)."""
    if terms.settings.yen_rounding == "floor":
        return floor(amount)
    return ceil(amount) if terms.settings.yen_rounding == "ceil" else floor(amount + Fraction(1, 2))


def credit(part: Counted | None, fee_on: Callable[[date], int], terms: Terms) -> Ruling:
    """The reduction for one contract: amount in yen, `days` = units (Annex 2, R25, R26).

    fee_on: the contract's monthly base fee on a civil day, in yen.
    """
    seconds = part.seconds if part else 0
    whole = units(seconds, terms)
    return _credit(seconds, tuple(map(fee_on, unit_days(part.since, whole, terms))) if part else (), terms)


@lru_cache(maxsize=1024)
def _credit(seconds: int, fees: tuple[int, ...], terms: Terms) -> Ruling:
    """The same for every contract that an outage hits alike. fees: of each whole unit."""
    whole = len(fees)
    yen = rounded(credit_exact(fees, terms), terms)
    return Ruling(
        "outage_credit", "Art. 8, Annex 2", "R25", terms.version,
        f"{seconds:,} seconds count: {count(whole, 'whole unit')} of {terms.credit['unit_hours']} hours, each a "
        f"{terms.credit['fee_divisor']}th of the monthly base fee of its day: {yen:,} yen.",
        f"対象時間{seconds:,}秒、{terms.credit['unit_hours']}時間単位で{whole}単位（端数切捨て）。"
        f"各単位につき当日の月額基本料の{terms.credit['fee_divisor']}分の1を減額し、その額は{yen:,}円である。",
        amount_yen=yen, days=whole, assumed=terms.assumed,
    )  # fmt: skip


def reached_at(since: datetime, terms: Terms) -> datetime:
    """The instant at which a continuing outage has lasted the 24 hours of Art. 8."""
    return since + timedelta(hours=terms.credit["unit_hours"])


@lru_cache(maxsize=1024)
def claim_window(since: datetime, terms: Terms) -> tuple[date, Ruling]:
    """The first day of claiming, and the last one as a ruling (Art. 8, R27)."""
    first = tokyo_day(reached_at(since, terms))
    last = last_day_of_term(first + DAY, terms.credit["claim_months"])
    rest = rest_day(last)
    while terms.settings.shift_last_days and rest_day(last):
        last, rest = last + DAY, None
    note, note_ja = (
        (f" It is {rest[0]}; it is not shifted (R5).", f"なお、同日は{rest[1]}であるが、繰り延べない。")
        if rest
        else ("", "")
    )
    return first, Ruling(
        "claim_window", "Art. 8", "R27", terms.version,
        f"The claim is possible from {first}. Three months, counted from the day after, end on {last}; then the "
        f"right lapses.{note}",
        f"請求は{ja(first)}から可能である。翌日から起算して3ヶ月を経過する{ja(last)}までに請求がなければ、権利を失う。"
        f"{note_ja}",
        on=last, assumed=terms.assumed,
    )  # fmt: skip


def not_attributable(terms: Terms) -> Ruling:
    """An outage that is not the company's own fault brings no credit (Art. 8, R26)."""
    return Ruling(
        "own_fault", "Art. 8", "R26", terms.version,
        "The outage was not the company's own fault: there is no reduction.",
        "当社の責めに帰すべき事由によらないため、減額しない。", assumed=terms.assumed,
    )  # fmt: skip


def too_short(part: Counted | None, terms: Terms) -> Ruling:
    """An outage that counts for less than 24 hours in a row brings no credit (Art. 8, R26)."""
    seconds, hours = part.seconds if part else 0, terms.credit["unit_hours"]
    return Ruling(
        "outage_too_short", "Art. 8", "R26", terms.version,
        f"Only {seconds:,} seconds count for this contract, fewer than {hours} hours in a row.",
        f"この契約の対象時間は{seconds:,}秒で、連続{hours}時間に満たない。", assumed=terms.assumed,
    )  # fmt: skip


def claim_in_time(claimed_at: datetime, first: date, last: date, terms: Terms) -> Ruling | None:
    """Refuses a claim before it is possible or after it lapsed (Art. 8, R27)."""
    if start_of(first) <= claimed_at < end_of(last):
        return None
    return Ruling(
        "claim_in_time", "Art. 8", "R27", terms.version,
        f"A claim is possible from {first} to the end of {last}, not on {tokyo_day(claimed_at)}.",
        f"請求は{ja(first)}から{ja(last)}の終了までに限り可能であり、{ja(tokyo_day(claimed_at))}にはできない。",
        on=last, assumed=terms.assumed,
    )  # fmt: skip


def credit_needs_customer(last_claim_on: date | None, terms: Terms) -> Ruling:
    """Refuses to erase who the customer is while a credit may be owed to them (Art. 8, R27)."""
    until, until_ja = "the company's fault is settled", "当社の責任の有無が定まる"
    if last_claim_on is not None:
        until = f"the fee is reduced or the right lapses after {last_claim_on}"
        until_ja = f"減額の実施又は{ja(last_claim_on)}の経過"
    return Ruling(
        "credit_needs_customer", "Art. 8", "R27", terms.version,
        f"A credit may still be owed, so the customer must stay identifiable until {until}.",
        f"未処理の減額があるため、{until_ja}までは契約者を特定できなければならない。",
        on=last_claim_on, assumed=terms.assumed,
    )  # fmt: skip


def outage_known(known_on: date, terms: Terms) -> Ruling:
    """The clock of Art. 8 starts when the company knew (R26)."""
    return Ruling(
        "outage_known", "Art. 8", "R26", terms.version,
        f"The company knew of the outage on {known_on}; the hours of Art. 8 count from that instant.",
        f"当社が利用不能を知った{ja(known_on)}の時点から起算する。", on=known_on, assumed=terms.assumed,
    )  # fmt: skip


def recovered_after_known(known_at: datetime, recovered_at: datetime, terms: Terms) -> Ruling | None:
    """Refuses a recovery that does not come after the company knew (R26)."""
    if recovered_at > known_at:
        return None
    return Ruling(
        "recovered_after_known", "Art. 8", "R26", terms.version,
        "The recovery must come after the instant at which the company knew.",
        "復旧は当社が利用不能を知った時より後でなければならない。", assumed=terms.assumed,
    )  # fmt: skip


def outage_alone(other: str, terms: Terms) -> Ruling:
    """Refuses an outage that is on record already: known at the same instant for the same contracts (R26)."""
    return Ruling(
        "outage_alone", "Art. 8", "R26", terms.version,
        f"The outage {other} is already on record: known at the same instant, for the same contracts.",
        f"同一の時刻に知った、同一の契約に関する障害（{other}）が既に記録されている。", assumed=terms.assumed,
    )  # fmt: skip
