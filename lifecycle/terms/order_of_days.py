"""The order of days and what may be in the future or late (R7, R10, R13, R34)."""

from datetime import date, datetime

from lifecycle.terms.art6_cancellation import article
from lifecycle.terms.calendar import tokyo_day
from lifecycle.terms.editions import Terms, ja
from lifecycle.terms.ruling import Ruling


def not_in_future(
    what: str, what_ja: str, at: datetime, now: datetime, reading: str, terms: Terms, *, option: bool = False
) -> Ruling | None:
    """Refuses a fact said to have happened after now (R7, R34)."""
    if at <= now:
        return None
    places = {"R26": "Art. 8", "R30": "Art. 10", "R31": "General terms", "R36": "Civil Code Art. 95"}
    place = article(option) if reading == "R7" else places.get(reading, "Art. 7")
    day, today = tokyo_day(at), tokyo_day(now)
    if day == today:
        text = f"The {what} lies in the future: it is given for a later time today, {today}."
        text_ja = f"{what_ja}の時刻は、本日（{ja(today)}）の現在時刻より後である。"
    else:
        text = f"The {what} on {day} lies in the future; today is {today}."
        text_ja = f"{what_ja}日（{ja(day)}）は本日（{ja(today)}）より後である。"
    return Ruling("not_in_future", place, reading, terms.version, text, text_ja, assumed=terms.assumed)


def taken_over(received_on: date, billed_until: str | None, terms: Terms) -> Ruling:
    """A running contract is taken over with its legal days (R41). billed_until: a month, such as 2022-05."""
    billed = f"; months up to {billed_until} were billed elsewhere" if billed_until else ""
    billed_ja = ""
    if billed_until:
        year, month = map(int, billed_until.split("-"))
        billed_ja = f"{year}年{month}月分までの料金は本システム外で請求済みである。"
    return Ruling(
        "taken_over", "Supplementary provisions", "R41", terms.version,
        f"A running contract, applied for on {received_on}, is taken over with its legal days{billed}.",
        f"{ja(received_on)}に申込を受領した既存契約を、法律上の日付を変えずに引き継ぐ。{billed_ja}",
        on=received_on, assumed=terms.assumed,
    )  # fmt: skip


def not_before_application(on: date, received_on: date, terms: Terms) -> Ruling:
    """Refuses an act that is dated before the receipt of the application (R34)."""
    return Ruling(
        "not_before_the_application", "Art. 7", "R34", terms.version,
        f"The application was received on {received_on}; no act on it can have the earlier day {on}.",
        f"申込の受領日は{ja(received_on)}であり、それより前の{ja(on)}を日付とすることはできない。",
        on=received_on, assumed=terms.assumed,
    )  # fmt: skip


def received_before_accepted(received_on: date, accepted_on: date, terms: Terms) -> Ruling | None:
    """Refuses an acceptance before the application was received (R34)."""
    if received_on <= accepted_on:
        return None
    return Ruling(
        "received_before_accepted", "Art. 7", "R34", terms.version,
        f"An application received on {received_on} cannot have been accepted on {accepted_on}.",
        f"{ja(received_on)}に受領した申込を{ja(accepted_on)}に承諾することはできない。",
        on=received_on, assumed=terms.assumed,
    )  # fmt: skip


def accepted_before_billing_start(accepted_on: date, starts_on: date, terms: Terms) -> Ruling | None:
    """Refuses a billing start before the acceptance (R34)."""
    if accepted_on <= starts_on:
        return None
    return Ruling(
        "accepted_before_billing_start", "Art. 7", "R34", terms.version,
        f"Billing cannot start on {starts_on}, before the acceptance on {accepted_on}.",
        f"課金開始日{ja(starts_on)}を承諾日{ja(accepted_on)}より前にすることはできない。",
        on=accepted_on, assumed=terms.assumed,
    )  # fmt: skip


def past_billing_start_needs_reason(
    starts_on: date, now: datetime, reason: str | None, terms: Terms
) -> Ruling | None:
    """Refuses a billing start in the past without a reason (R34)."""
    if reason or starts_on >= tokyo_day(now):
        return None
    return Ruling(
        "past_billing_start_needs_reason", "Art. 7", "R34", terms.version,
        f"The billing start {starts_on} is past (today is {tokyo_day(now)}): entering it late needs a reason.",
        f"課金開始日{ja(starts_on)}は過去である（本日は{ja(tokyo_day(now))}）。後日入力には理由を要する。",
        assumed=terms.assumed,
    )  # fmt: skip


