"""Art. 2 and Art. 5(4): the minimum term. One month, counted from the billing start day."""

from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Literal

from lifecycle.terms.calendar import last_day_of_term
from lifecycle.terms.editions import Terms, ja
from lifecycle.terms.ruling import Ruling, count

Binds = Literal["defer", "residual_fee", "ends"]  # what the minimum term does to an end inside it


@lru_cache(maxsize=4096)
def minimum_term(billing_starts_on: date, terms: Terms, *, option: bool = False) -> Ruling:
    """The minimum term's last day; its first day is the billing start day and counts (Art. 2, 5(4), R4)."""
    months = terms.option_minimum_term_months if option else terms.minimum_term_months
    last = last_day_of_term(billing_starts_on, months)
    return Ruling(
        "minimum_term", "Art. 5(4)" if option else "Art. 2", "R4", terms.version,
        f"The minimum term of {count(months, 'month')} counts from the billing start {billing_starts_on} "
        f"and ends on {last}.",
        f"最低利用期間{months}ヶ月は課金開始日{ja(billing_starts_on)}から起算し、{ja(last)}に満了する。",
        on=last, assumed=terms.assumed,
    )  # fmt: skip


def within_minimum_term(term: Ruling, later_on: date, missing: int, terms: Terms, binds: Binds) -> Ruling:
    """The minimum term with an end that cuts off the given number of days (R8, R31, R38)."""
    if not missing:
        tail, tail_ja = f"The end {later_on} cuts nothing off it", f"終了日{ja(later_on)}による短縮はない"
    elif binds == "ends":
        cut = count(missing, "day")
        tail = f"It binds the customer alone: {later_on} stays the end, and no fee is owed for the {cut} cut off"
        tail_ja = f"契約者のみを拘束するため、終了日は{ja(later_on)}のままとし、残り{missing}日分の料金は生じない"
    elif binds == "defer":
        tail = f"{later_on} is {count(missing, 'day')} before its last day, so the end is deferred to {term.on}"
        tail_ja = f"{ja(later_on)}は期間満了の{missing}日前のため、終了日を満了日まで繰り延べる"
    else:
        tail = f"{later_on} stays the end, and the fee for the {count(missing, 'day')} cut off is owed"
        tail_ja = f"終了日は{ja(later_on)}のままとし、残り{missing}日分の料金の支払義務が生じる"
    return replace(
        term, reading="R31" if missing and binds == "ends" else "R8", days=missing or None,
        assumed=term.assumed or terms.assumed,
        because=f"{term.because} {tail}.", because_ja=f"{term.because_ja}{tail_ja}。",
    )  # fmt: skip
