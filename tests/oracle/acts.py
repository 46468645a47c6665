"""The events of a random contract: each draws its own facts, or does nothing if it is not possible."""

from collections.abc import Callable
from datetime import timedelta

from tests.oracle.days import DAY, civil, month_of
from tests.oracle.drafts import FIRMS, ITEMS, NAMES, Draft, filed, quoted
from tests.oracle.entries import CONTRACT


def _holder(draft: Draft) -> tuple[str, str]:
    """(kind, subject): the contract, or one of its options."""
    options = draft.ids("option", "accept")
    if options and draft.likely(0.35):
        return "option", draft.random.choice(options)
    return "contract", CONTRACT


def _notify(draft: Draft) -> None:
    kind, subject = _holder(draft)
    when = draft.when(subject, back=3)
    if when is not None:
        chosen = draft.some_day(-5, 90) if draft.likely(0.45) else None
        draft.told(kind, subject, "notify_cancellation", when, chosen_on=chosen)


def ask_to_end(draft: Draft) -> None:
    """Requests to end that are not in the company's form: they have no effect (R44)."""
    for _ in range(draft.forms.choice([0, 0, 1, 2])):
        subjects = [CONTRACT, *draft.ids("option", "accept")]
        subject = draft.forms.choice(subjects)
        day = draft.start + draft.forms.randint(-10, 90) * DAY
        if (subject, day) not in draft.used and draft.ids("contract", "accept") and day <= draft.today:
            kind = "contract" if subject == CONTRACT else "option"
            chosen = draft.forms.choice([None, day + 40 * DAY])
            draft.told(kind, subject, "receive_informal_notice", day, chosen_on=chosen)


def _revoke(draft: Draft) -> None:
    notices = [e for e in draft.entries if e.event in ("notify_cancellation", "end_by_company")]
    taken = {e.facts["notice"] for e in draft.entries if e.event == "revoke_cancellation"}
    notices = [notice for notice in notices if notice.id not in taken]
    if notices:
        notice = draft.random.choice(notices[-2:])
        when = draft.when(notice.subject)
        if when is not None and civil(when) > civil(notice.when):
            draft.told(notice.kind, notice.subject, "revoke_cancellation", when, notice=notice.id)


def _reschedule(draft: Draft) -> None:
    kind, subject = _holder(draft)
    when = draft.when(subject)
    if when is not None:
        draft.told(kind, subject, "reschedule_billing", when, billing_starts_on=draft.some_day(-12, 40))


def _condition(draft: Draft) -> None:
    when, delivery = draft.when(CONTRACT, back=3), draft.entries[0].facts["delivery"]
    names = (["domain", "dns"] if delivery["custom_domain"] else []) + (
        ["certificate"] if delivery["https"] else []
    )
    if when is not None and names:
        event = draft.random.choice(["meet_condition", "meet_condition", "waive_condition"])
        draft.told("contract", CONTRACT, event, when, condition=draft.random.choice(names))


def _company(draft: Draft) -> None:
    when = draft.when(CONTRACT)
    if when is not None and not any(e.event == "end_by_agreement" for e in draft.entries):
        draft.told(
            "contract",
            CONTRACT,
            "end_by_company",
            when,
            ends_on=civil(when) + draft.random.randint(0, 40) * DAY,
            ground="滞納",
        )


def _agree(draft: Draft) -> None:
    when = draft.when(CONTRACT)
    if when is not None:
        ends_on = civil(when) + draft.random.choice([-20, -3, 0, 10, 45, 90]) * DAY
        owed = draft.random.choice([None, None, 0, 12_345, 100_000])
        draft.told("contract", CONTRACT, "end_by_agreement", when, ends_on=ends_on, owed_yen=owed)


def _administrator(draft: Draft) -> None:
    when = draft.when(CONTRACT)
    if when is not None:
        to = {"name": draft.random.choice(NAMES)}
        draft.told("contract", CONTRACT, "change_administrator", civil(when), administrator=to)


def _particulars(draft: Draft) -> None:
    when = draft.when(CONTRACT)
    if when is not None:
        customer = {"phone": f"03-0000-{draft.random.randint(0, 9999):04d}"}
        draft.told("contract", CONTRACT, "change_particulars", civil(when), customer=customer)


def _succeed(draft: Draft) -> None:
    when = draft.when(CONTRACT)
    if when is not None:
        day, ground = civil(when), draft.random.choice(["merger", "split", "transfer"])
        draft.told(
            "contract", CONTRACT, "succeed", day,
            ground=ground, consented_on=day if ground == "transfer" else None,
            customer={"name": draft.random.choice(FIRMS)}, administrator={"name": draft.random.choice(NAMES)},
        )  # fmt: skip


