"""Art. 10: measures, which do not change the contract's state, and the company's own end (R30, R31)."""

from datetime import date

from lifecycle.terms.editions import Terms, ja
from lifecycle.terms.ruling import Ruling

MEASURES = {
    "suspension": ("Art. 10(1)(1)", "提供の停止"),
    "consultation": ("Art. 10(1)(2)", "協議要求"),
    "deletion_request": ("Art. 10(1)(3)", "削除要求"),
    "deletion": ("Art. 10(1)(4)", "削除又は非公開化"),
    "access_limit": ("Art. 10(2), 10(3)", "アクセス制限"),
}


def measure_taken(kind: str, notified: bool, terms: Terms) -> Ruling:
    """A measure does not change the contract: terms, notice periods and fees continue (Art. 10, R30)."""
    place, name_ja = MEASURES[kind]
    how, how_ja = ("after notice", "事前通知あり") if notified else ("without notice", "事前通知なし")
    return Ruling(
        "measure_taken", place, "R30", terms.version,
        f"The measure {kind} is taken {how}; notice periods and fees continue, and the contract's end stays.",
        f"措置「{name_ja}」を実施する（{how_ja}）。通知期間及び料金の発生は続き、契約の終了日は変わらない。",
        assumed=terms.assumed,
    )  # fmt: skip


def measure_over(kind: str, lifted: bool, terms: Terms) -> Ruling:
    """The measure is over: lifted, at its planned end, or with the contract (R30)."""
    place, name_ja = MEASURES[kind]
    how, how_ja = ("is lifted", "解除された") if lifted else ("has reached its end", "期限により終了した")
    return Ruling(
        "measure_over", place, "R30", terms.version,
        f"The measure {kind} {how}.", f"措置「{name_ja}」は{how_ja}。", assumed=terms.assumed,
    )  # fmt: skip


def company_end(ends_on: date, terms: Terms) -> Ruling:
    """The company ends the contract for cause, under its general terms, whose text is not held here (R31)."""
    return Ruling(
        "company_end", "General terms", "R31", terms.version,
        f"The company ends the contract for cause at the end of {ends_on}; ground and reason are on record.",
        f"当社は、相当の理由により、{ja(ends_on)}の終了をもって契約を終了させる（根拠及び理由を記録）。",
        on=ends_on, assumed=terms.assumed,
    )  # fmt: skip


def company_end_after_acceptance(accepted_on: date, ends_on: date, terms: Terms) -> Ruling | None:
    """Refuses an end before there was a contract (R31, R34)."""
    if ends_on >= accepted_on:
        return None
    return Ruling(
        "company_end_after_acceptance", "General terms", "R31", terms.version,
        f"The contract was accepted on {accepted_on}; it cannot end on {ends_on}.",
        f"契約の承諾日は{ja(accepted_on)}であり、{ja(ends_on)}に終了させることはできない。",
        on=accepted_on, assumed=terms.assumed,
    )  # fmt: skip


def measure_in_order(starts: bool, terms: Terms) -> Ruling | None:
    """Refuses a measure whose planned end does not come after its start (R30)."""
    if starts:
        return None
    return Ruling(
        "measure_in_order", "Art. 10", "R30", terms.version,
        "The planned end of a measure must come after its start.",
        "措置の終了予定は開始より後でなければならない。",
        assumed=terms.assumed,
    )  # fmt: skip


def measure_needs_contract(state: str, terms: Terms) -> Ruling | None:
    """Refuses a measure before acceptance: no service is provided yet (Art. 10, R30)."""
    if state != "applied":
        return None
    return Ruling(
        "measure_needs_a_contract", "Art. 10", "R30", terms.version,
        "A measure requires an accepted contract; this application is not accepted yet.",
        "措置には承諾済みの契約を要するが、この申込は未承諾である。",
        assumed=terms.assumed,
    )  # fmt: skip


def company_end_to_come(ends_on: date, today: date, terms: Terms) -> Ruling | None:
    """Refuses an end in the past: the service was provided on the days after it (R31)."""
    if ends_on >= today:
        return None
    return Ruling(
        "company_end_to_come", "General terms", "R31", terms.version,
        f"The end {ends_on} is in the past; the earliest day is today, {today}.",
        f"終了日{ja(ends_on)}は過去の日である。指定できる最も早い日は本日（{ja(today)}）である。",
        on=today, assumed=terms.assumed,
    )  # fmt: skip
