"""Invariants of every contract, including those with invalid entries."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.audit.judge import wished
from tests.how_many import some_of
from tests.oracle.changes import annulled, corrected, moved
from tests.oracle.credits import UNIT, credits_of
from tests.oracle.days import DAY, civil, day_thirty, end_of, moment, month_after, month_of, start_of, term_last
from tests.oracle.entries import Entry, body, places
from tests.oracle.fold import LAST, Folded, fold
from tests.oracle.line import effect
from tests.oracle.lives import ends_at, holding, life, wild
from tests.oracle.orders import Keyed, late, needs, shuffled, timely
from tests.oracle.people import people_at
from tests.oracle.statements import Line, adjustments, issue, refunds, statement, total

SEEDS = st.integers(0, 100_000)
FINAL = ("terminated", "rejected", "withdrawn")


def months_of(entries: list[Entry]) -> list[str]:
    """From the first entry's month to the fourth after the last's."""
    days = [civil(entry.when) for entry in entries]
    months = [month_of(min(days))]
    while months[-1] < month_of(max(days) + 120 * DAY):
        months.append(month_after(months[-1]))
    return months


def answers(folded: Folded, months: list[str]) -> dict[str, Any]:
    """The whole result of the oracle for a contract."""
    return {
        "contract": folded.contract, "options": folded.options, "changes": folded.item_changes,
        "measures": folded.measures, "clock": folded.transitions, "verdicts": folded.verdicts,
        "credits": credits_of(folded), "people": people_at(folded, folded.until),
        "statements": {month: statement(folded, month) for month in months},
    }  # fmt: skip


@settings(max_examples=some_of(150), deadline=None)
@given(SEEDS, st.randoms(use_true_random=False))
def test_the_order_of_the_entries_does_not_change_the_result(seed: int, random: Random) -> None:
    entries = wild(seed)
    mixed = random.sample(entries, len(entries))
    until = ends_at(entries, seed)
    assert answers(fold(mixed, until), months_of(entries)) == answers(fold(entries, until), months_of(entries))


@settings(max_examples=some_of(100), deadline=None)
@given(SEEDS)
def test_without_the_entries_that_do_not_hold_everything_is_the_same(seed: int) -> None:
    entries, months = wild(seed), months_of(wild(seed))
    until = ends_at(entries, seed)
    found = answers(fold(entries, until), months)
    without = answers(fold(holding(entries), until), months)
    found["verdicts"] = {id_: v for id_, v in found["verdicts"].items() if v.effect != "invalidated"}
    assert found == without


@settings(max_examples=some_of(100), deadline=None)
@given(SEEDS)
def test_the_end_is_never_before_day_thirty_nor_inside_the_minimum_term(seed: int) -> None:
    entries = life(seed)
    folded = fold(entries, ends_at(entries, seed))
    notices = {entry.id: entry for entry in entries if entry.event == "notify_cancellation"}
    for holder in folded.line.holders:
        days = folded.holder(holder)
        start, ends_on, notice = days["billing_starts_on"], days["effective_on"], notices.get(days["decided_from"])
        if ends_on is None or notice is None or days["decided_by"] == "base_contract":
            continue
        arrived = civil(notice.when)
        assert ends_on >= max(day_thirty(arrived), notice.facts["chosen_on"] or date.min)  # R2, R6
        assert start is None or ends_on < start or ends_on >= term_last(start)  # R8, R11
        if start is not None and arrived >= start:
            assert days["decided_by"] != "minimum_term"  # R9
        for other in holder.standing:
            assert ends_on <= effect(other, start).on  # R12: the earliest of them, each standing alone


@settings(max_examples=some_of(100), deadline=None)
@given(SEEDS)
def test_an_option_is_in_force_only_within_its_contract_and_on_premium_days(seed: int) -> None:
    entries = wild(seed)
    folded = fold(entries, ends_at(entries, seed))
    base, at_last = folded.contract, fold(entries, LAST).options
    for id_, days in folded.options.items():
        start, ends_on = days["billing_starts_on"], days["effective_on"]
        held = at_last[id_]["billing_starts_on"] is None  # a condition is open: the day agreed does not begin it
        if start is None or held or (ends_on is not None and ends_on < start):
            continue  # it never comes to billing
        assert start >= base["billing_starts_on"]  # R17
        if base["effective_on"] is not None:
            assert ends_on is not None and ends_on <= base["effective_on"]  # R18
        last = ends_on or start + 400 * DAY
        for k in range((last - start).days + 1):
            assert folded.item_on(start + k * DAY) == "premium"  # R19


EDGES: Mapping[tuple[str, str], str] = {
    ("accept", "applied"): "accepted", ("reject", "applied"): "rejected",
    ("withdraw", "applied"): "withdrawn", ("start_billing", "accepted"): "billing",
    ("start_billing", "cancel_notified"): "cancel_notified", ("terminate", "cancel_notified"): "terminated",
    ("terminate", "accepted"): "terminated", ("terminate", "billing"): "terminated",
    ("hold_billing", "accepted"): "accepted", ("hold_billing", "cancel_notified"): "cancel_notified",
    ("reschedule_billing", "accepted"): "accepted",
    ("reschedule_billing", "cancel_notified"): "cancel_notified",
    ("revoke_cancellation", "cancel_notified"): "cancel_notified",
} | {
    (event, state): "cancel_notified"
    for event in ("notify_cancellation", "end_by_company", "end_by_agreement")
    for state in ("accepted", "billing", "cancel_notified")
}  # fmt: skip


@settings(max_examples=some_of(100), deadline=None)
@given(SEEDS)
def test_a_machine_that_steps_from_state_to_state_arrives_at_the_same_states(seed: int) -> None:
    """The fold stores no state: stepping through the valid entries and the clock's steps gives the same."""
    entries = life(seed)
    folded = fold(entries, ends_at(entries, seed))
    for holder in folded.line.holders:
        state, begun, standing = "applied", False, set[str]()
        for step in folded.steps:
            if step.subject != holder.id or step.event not in {event for event, _ in EDGES}:
                continue
            state, begun = EDGES[step.event, state], begun or step.event == "start_billing"
            if isinstance(step, Entry) and state == "cancel_notified" and step.event != "reschedule_billing":
                taken = step.facts.get("notice")
                standing = standing - {taken} if taken else standing | {step.id}
                state = state if standing else "billing" if begun else "accepted"
        if (
            holder.closed is None or holder.closed.subject == holder.id
        ):  # an application may fall with its contract
            assert state == folded.line.state(holder, folded.until)


