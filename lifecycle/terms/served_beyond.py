"""An end that is entered late: the last day stays, and the days served after it are shown (R7, R31, R38)."""

from datetime import date

from lifecycle.terms.art6_cancellation import NoticeFacts, article
from lifecycle.terms.calendar import DAY
from lifecycle.terms.editions import Terms, ja
from lifecycle.terms.ruling import Ruling, count


def days_over_served(effective_on: date, keyed_on: date, billing_starts_on: date | None) -> int:
    """The whole days served beyond E until the day of entry; never days before billing (R7)."""
    if billing_starts_on is None:
        return 0
    return max(0, (keyed_on - max(effective_on + DAY, billing_starts_on)).days)


def entered_after_the_end(
    notice: NoticeFacts, keyed_on: date, effective_on: date, billing_starts_on: date | None, terms: Terms, *,
    option: bool = False,
) -> Ruling:  # fmt: skip
    """The arrival counts, not the day of entry: days served after E are shown for correction (R7).

    Likewise the day on which the company declared an end, or on which both sides agreed on one (R31, R38).
    """
    over, on = days_over_served(effective_on, keyed_on, billing_starts_on), notice.arrived_on
    if notice.by != "customer":
        how, how_ja = ("declared", "意思表示") if notice.by == "company" else ("agreed", "合意")
        return Ruling(
            "entered_after_the_end", "General terms" if notice.by == "company" else "Civil Code",
            "R31" if notice.by == "company" else "R38", terms.version,
            f"The end was {how} on {on} and entered on {keyed_on}. The last day is still {effective_on}; the "
            f"service was provided for {count(over, 'whole day')} after it.",
            f"{ja(on)}の{how_ja}が{ja(keyed_on)}に入力された。終了日は{ja(effective_on)}のまま変わらない。"
            f"終了日後の提供日数は{over}日である。",
            on=effective_on, days=over, assumed=terms.assumed,
        )  # fmt: skip
    return Ruling(
        "arrival_counts", article(option), "R7", terms.version,
        f"The notice arrived on {on} and was entered on {keyed_on}. The last day is still {effective_on}; the "
        f"service was provided for {count(over, 'whole day')} after it.",
        f"{ja(on)}に到達した通知が{ja(keyed_on)}に入力された。終了日は到達日により定まり、"
        f"{ja(effective_on)}のまま変わらない。終了日後の提供日数は{over}日である。",
        on=effective_on, days=over, assumed=terms.assumed,
    )  # fmt: skip
