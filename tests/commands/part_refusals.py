"""Refusals by the rules on conditions, misuse, the company's end, item changes, measures, credits and usage."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from lifecycle.commands import outages
from lifecycle.commands.erasure import erase_personal_data
from lifecycle.machines.facts import When
from lifecycle.records.engine import writing
from tests.commands import acts as contract_events
from tests.commands import acts as contracts
from tests.commands import acts as parts
from tests.commands.diary import NOW, Diary, day, tokyo

Act = Callable[[], Any]
HTTPS = {"custom_domain": None, "https": True, "certificate_obtained": False}
NOTHING_USED = {"transcode_hours": "0", "storage_gb": "0", "delivery_gb": "0", "live_hours": "0"}


def written(diary: Diary, command: Callable[..., Any], *given: Any, reason: str | None = None) -> Any:
    """What a command returns that does more than carry out one event."""
    with writing(diary.engine) as conn:
        return command(conn, *given)


def asked(diary: Diary, contract: str, item: str = "premium", reference: str = "R1") -> str:
    return written(diary, parts.apply_for_item_change, contract, diary.order(), item, reference, NOW)[1]


def accept(diary: Diary, change: str, effective_on: str, accepted: When = NOW, reason: str | None = None) -> Any:
    return diary.do(parts.accept_item_change, change, accepted, day(effective_on), None, reason=reason)


def basic(diary: Diary) -> tuple[str, str]:
    contract = diary.accepted(item="basic")
    return contract, asked(diary, contract)


def accepted_change(diary: Diary) -> tuple[str, str]:
    contract, change = basic(diary)
    accept(diary, change, "2022-06-01")
    return contract, change


def leaving(diary: Diary) -> tuple[str, str]:
    contract, option = diary.accepted_with_option()
    diary.do(contracts.notify_cancellation, option, NOW)
    accept(diary, asked(diary, contract, "basic"), "2022-06-20")
    return contract, option


def claimable(diary: Diary) -> tuple[str, str]:
    contract = diary.accepted()
    diary.today("2022-05-04")
    found = outages.OutageReport(tokyo("2022-05-02"), "alarm", True, (contract,), tokyo("2022-05-03 10:00"))
    return contract, written(diary, outages.open_outage, diary.order(), found).id


def measure(diary: Diary, contract: str, ends_at: str | None = None) -> Any:
    facts = {"measure": "suspension", "ground": "Art. 10", "notified": True, "starts_at": diary.now,
             "ends_at": tokyo(ends_at) if ends_at else None}  # fmt: skip
    return written(diary, parts.take_measure, contract, diary.order(), facts)


def needs_open_condition(diary: Diary) -> Act:
    contract = diary.accepted()
    return lambda: diary.do(contract_events.meet_condition, contract, "dns")


def report_on_record(diary: Diary) -> Act:
    contract = diary.accepted()
    return lambda: diary.do(contract_events.follow_up_misuse, contract, f"{contract}.1", "x")


def ends_after_acceptance(diary: Diary) -> Act:
    contract = diary.accepted()
    return lambda: diary.do(contract_events.end_by_company, contract, day("2022-04-21"), "x", reason="x")


def no_change_relies_on_its_end(diary: Diary) -> Act:
    _, option = leaving(diary)
    return lambda: diary.do(contracts.revoke_cancellation, option, reason="agreed")


def contract_accepted_for_change(diary: Diary) -> Act:
    change = asked(diary, diary.apply(item="basic"))
    return lambda: accept(diary, change, "2022-06-01")


def change_not_in_the_past(diary: Diary) -> Act:
    _, change = basic(diary)
    diary.today("2022-05-10")
    return lambda: accept(diary, change, "2022-05-01", When(on=day("2022-04-25")))


def accepted_before_effective(diary: Diary) -> Act:
    _, change = basic(diary)
    return lambda: accept(diary, change, "2022-04-21", reason="late")


def another_item(diary: Diary) -> Act:
    change = asked(diary, diary.accepted())
    return lambda: accept(diary, change, "2022-06-01")


def no_option_in_the_way(diary: Diary) -> Act:
    contract, _ = diary.accepted_with_option()
    change = asked(diary, contract, "basic")
    return lambda: accept(diary, change, "2022-06-01")


def within_the_contract(diary: Diary) -> Act:
    contract, change = basic(diary)
    diary.do(contracts.notify_cancellation, contract, NOW)
    return lambda: accept(diary, change, "2022-08-01")


def after_the_others(diary: Diary) -> Act:
    contract, _ = accepted_change(diary)
    change = asked(diary, contract, "premium", "R2")
    return lambda: accept(diary, change, "2022-05-20")


def no_later_change(diary: Diary) -> Act:
    contract, change = accepted_change(diary)
    accept(diary, asked(diary, contract, "basic", "R2"), "2022-07-01")
    return lambda: diary.do(contracts.withdraw, change)


def no_option_relies_on_the_change(diary: Diary) -> Act:
    contract, change = accepted_change(diary)
    diary.accept_option(diary.apply_for_option(contract), "2022-06-01")
    return lambda: diary.do(contracts.withdraw, change)


def claim_not_in_future(diary: Diary) -> Act:
    contract, outage = claimable(diary)
    at = When(at=diary.now + timedelta(seconds=1))
    return lambda: written(diary, outages.claim, contract, outage, diary.order(), at)


def claim_in_time(diary: Diary) -> Act:
    contract, outage = claimable(diary)
    return lambda: written(diary, outages.claim, contract, outage, diary.order(), When(on=day("2022-05-02")))


def no_credit_is_due(diary: Diary) -> Act:
    contract, _ = claimable(diary)
    diary.do(contracts.notify_cancellation, contract, NOW)
    diary.today("2022-06-15")
    return lambda: written(diary, erase_personal_data, contract, diary.order(reason="The customer asked for it."))


def ends_after_start(diary: Diary) -> Act:
    contract = diary.accepted()
    return lambda: measure(diary, contract, "2022-04-01")


def measure_needs_contract(diary: Diary) -> Act:
    contract = diary.apply()
    return lambda: measure(diary, contract)


def month_has_begun(diary: Diary) -> Act:
    contract = diary.accepted()
    return lambda: written(diary, parts.record_usage, contract, diary.order(), "2022-05", NOTHING_USED)


PART_REFUSALS: dict[str, tuple[str, str, Callable[[Diary], Act]]] = {
    told.__name__: (rule, reading, told)
    for rule, reading, told in (
        ("needs_open_condition", "R28", needs_open_condition),
        ("report_on_record", "R29", report_on_record),
        ("company_end_after_acceptance", "R31", ends_after_acceptance),
        ("change_relies_on_end", "R19", no_change_relies_on_its_end),
        ("change_needs_a_contract", "R34", contract_accepted_for_change),
        ("past_change_needs_reason", "R34", change_not_in_the_past),
        ("change_after_acceptance", "R34", accepted_before_effective),
        ("another_item", "R19", another_item),
        ("option_needs_premium", "R19", no_option_in_the_way),
        ("contract_over", "R19", within_the_contract),
        ("changes_in_order", "R19", after_the_others),
        ("changes_in_order", "R19", no_later_change),
        ("option_relies_on_change", "R17", no_option_relies_on_the_change),
        ("not_in_future", "R27", claim_not_in_future),
        ("claim_in_time", "R27", claim_in_time),
        ("credit_needs_customer", "R27", no_credit_is_due),
        ("measure_in_order", "R30", ends_after_start),
        ("measure_needs_a_contract", "R30", measure_needs_contract),
        ("month_has_begun", "R24", month_has_begun),
    )
}
PART_REFUSALS["past_end_is_not_rewritten"] = ("company_end_to_come", "R31", ends_after_acceptance)