@settings(max_examples=some_of(100), deadline=None)
@given(SEEDS, st.integers(0, 400))
def test_as_of_an_instant_only_the_clock_and_the_entries_up_to_it_have_acted(seed: int, days: int) -> None:
    entries = life(seed)
    until = ends_at(entries, seed)
    whole = fold(entries, until)
    moment_ = min(until, moment(entries[0].when) + timedelta(days=days, hours=7))
    then = fold(entries, moment_)
    assert then.transitions == [t for t in whole.transitions if _written(t, whole) <= moment_]
    known = {id_: v for id_, v in whole.verdicts.items() if whole.line.places[id_] <= moment_}
    assert then.verdicts == known
    for id_, state in then.options.items():
        assert (state["state"] == "terminated") == any(
            (t.subject, t.event) == (id_, "terminate") for t in then.transitions
        )


def _written(transition: Any, folded: Folded) -> datetime:
    """The clock cannot act before the entry that makes it act."""
    base = folded.line.contract.accepted
    at: datetime = max(transition.at, folded.line.places[transition.cause])
    return max(at, folded.line.places[base.id]) if base else at


@settings(max_examples=some_of(100), deadline=None)
@given(SEEDS)
def test_credits_count_whole_days_in_force_once(seed: int) -> None:
    entries = wild(seed)
    folded = fold(entries, ends_at(entries, seed))
    days, parts = folded.contract, []
    for one in credits_of(folded):
        if one.since is None or one.until is None:
            assert one.units == 0
            continue
        assert one.until <= folded.until
        assert one.since >= start_of(days["billing_starts_on"])
        assert days["effective_on"] is None or one.until <= end_of(days["effective_on"])
        assert one.units == (one.until - one.since) // UNIT
        assert 0 <= one.amount_yen <= one.units * 200_000 / 30
        if one.state not in ("refused", "open"):
            parts.append((one.since, one.until))
    for (_, former), (since, _) in zip(sorted(parts), sorted(parts)[1:], strict=False):
        assert former <= since


@settings(max_examples=some_of(100), deadline=None)
@given(SEEDS)
def test_a_claimed_credit_is_on_a_statement_or_waits_for_a_person(seed: int) -> None:
    entries = wild(seed)
    folded = fold(entries, ends_at(entries, seed))
    statements = [statement(folded, month) for month in months_of(entries)]
    lines = [line for month in statements for line in month]
    waits = refunds(folded, {})
    for one in credits_of(folded):
        on_paper = -sum(line.amount_yen or 0 for line in lines if line.subject == one.outage)
        waiting = sum(refund.amount_yen for refund in waits if refund.cause == one.outage)
        assert on_paper + waiting == (one.amount_yen if one.month and one.state in ("claimed", "credited") else 0)
    assert all(total(month) >= 0 for month in statements)  # a credit never exceeds the base fee of its month


