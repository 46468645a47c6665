"""The agreed end (合意解約): both sides may end a contract on any day they agree on (freedom of contract, R38)."""

from datetime import date

from lifecycle.terms.editions import Terms, ja
from lifecycle.terms.ruling import Ruling

ARTICLE = "Civil Code"


def agreed_end(agreed_on: date, ends_on: date, terms: Terms) -> Ruling:
    """The end that both sides agreed on: no notice period, and no minimum term unless agreed (R38)."""
    return Ruling(
        "agreed_end", ARTICLE, "R38", terms.version,
        f"Both sides agreed on {agreed_on} that the contract ends at the end of {ends_on}; neither notice period "
        "nor minimum term applies.",
        f"{ja(agreed_on)}の合意により、契約は{ja(ends_on)}の終了をもって終了する。"
        "通知期間も最低利用期間も適用しない。",
        on=ends_on, assumed=terms.assumed,
    )  # fmt: skip


def agreement_decides(agreed_on: date, ends_on: date, terms: Terms) -> Ruling:
    """The newest agreement prevails over every notice and earlier agreement (R38)."""
    return Ruling(
        "newest_agreement_decides", ARTICLE, "R38", terms.version,
        f"The agreement of {agreed_on} is the newest and sets the end to {ends_on}; it prevails over the "
        "notices and earlier agreements.",
        f"{ja(agreed_on)}の合意が最新であるため、他の通知及び以前の合意にかかわらず、"
        f"終了日は{ja(ends_on)}とする。",
        on=ends_on, assumed=terms.assumed,
    )  # fmt: skip


def agreed_end_after_acceptance(accepted_on: date, ends_on: date, terms: Terms) -> Ruling | None:
    """Refuses an agreed end before there was a contract (R38)."""
    if ends_on >= accepted_on:
        return None
    return Ruling(
        "agreed_end_after_acceptance", ARTICLE, "R38", terms.version,
        f"The contract was accepted on {accepted_on}; it cannot be agreed to end on {ends_on}.",
        f"契約の承諾日は{ja(accepted_on)}であり、{ja(ends_on)}に終了する合意はできない。",
        on=accepted_on, assumed=terms.assumed,
    )  # fmt: skip


def agreement_stands(terms: Terms) -> Ruling:
    """The reason why an agreed end cannot be taken back like a notice (R38)."""
    return Ruling(
        "agreed_end_stands", ARTICLE, "R38", terms.version,
        "An agreed end cannot be taken back; change it by a new agreement, or correct a wrong entry.",
        "合意による終了は撤回できない。新たな合意により変更するか、誤った入力を訂正すること。",
        assumed=terms.assumed,
    )  # fmt: skip


def agreed_amount(owed_yen: int, ends_on: date, terms: Terms) -> Ruling:
    """The amount that both sides agreed on: one line in the month of the end (R38)."""
    return Ruling(
        "agreed_amount", ARTICLE, "R38", terms.version,
        f"For the end on {ends_on}, both sides agreed on a payment of {owed_yen:,} yen.",
        f"{ja(ends_on)}の終了に伴い、双方は{owed_yen:,}円の支払に合意した。",
        on=ends_on, amount_yen=owed_yen, assumed=terms.assumed,
    )  # fmt: skip
