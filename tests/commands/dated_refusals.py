"""The refusals of acts that are entered before they happen, and of fees and agreed ends that stand already."""

from collections.abc import Callable
from typing import Any

from tests.commands import acts
from tests.commands.diary import Diary, day
from tests.commands.part_refusals import NOTHING_USED, accepted_change, asked, measure, written

Act = Callable[[], Any]
TOMORROW = day("2022-05-11")
COMPANY = {"name": "別の会社", "email": "betsu@example.jp"}


def enter(diary: Diary, subject: str, event: str, reason: str | None = None, **body: Any) -> Act:
    return lambda: diary.do(acts.enter, subject, event, reason=reason, **body)


def accepted(diary: Diary) -> str:
    """A contract on 10 May 2022, in billing since 1 May."""
    contract = diary.accepted(item="basic")
    diary.today("2022-05-10")
    return contract


def agreement_not_in_future(diary: Diary) -> Act:
    return enter(diary, accepted(diary), "end_by_agreement", agreed_on=TOMORROW, ends_on=day("2022-06-30"))


def no_agreed_end(diary: Diary) -> Act:
    contract = accepted(diary)
    enter(diary, contract, "end_by_agreement", reason="agreed", ends_on=day("2022-06-30"))()
    return lambda: diary.do(acts.revoke_cancellation, contract, reason="agreed")


def lifting_not_in_future(diary: Diary) -> Act:
    taken = measure(diary, accepted(diary))[1]
    diary.today("2022-05-11")
    lifted = enter(diary, taken, "lift", lifted_at=diary.now)
    diary.today("2022-05-10")
    return lifted


def rejection_not_in_future(diary: Diary) -> Act:
    contract = diary.apply()
    return enter(diary, contract, "reject", reason="no", rejected_on=TOMORROW)


def withdrawal_not_in_future(diary: Diary) -> Act:
    contract = diary.apply()
    return enter(diary, contract, "withdraw", withdrawn_on=TOMORROW)


def amendment_not_in_future(diary: Diary) -> Act:
    contract = diary.apply()
    return enter(diary, contract, "amend", item="basic", amended_on=TOMORROW)


def declaration_not_in_future(diary: Diary) -> Act:
    facts = {"declared_on": TOMORROW, "ends_on": day("2022-06-30"), "ground": "x"}
    return enter(diary, accepted(diary), "end_by_company", reason="x", **facts)


def fulfilment_not_in_future(diary: Diary) -> Act:
    return enter(diary, accepted(diary), "meet_condition", condition="dns", met_on=TOMORROW)


def change_not_in_future(diary: Diary) -> Act:
    facts = {"ground": "merger", "customer": acts.customer(COMPANY), "on": TOMORROW}
    return enter(diary, accepted(diary), "succeed", **facts)


def consent_not_in_future(diary: Diary) -> Act:
    facts = {"ground": "transfer", "customer": acts.customer(COMPANY), "consented_on": TOMORROW}
    return enter(diary, accepted(diary), "succeed", **facts)


def accepted_once(diary: Diary) -> Act:
    change = asked(diary, accepted(diary))
    diary.do(acts.reject, change, reason="no")
    return enter(diary, change, "set_fee", fee_yen=20000)


def no_fee_yet(diary: Diary) -> Act:
    _, change = accepted_change(diary)
    enter(diary, change, "set_fee", fee_yen=20000)()
    return enter(diary, change, "set_fee", fee_yen=30000)


def reason_to_clear(diary: Diary) -> Act:
    contract = accepted(diary)
    written(diary, acts.record_usage, contract, diary.order(), "2022-05", NOTHING_USED | {"storage_gb": "7"})
    return lambda: written(
        diary, acts.record_usage, contract, diary.order(), "2022-05", {"live_hours": "1"}, ("storage_gb",)
    )


DATED_REFUSALS: dict[str, tuple[str, str, Callable[[Diary], Act]]] = {
    told.__name__: (rule, reading, told)
    for rule, reading, told in (
        ("not_in_future", "R34", agreement_not_in_future),
        ("agreed_end_stands", "R38", no_agreed_end),
        ("not_in_future", "R30", lifting_not_in_future),
        ("not_in_future", "R34", rejection_not_in_future),
        ("not_in_future", "R34", withdrawal_not_in_future),
        ("not_in_future", "R34", amendment_not_in_future),
        ("not_in_future", "R31", declaration_not_in_future),
        ("not_in_future", "R34", fulfilment_not_in_future),
        ("not_in_future", "R34", change_not_in_future),
        ("not_in_future", "R34", consent_not_in_future),
        ("fee_needs_acceptance", "R22", accepted_once),
        ("fee_is_set", "R22", no_fee_yet),
        ("clearing_needs_reason", "R24", reason_to_clear),
    )
}
