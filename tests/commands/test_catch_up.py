"""A command meets the legal state: missed timers fire first, as of their own instants (R15, R16)."""

import pytest

from lifecycle.history.store import store_step
from lifecycle.machines.enter import catch_up
from lifecycle.machines.table import NotPossible
from lifecycle.records.engine import writing
from lifecycle.records.mapping import load
from tests.commands import acts as contracts
from tests.commands.diary import NOW, Diary, day, on


def test_a_missed_billing_start_is_fired_before_the_command(diary: Diary) -> None:
    contract = diary.accepted()
    diary.today("2022-05-03")
    diary.do(contracts.notify_cancellation, contract, NOW)
    assert diary.events(contract) == ["apply", "accept", "start_billing", "notify_cancellation"]
    missed, asked = diary.history(contract)[2:]
    assert missed["due_at"] == missed["effective_at"] == "2022-05-01T00:00:00+09:00"
    assert missed["recorded_at"] == asked["recorded_at"] == "2022-05-03T09:00:00+09:00"
    assert (missed["actor"], missed["caused_by"]) == ("clock", f"{contract}.2")
    assert (asked["actor"], asked["due_at"], asked["from_state"]) == ("desk", None, "billing")
    found = diary.contract(contract)
    assert (found.billing_started, found.version, found.seq) == (True, 4, 4)


def test_to_the_microsecond_nothing_is_fired_early(diary: Diary) -> None:
    contract = diary.accepted()
    diary.today("2022-04-30 23:59:59.999999")
    diary.do(contracts.notify_cancellation, contract, NOW)
    assert "start_billing" not in diary.events(contract)
    diary.today("2022-05-01 00:00")
    diary.do(contracts.revoke_cancellation, contract, reason="agreed")
    assert diary.events(contract)[-2:] == ["start_billing", "revoke_cancellation"]


def test_a_refused_command_leaves_the_timer_to_the_clock(diary: Diary) -> None:
    contract = diary.accepted()
    diary.today("2022-05-03")
    before = diary.everything()
    with pytest.raises(NotPossible) as refusal:
        diary.do(contracts.reschedule_billing, contract, day("2022-06-01"))
    assert refusal.value.state == "billing"
    assert diary.everything() == before


@pytest.mark.parametrize("command", [contracts.notify_cancellation, contracts.revoke_cancellation])
def test_a_contract_past_its_end_is_terminated_though_no_sweep_came_by(diary: Diary, command: object) -> None:
    contract = diary.accepted()
    diary.today("2022-06-10")
    diary.do(contracts.notify_cancellation, contract, NOW)
    diary.today("2022-07-11 00:00")
    with pytest.raises(NotPossible) as refusal:
        diary.do(command, contract, *([NOW] if command is contracts.notify_cancellation else []), reason="late")  # type: ignore[arg-type]
    assert refusal.value.state == "terminated"


def test_a_notice_can_be_revoked_until_the_last_instant_in_force(diary: Diary) -> None:
    contract = diary.accepted()
    diary.today("2022-06-10")
    diary.do(contracts.notify_cancellation, contract, NOW)
    diary.today("2022-07-10 23:59:59")
    diary.do(contracts.revoke_cancellation, contract, reason="agreed")
    assert diary.contract(contract).state == "billing"


def test_an_application_for_an_option_catches_up_too(diary: Diary) -> None:
    contract = diary.accepted()
    diary.today("2022-05-03")
    diary.apply_for_option(contract)
    assert diary.events(contract) == ["apply", "accept", "start_billing"]


def test_a_notice_entered_after_its_last_day_ends_the_contract_at_once(diary: Diary) -> None:
    contract = diary.accepted()
    diary.today("2022-07-12")
    diary.do(contracts.notify_cancellation, contract, on("2022-06-11"))
    found = diary.contract(contract)
    assert (found.state, found.effective_on, found.due_at) == ("terminated", day("2022-07-11"), None)
    last = diary.history(contract)[-1]
    assert (last["effective_at"], last["recorded_at"]) == (
        "2022-07-12T00:00:00+09:00",
        "2022-07-12T09:00:00+09:00",
    )


def test_years_of_missed_timers_fire_in_the_order_of_their_instants(diary: Diary) -> None:
    contract, option = diary.accepted_with_option("2022-05-10")
    diary.do(contracts.notify_cancellation, option, NOW, day("2022-08-31"))
    diary.do(contracts.notify_cancellation, contract, NOW, day("2022-12-31"))
    diary.today("2030-01-01")
    assert _catch_up(diary, contract) == [
        (contract, "start_billing", "2022-05-01"),
        (option, "start_billing", "2022-05-10"),
        (option, "terminate", "2022-09-01"),
        (contract, "terminate", "2023-01-01"),
    ]
    assert {row["recorded_at"] for row in diary.history(contract)[-2:]} == {"2030-01-01T09:00:00+09:00"}


def test_at_one_instant_the_option_ends_before_the_contract(diary: Diary) -> None:
    contract, option = diary.accepted_with_option()
    diary.today("2022-06-10")
    diary.do(contracts.notify_cancellation, contract, NOW)
    diary.today("2022-07-11 00:00")
    fired = _catch_up(diary, contract)
    assert fired == [(option, "terminate", "2022-07-11"), (contract, "terminate", "2022-07-11")]


def test_at_one_instant_ends_fire_before_billing_starts(diary: Diary) -> None:
    contract, option = diary.accepted_with_option("2022-06-30")
    diary.do(contracts.notify_cancellation, option, NOW)
    ends_at = "2022-05-23"
    diary.do(contracts.reschedule_billing, contract, day(ends_at))
    diary.today("2022-05-24")
    fired = _catch_up(diary, contract)
    assert fired == [(option, "terminate", ends_at), (contract, "start_billing", ends_at)]


def test_an_option_never_accepted_lapses_with_its_contract_first(diary: Diary) -> None:
    contract = diary.accepted(options=[("drm", "D1")])
    option = diary.option(contract).id
    diary.do(contracts.notify_cancellation, contract, NOW)
    diary.today("2022-06-01")
    assert _catch_up(diary, contract)[-2:] == [
        (option, "reject", "2022-06-01"),
        (contract, "terminate", "2022-06-01"),
    ]
    assert diary.option(contract).state == "rejected"


def _catch_up(diary: Diary, contract: str) -> list[tuple[str, str, str | None]]:
    """What is due, written as the clock writes it: subject, event and the day of its legal instant."""
    with writing(diary.engine) as conn:
        before = load(conn, contract, lock=True)
        after, entries = catch_up(before, diary.now)
        store_step(conn, before, after, entries)
    rows = [next(r for r in diary.history(e.subject.id) if r["seq"] == e.subject.seq) for e in entries]
    assert all(row["effective_at"] == row["due_at"] and row["actor"] == "clock" for row in rows)
    return [(row["subject"], row["event"], row["effective_at"][:10]) for row in rows]
