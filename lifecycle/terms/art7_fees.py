"""Art. 7 and Annex 1: which fee is owed, and from when. Whole yen, without consumption tax (R22)."""

from datetime import date
from functools import lru_cache

from lifecycle.terms.editions import Terms, ja
from lifecycle.terms.ruling import Ruling


def initial_fee(item: str, accepted_on: date, terms: Terms) -> Ruling:
    """The initial fee, owed when the application is accepted (Art. 7, Annex 1 1(1), R22)."""
    yen = terms.items[item].initial_fee_yen
    return Ruling(
        "initial_fee", "Art. 7, Annex 1", "R22", terms.version,
        f"The initial fee of the item {item}, {yen:,} yen, is owed from the acceptance on {accepted_on}.",
        f"品目{terms.items[item].name_ja}の初期費用{yen:,}円は、承諾日{ja(accepted_on)}に支払義務が生じる。",
        on=accepted_on, amount_yen=yen, assumed=terms.assumed,
    )  # fmt: skip


@lru_cache(maxsize=4096)
def monthly_fee(item: str, billing_starts_on: date, terms: Terms) -> Ruling:
    """The monthly base fee, owed from the billing start (Art. 7, Annex 1 2(1), R22)."""
    yen = terms.items[item].monthly_fee_yen
    return Ruling(
        "monthly_fee", "Art. 7, Annex 1", "R22", terms.version,
        f"The monthly base fee of the item {item}, {yen:,} yen, is owed from the billing start "
        f"{billing_starts_on}.",
        f"品目{terms.items[item].name_ja}の月額基本料{yen:,}円は、課金開始日{ja(billing_starts_on)}から支払義務が生じる。",
        on=billing_starts_on, amount_yen=yen, assumed=terms.assumed,
    )  # fmt: skip


def quoted_initial_fee(yen: int, accepted_on: date, terms: Terms) -> Ruling:
    """The DRM option's initial fee as quoted to the customer (Annex 1 1(2), R21)."""
    return Ruling(
        "quoted_initial_fee", "Art. 7, Annex 1", "R21", terms.version,
        f"The quoted initial fee of the DRM option, {yen:,} yen, is owed from the acceptance on {accepted_on}.",
        f"DRMオプションの初期費用{yen:,}円（提示額）は、承諾日{ja(accepted_on)}に支払義務が生じる。",
        on=accepted_on, amount_yen=yen, assumed=terms.assumed,
    )  # fmt: skip


def agreed_monthly_fee(yen: int, from_on: date, agreed_on: date, terms: Terms) -> Ruling:
    """Another monthly fee of the DRM option, as agreed with the customer (Art. 7, R22)."""
    return Ruling(
        "agreed_monthly_fee", "Art. 7, Annex 1", "R22", terms.version,
        f"The monthly fee of the DRM option is {yen:,} yen from {from_on}, as agreed on {agreed_on}.",
        f"DRMオプションの月額費用は、{ja(agreed_on)}の合意により{ja(from_on)}から{yen:,}円とする。",
        on=from_on, amount_yen=yen, assumed=terms.assumed,
    )  # fmt: skip


def quoted_monthly_fee(yen: int, starts_on: date, terms: Terms) -> Ruling:
    """The DRM option's monthly fee as quoted to the customer (Annex 1 2(2), R21)."""
    return Ruling(
        "quoted_monthly_fee", "Art. 7, Annex 1", "R21", terms.version,
        f"The quoted monthly fee of the DRM option, {yen:,} yen, is owed from its billing start {starts_on}.",
        f"DRMオプションの月額費用{yen:,}円（提示額）は、その課金開始日{ja(starts_on)}から支払義務が生じる。",
        on=starts_on, amount_yen=yen, assumed=terms.assumed,
    )  # fmt: skip