def _change(draft: Draft) -> None:
    subject = f"change-{len(draft.ids('item_change')) + 1}"
    received = draft.when(subject, back=2)
    if received is None:
        return
    draft.told("item_change", subject, "apply", received, item=draft.random.choice(ITEMS))
    if draft.likely(0.12):
        event = draft.random.choice(["reject", "withdraw"])
        draft.told("item_change", subject, event, draft.instant(draft.today + DAY))
    elif draft.likely(0.9):
        accepted = draft.today + draft.random.randint(1, 3) * DAY
        if (CONTRACT, accepted) in draft.used:
            return
        fee = draft.random.choice([None, None, 50_000])
        effective = accepted + draft.random.randint(0, 50) * DAY
        draft.told("item_change", subject, "accept", accepted, effective_on=effective, fee_yen=fee)
        if fee is None and draft.likely(0.4):
            draft.told("item_change", subject, "set_fee", accepted + 5 * DAY, fee_yen=30_000)
        if draft.likely(0.1):
            draft.told("item_change", subject, "withdraw", draft.instant(accepted + 2 * DAY))


def _option(draft: Draft) -> None:
    subject = f"option-{len(draft.ids('option')) + 1}"
    received = draft.when(subject, back=2)
    if received is None:
        return
    filed(draft, "option", subject, received, draft.today + DAY)
    if draft.likely(0.15):
        event = draft.random.choice(["reject", "withdraw"])
        draft.told("option", subject, event, draft.instant(draft.today + DAY))
        return
    accepted = draft.today + draft.random.randint(1, 3) * DAY
    if (CONTRACT, accepted) not in draft.used:
        start = accepted + draft.random.randint(0, 30) * DAY
        draft.told("option", subject, "accept", accepted, billing_starts_on=start, **quoted(draft))


def _option_fees(draft: Draft) -> None:
    options = draft.ids("option", "accept")
    if options:
        subject = draft.random.choice(options)
        when = draft.when(subject)
        if when is not None:
            fee = draft.random.choice([25_000, 33_333])
            draft.told(
                "option", subject, "change_fees", when, monthly_fee_yen=fee, from_on=draft.some_day(-10, 40)
            )


def _measure(draft: Draft) -> None:
    subject = f"measure-{len(draft.ids('measure', 'take')) + 1}"
    taken = draft.instant(draft.today)
    starts_at = taken + timedelta(hours=draft.random.choice([0, 0, 30, 100]))
    ends_at = starts_at + timedelta(days=draft.random.randint(1, 40)) if draft.likely(0.5) else None
    facts = {
        "kind": "suspension",
        "ground": "第19条",
        "notified": True,
        "starts_at": starts_at,
        "ends_at": ends_at,
    }
    draft.told("measure", subject, "take", taken, **facts)
    if draft.likely(0.4):
        draft.told("measure", subject, "lift", starts_at + timedelta(days=draft.random.randint(1, 30), hours=1))


def _usage(draft: Draft) -> None:
    """Each month and meter once, in one entry or in several: of two figures the order of entry would decide."""
    month = month_of(draft.some_day(-40, 0))
    known = [name for e in draft.entries if e.kind == "usage" and e.subject == month for name in e.facts]
    meters = {
        "transcode_hours": ["99.5", "300", "100.01"], "storage_gb": ["2001.5", "6000"],
        "delivery_gb": ["999", "10000.1"], "live_hours": ["71", "150.5"],
    }  # fmt: skip
    chosen = [name for name in meters if name not in known and draft.likely(0.5)]
    figures = {name: draft.random.choice(meters[name]) for name in chosen}
    if figures:
        draft.told("usage", month, "record", draft.instant(draft.today), **figures)


def _outage(draft: Draft) -> None:
    """Outages of all kinds: short, long, continuing; attributable or not, unknown, found later; claimed or not."""
    random, subject = draft.random, f"outage-{len(draft.ids('outage', 'open')) + 1}"
    known = draft.instant(draft.some_day(-10, 10))
    fault, later = random.choice([(True, None)] * 4 + [(None, True), (None, False), (False, None), (False, True)])
    draft.told("outage", subject, "open", known, source="alert", attributable=fault, contracts="all")
    if draft.likely(0.85):
        hours = random.choice([3, 20, 24, 26, 49, 80, 200, 900])
        draft.told("outage", subject, "recover", known + timedelta(hours=hours, minutes=random.choice([0, 0, 7])))
    if later is not None:
        found = known + timedelta(days=random.randint(1, 60))
        draft.told("outage", subject, "attribute", found, attributable=later)
    if draft.likely(0.6):
        claimed = civil(known) + random.randint(1, 100) * DAY
        draft.told("credit", subject, "claim", claimed if draft.likely(0.5) else draft.instant(claimed))


ACTS: dict[Callable[[Draft], None], int] = {  # act -> how often
    _notify: 9, _revoke: 9, _reschedule: 6, _condition: 10, _company: 1, _agree: 1, _administrator: 2,
    _particulars: 2, _succeed: 2, _change: 12, _option: 5, _option_fees: 3, _measure: 3, _usage: 5, _outage: 9,
}  # fmt: skip
