"""Refusals of events in the future, and of fees and agreed ends that are already set."""

from collections.abc import Callable
from typing import Any

import orjson

from lifecycle.machines.event import AnyEvent
from lifecycle.machines.table import EVENTS, TABLES
from tests.commands import acts
from tests.commands.diary import NOW, Diary, day, tokyo
from tests.commands.part_refusals import NOTHING_USED, accepted_change, asked, measure, written
from tests.machines.to_come import GROUNDS

Act = Callable[[], Any]
TOMORROW = day("2022-05-11")
COMPANY = {"name": "別の会社", "email": "betsu@example.jp"}


def enter(diary: Diary, subject: str, event: str, reason: str | None = None, **body: Any) -> Act:
    return lambda: diary.do(acts.enter, subject, event, reason=reason, **body)


def form_not_in_future(diary: Diary) -> Act:
    return enter(diary, diary.apply(in_form=False), "receive_form", arrived_on=TOMORROW)


def accepted(diary: Diary) -> str:
    """A contract on 10 May 2022, in billing since 1 May."""
    contract = diary.accepted(item="basic")
    diary.today("2022-05-10")
    return contract


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


def consent_not_in_future(diary: Diary) -> Act:
    facts = {"ground": "transfer", "customer": acts.customer(COMPANY), "consented_on": TOMORROW}
    return enter(diary, accepted(diary), "succeed", **facts)


def company_consent_not_in_future(diary: Diary) -> Act:
    contract = accepted(diary)
    diary.do(acts.notify_cancellation, contract, NOW)
    return enter(diary, contract, "revoke_cancellation", reason="agreed", agreed_on=TOMORROW)


def start_agreement_not_in_future(diary: Diary) -> Act:
    return enter(
        diary, diary.accepted(), "reschedule_billing", reason="agreed", billing_starts_on=day("2022-06-01"),
        agreed_on=day("2022-04-23"),
    )  # fmt: skip


def fee_agreement_not_in_future(diary: Diary) -> Act:
    return enter(diary, accepted_change(diary)[1], "set_fee", fee_yen=20000, agreed_on=day("2030-01-01"))


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


def entered_today(event: AnyEvent) -> Callable[[Diary], Act]:
    """A contract's event that happens tomorrow and is entered today, otherwise as its first example has it."""
    assert event.input is not None
    model, moments = event.input.body, [f"{event.happened}_on", f"{event.happened}_at", "on"]
    own = next(name for name in moments if name in model.model_fields)
    sent = model.model_validate_json(orjson.dumps(model.examples[0]))
    body = {name: getattr(sent, name) for name in sent.model_fields_set - {*moments}}
    body[own] = tokyo(str(TOMORROW)) if own.endswith("_at") else TOMORROW

    def refused_act(diary: Diary) -> Act:
        contract = accepted(diary) if ("billing", event.name) in TABLES["contract"] else diary.apply()
        return lambda: diary.do(acts.enter, contract, event.name, **{"reason": "x"} | body)

    return refused_act


YET_TO_HAPPEN = {
    rule.__name__: (
        "not_in_future",
        GROUNDS[rule.__name__.removesuffix("_not_in_future")][0],
        entered_today(event),
    )
    for event in EVENTS["contract"].values()
    for rule in event.rules
    if rule.__name__.endswith("_not_in_future")
    and {("applied", event.name), ("billing", event.name)} & {*TABLES["contract"]}
}
DATED_REFUSALS: dict[str, tuple[str, str, Callable[[Diary], Act]]] = YET_TO_HAPPEN | {
    refused_act.__name__: (rule, reading, refused_act)
    for rule, reading, refused_act in (
        ("not_in_future", "R44", form_not_in_future),
        ("agreed_end_stands", "R38", no_agreed_end),
        ("not_in_future", "R30", lifting_not_in_future),
        ("not_in_future", "R39", consent_not_in_future),
        ("not_in_future", "R13", company_consent_not_in_future),
        ("not_in_future", "R33", start_agreement_not_in_future),
        ("not_in_future", "R22", fee_agreement_not_in_future),
        ("fee_needs_acceptance", "R22", accepted_once),
        ("fee_is_set", "R22", no_fee_yet),
        ("clearing_needs_reason", "R24", reason_to_clear),
    )
}