@settings(max_examples=some_of(150), deadline=None)
@given(SEEDS, st.randoms(use_true_random=False))
def test_no_yen_is_lost_whenever_months_are_issued_and_whatever_is_learned_between(
    seed: int, random: Random
) -> None:
    """Sent, still to be sent and waiting add up to what the months issued cost as the facts now are."""
    entries = life(seed)
    until, months = ends_at(entries, seed), months_of(entries)[:12]
    known, sent = list(entries[:2]), dict[str, list[Line]]()
    for month in random.sample(months, min(5, len(months))):
        known += [entry for entry in entries[2:] if entry not in known and random.random() < 0.4]
        sent[month] = issue(fold(known, until), month, sent)
    now = fold(entries, until)
    to_come, waiting = adjustments(now, sent)
    open_ = sum(refund.amount_yen * (1 if refund.direction == "payment" else -1) for refund in waiting)
    so_far = sum(total(lines) for lines in sent.values())
    assert so_far + total(to_come) + open_ == sum(total(statement(now, month)) for month in sent)
    assert not any(line.month in sent for line in to_come)


@settings(max_examples=some_of(100), deadline=None)
@given(SEEDS, st.integers(-20, 40))
def test_a_correction_reversed_by_another_leaves_no_effect(seed: int, days: int) -> None:
    entries = life(seed)
    notices = [entry for entry in entries if entry.event == "notify_cancellation"]
    if not notices:
        return
    target, until = Random(seed).choice(notices), ends_at(entries, seed)
    wrong = corrected(entries, target.id, when=target.when + days * DAY)
    before, after = fold(wrong, until), fold(corrected(wrong, target.id, when=target.when), until)
    assert answers(after, []) == answers(fold(entries, until), [])
    superseded, added = moved(before, after)
    assert moved(after, before) == (added, superseded)


@settings(max_examples=some_of(100), deadline=None)
@given(SEEDS)
def test_annulling_a_notice_never_ends_a_contract_earlier(seed: int) -> None:
    entries = life(seed)
    until = ends_at(entries, seed)
    notices = [entry.id for entry in entries if entry.event == "notify_cancellation" and entry.kind == "contract"]
    if notices:
        before = fold(entries, until).contract["effective_on"]
        after = fold(annulled(entries, notices[:1]), until).contract
        assert after["effective_on"] is None or before is None or after["effective_on"] >= before


# --- the lives themselves ---------------------------------------------------------------------


def test_a_random_contract_is_reproducible_and_all_its_entries_are_valid() -> None:
    for seed in range(100):
        entries = life(seed)
        assert entries == life(seed)
        assert not fold(entries, ends_at(entries, seed)).invalidated
        assert len({entry.id for entry in entries}) == len(entries)
        assert all(date(2022, 1, 1) <= civil(entry.when) <= date(2024, 12, 31) for entry in entries)


def test_the_random_contracts_cover_every_event_and_every_state() -> None:
    lives = [life(seed) for seed in range(400)]
    seen = [fold(entries, ends_at(entries, seed)) for seed, entries in enumerate(lives)]
    assert len({(entry.kind, entry.event) for entries in lives for entry in entries}) == 38
    states = {folded.contract["state"] for folded in seen}
    assert states == {"applied", "accepted", "billing", "cancel_notified", *FINAL}
    assert {folded.contract["decided_by"] for folded in seen} == {
        None, "notice_period", "chosen_day", "minimum_term", "company", "agreement",
    }  # fmt: skip
    assert {one.state for folded in seen for one in credits_of(folded)} == {
        "open", "claimable", "claimed", "credited", "lapsed", "refused",
    }  # fmt: skip


def orders(entries: list[Entry], seed: int) -> list[list[Keyed]]:
    return [timely(entries), late(entries, seed), shuffled(entries, seed)]


def test_every_order_keys_each_entry_once_after_it_happened_and_after_what_it_needs() -> None:
    for seed in range(200):
        entries = life(seed)
        for keyed in orders(entries, seed):
            at = {one.entry.id: one.at for one in keyed}
            assert sorted(at) == sorted(entry.id for entry in entries)
            assert [one.at for one in keyed] == sorted(at.values())
            for entry in entries:
                assert at[entry.id] >= moment(entry.when)
                assert all(at[need] < at[entry.id] for need in needs(entry, entries))


def test_the_three_orders_differ() -> None:
    entries = life(3)
    assert len({tuple(one.entry.id for one in keyed) for keyed in orders(entries, 3)}) == 3


def test_a_body_names_its_day_or_its_instant() -> None:
    for entry in life(5):
        given_ = [name for name in body(entry) if name.endswith(("_on", "_at", "on")) and name not in entry.facts]
        assert len(given_) == (0 if entry.event in ("take", "record", "attribute") else 1)


def test_no_entry_is_dated_after_its_recording_unless_only_its_day_is_known() -> None:
    for seed in range(100):
        entries = life(seed)
        at = places(entries)
        for entry in entries:
            latest = entry.when if isinstance(entry.when, datetime) else end_of(entry.when)
            if wished(entry):  # received before the contract's own application
                latest = max(latest, at[entries[0].id])
            assert at[entry.id] <= latest