def late_entry_needs_reason(
    arrived_on: date, now: datetime, reason: str | None, terms: Terms, *, option: bool = False
) -> Ruling | None:
    """Refuses a notice that is entered long after its arrival without a reason (R7)."""
    limit = terms.settings.late_entry_reason_after_days
    late = (tokyo_day(now) - arrived_on).days
    if reason or late <= limit:
        return None
    return Ruling(
        "late_entry_needs_reason", article(option), "R7", terms.version,
        f"The notice arrived on {arrived_on}, {late} days ago; beyond {limit} days the entry needs a reason.",
        f"通知の到達は{late}日前の{ja(arrived_on)}である。{limit}日を超える後日入力には理由を要する。",
        days=late, assumed=terms.assumed,
    )  # fmt: skip


def notice_after_acceptance(
    arrived_on: date, accepted_on: date, terms: Terms, *, option: bool = False
) -> Ruling | None:
    """Refuses as cancellation a notice that arrived before there was a contract (R10)."""
    if arrived_on >= accepted_on:
        return None
    return Ruling(
        "notice_needs_a_contract", article(option), "R10", terms.version,
        f"A notice that arrived on {arrived_on}, before the acceptance on {accepted_on}, cancels no contract: "
        "it would have withdrawn the application.",
        f"承諾日{ja(accepted_on)}より前の{ja(arrived_on)}に到達した通知は解約ではなく、申込の取下げに当たる。",
        on=accepted_on, assumed=terms.assumed,
    )  # fmt: skip


def no_contract_yet(terms: Terms, *, option: bool = False) -> Ruling:
    """Why a notice to an application is no cancellation: it withdraws the application (R10)."""
    return Ruling(
        "notice_needs_a_contract", article(option), "R10", terms.version,
        "The application is not accepted, so there is no contract to cancel: use withdraw.",
        "申込は未承諾であり、契約は成立していない。解約ではなく、申込の取下げとして入力すること。",
        assumed=terms.assumed,
    )  # fmt: skip


def over_since(ended_on: date, terms: Terms, *, option: bool = False) -> Ruling:
    """Why nothing more happens to what is over, and what can still be entered of it (R16)."""
    what, ja_what = ("option", "オプション") if option else ("contract", "契約")
    return Ruling(
        "over_since", article(option), "R16", terms.version,
        f"The {what} ended at the end of {ended_on}. What happened by then can still be entered with its day.",
        f"{ja_what}は{ja(ended_on)}の終了をもって終了している。それまでに生じた事実は、その日付を指定すれば入力できる。",
        on=ended_on, assumed=terms.assumed,
    )  # fmt: skip


def rests_on_nothing(terms: Terms, *, option: bool = False) -> Ruling:
    """Why an entry has no effect whose ground was taken away: what it is about is not there at its place (R37)."""
    return Ruling(
        "rests_on_nothing", article(option), "R37", terms.version,
        "What it rests on is no longer there at its place, so it has no effect.",
        "前提となる記録がその時点に存在しなくなるため、効力を生じない。",
        assumed=terms.assumed,
    )  # fmt: skip


def billing_not_begun(starts_on: date, begun: bool, terms: Terms) -> Ruling | None:
    """Refuses to move a billing start once billing has begun (R33, R34)."""
    if not begun:
        return None
    return Ruling(
        "billing_not_begun", "Art. 7", "R33", terms.version,
        f"Billing began on {starts_on}; its start can no longer be moved.",
        f"課金は{ja(starts_on)}に開始しているため、課金開始日は変更できない。",
        on=starts_on, assumed=terms.assumed,
    )  # fmt: skip


def notice_stands(notice: str, revoked: bool, terms: Terms, *, option: bool = False) -> Ruling | None:
    """Refuses to take back a notice that is already taken back (R13)."""
    if not revoked:
        return None
    return Ruling(
        "notice_stands", article(option), "R13", terms.version,
        f"The notice {notice} has already been taken back.", f"通知{notice}は既に撤回済みである。",
        assumed=terms.assumed,
    )  # fmt: skip


def taken_back_with_consent(ends_on: date, terms: Terms, *, option: bool = False) -> Ruling:
    """A notice is taken back only with the company's recorded consent, before E has ended (R13)."""
    return Ruling(
        "taken_back_with_consent", article(option), "R13", terms.version,
        f"The company consents to taking the notice back before the end of {ends_on}; the reason is on record.",
        f"{ja(ends_on)}の終了前に、当社の同意（理由を記録）により解約通知を撤回する。",
        on=ends_on, assumed=terms.assumed,
    )  # fmt: skip
