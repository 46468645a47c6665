"""The guards one by one: each refuses alone, with name, reading and article; together all are named."""

from datetime import date
from typing import Any, NamedTuple

import pytest

from lifecycle.machines.check import AnyCase, Case, Refused
from lifecycle.machines.dossier import kind_of
from lifecycle.machines.table import CLOCK_EVENTS, EVENTS, TABLES, allowed_events, target_of
from lifecycle.terms.editions import EDITIONS
from lifecycle.terms.ruling import Ruling
from tests.machines.event_rows import POSSIBLE
from tests.machines.life import BASE, DRM, Life, accepted, at, d, notice, running
from tests.machines.test_guards_of_parts import CUSTOM, GUARDS
from tests.machines.to_come import TO_COME

ON = d(5, 10)  # when the event is asked for


class Guard(NamedTuple):
    """The ruling of one guard in a situation in which no other refuses."""

    event: str
    rule: str
    reading: str
    article: str
    case: AnyCase
    on: date | None = None


def accept(life: Life, subject: str = BASE, reason: str | None = None, **given: Any) -> AnyCase:
    return life.case("accept", subject, ON, accepted(ON, d(6, 1), subject) | given, reason)


def move(life: Life, starts_on: date, subject: str = BASE, **given: Any) -> AnyCase:
    return life.case("reschedule_billing", subject, ON, {"billing_starts_on": starts_on} | given)


def notify(life: Life, arrived: date, subject: str = BASE, on: date = ON, **given: Any) -> AnyCase:
    return life.case("notify_cancellation", subject, on, notice(arrived, None, on) | given)


def to_come(event: str, life: Life, subject: str = BASE, **given: Any) -> AnyCase:
    """An event with an instant one hour after its entry."""
    return life.case(event, subject, ON, {"at": at(ON, 11), **given}, "agreed")


def noticed(subject: str = BASE) -> Life:
    return running(d(5, 1), d(5, 1)).notify(d(5, 2), subject=subject)


def revoke(life: Life, subject: str = BASE) -> AnyCase:
    life.notify(d(5, 2), subject=subject).notify(d(5, 3), subject=subject)
    first = life.notice(0, subject).id
    return life.revoke(d(5, 4), first, subject).case("revoke_cancellation", subject, ON, {"notice": first})


def with_option(starts_on: date = d(6, 1), **facts: Any) -> Life:
    """An accepted contract with an application for an option."""
    return running(starts_on, **facts).apply_option()


def billed_then_notified(subject: str) -> Life:
    return running(d(5, 1), d(5, 1)).notify(d(5, 2), subject=subject)


CONTRACT = [
    Guard("accept", "application_in_form", "R44", "House rule", accept(Life().apply(in_form=False))),
    Guard("receive_form", "form_missing", "R44", "House rule",
          Life().apply().case("receive_form", BASE, ON, {"arrived_on": ON})),
    Guard("accept", "laws_accepted", "R28", "Art. 3(3)", accept(Life().apply(laws_accepted=False))),
    Guard("accept", "rights_cleared", "R28", "Art. 3(4)", accept(Life().apply(rights_cleared=False))),
    Guard("accept", "administrator_named", "R28", "Art. 4(1)", accept(Life().apply(administrator_named=False))),
    Guard("accept", "not_in_future", "R34", "Art. 7", accept(Life().apply(), at=at(ON, 11))),
    Guard("accept", "received_before_accepted", "R34", "Art. 7",
          accept(Life().apply(), accepted_on=d(3, 31)), d(4, 1)),
    Guard("accept", "accepted_before_billing_start", "R34", "Art. 7",
          accept(Life().apply(), reason="late", billing_starts_on=d(5, 9)), ON),
    Guard("accept", "past_billing_start_needs_reason", "R34", "House rule",
          accept(Life().apply(), accepted_on=d(5, 9), billing_starts_on=d(5, 9))),
    Guard("reject", "not_in_future", "R34", "Art. 7", to_come("reject", Life().apply())),
    Guard("withdraw", "not_in_future", "R34", "Art. 7", to_come("withdraw", Life().apply())),
    Guard("reschedule_billing", "not_in_future", "R33", "Art. 7",
          move(running(d(6, 1)), d(6, 2), at=at(ON, 11))),
    Guard("meet_condition", "not_in_future", "R28", "Art. 3(1)",
          to_come("meet_condition", running(d(7, 1), delivery=CUSTOM), condition="dns")),
    Guard("revoke_cancellation", "not_in_future", "R13", "Art. 6",
          to_come("revoke_cancellation", noticed(), notice=None)),
    Guard("reschedule_billing", "billing_not_begun", "R33", "Art. 7",
          move(billed_then_notified(BASE), d(6, 1)), d(5, 1)),
    Guard("reschedule_billing", "accepted_before_billing_start", "R34", "Art. 7",
          running(d(6, 1)).case("reschedule_billing", BASE, ON, {"billing_starts_on": d(3, 31)}, "late"), d(4, 1)),
    Guard("reschedule_billing", "past_billing_start_needs_reason", "R34", "House rule",
          move(running(d(6, 1)), d(5, 9))),
    Guard("notify_cancellation", "not_in_future", "R7", "Art. 6",
          notify(running(d(5, 1)), ON, at=at(ON, 11))),
    Guard("notify_cancellation", "late_entry_needs_reason", "R7", "House rule", notify(running(d(5, 1)), d(4, 8))),
    Guard("notify_cancellation", "notice_needs_a_contract", "R10", "Art. 6",
          notify(Life().apply().accept(d(5, 1), d(4, 20)), d(4, 19)), d(4, 20)),
    Guard("revoke_cancellation", "notice_stands", "R13", "Art. 6", revoke(running(d(5, 1)))),
]  # fmt: skip
OPTION = [
    Guard("accept", "application_in_form", "R44", "Art. 5(1)",
          accept(running(d(6, 1)).apply_option(in_form=False), DRM)),
    Guard("receive_form", "form_missing", "R44", "Art. 5(1)",
          with_option().case("receive_form", DRM, ON, {"arrived_on": ON})),
    Guard("accept", "option_needs_accepted_contract", "R17", "Art. 5(3)",
          accept(Life().apply().apply_option(), DRM)),
    Guard("accept", "option_needs_premium", "R17", "Art. 5(3)", accept(with_option(item="basic"), DRM)),
    Guard("accept", "option_needs_premium", "R17", "Art. 5(3)",
          accept(with_option().notify(d(5, 2), d(6, 9)), DRM, billing_starts_on=d(7, 1))),
    Guard("accept", "option_starts_with_base", "R17", "Art. 5(3)",
          accept(with_option(), DRM, billing_starts_on=d(5, 31)), d(6, 1)),
    Guard("accept", "not_in_future", "R34", "Art. 7", accept(with_option(), DRM, at=at(ON, 11))),
    Guard("accept", "received_before_accepted", "R34", "Art. 7",
          accept(with_option(), DRM, accepted_on=d(3, 31)), d(4, 1)),
    Guard("accept", "accepted_before_billing_start", "R34", "Art. 7",
          accept(with_option(d(5, 1)), DRM, "late", billing_starts_on=d(5, 9)), ON),
    Guard("accept", "past_billing_start_needs_reason", "R34", "House rule",
          accept(with_option(d(5, 1)), DRM, accepted_on=d(5, 9), billing_starts_on=d(5, 9))),
    Guard("reject", "not_in_future", "R34", "Art. 7", to_come("reject", with_option(), DRM)),
    Guard("withdraw", "not_in_future", "R34", "Art. 7", to_come("withdraw", with_option(), DRM)),
    Guard("reschedule_billing", "not_in_future", "R33", "Art. 7",
          move(running(d(6, 1), d(6, 1)), d(6, 2), DRM, at=at(ON, 11))),
    Guard("revoke_cancellation", "not_in_future", "R13", "Art. 5(5)",
          to_come("revoke_cancellation", noticed(DRM), DRM, notice=None)),
    Guard("reschedule_billing", "billing_not_begun", "R33", "Art. 7",
          move(billed_then_notified(DRM), d(6, 1), DRM), d(5, 1)),
    Guard("reschedule_billing", "option_starts_with_base", "R17", "Art. 5(3)",
          move(running(d(6, 1), d(6, 1)), d(5, 31), DRM), d(6, 1)),
    Guard("reschedule_billing", "option_needs_premium", "R17", "Art. 5(3)",
          move(running(d(6, 1), d(6, 1)).notify(d(5, 2), d(6, 9)), d(7, 1), DRM)),
    Guard("reschedule_billing", "accepted_before_billing_start", "R34", "Art. 7",
          running(d(4, 1)).apply_option(d(4, 2)).accept(d(6, 1), d(4, 20), DRM)
          .case("reschedule_billing", DRM, ON, {"billing_starts_on": d(4, 19)}, "late"), d(4, 20)),
    Guard("reschedule_billing", "past_billing_start_needs_reason", "R34", "House rule",
          move(running(d(5, 1), d(6, 1)), d(5, 9), DRM)),
    Guard("notify_cancellation", "not_in_future", "R7", "Art. 5(5)",
          notify(running(d(5, 1), d(5, 1)), ON, DRM, at=at(ON, 11))),
    Guard("notify_cancellation", "late_entry_needs_reason", "R7", "House rule",
          notify(running(d(5, 1), d(5, 1)), d(4, 8), DRM)),
    Guard("notify_cancellation", "notice_needs_a_contract", "R10", "Art. 5(5)",
          notify(running(d(5, 1)).apply_option().accept(d(5, 1), d(4, 20), DRM), d(4, 19), DRM), d(4, 20)),
    Guard("revoke_cancellation", "notice_stands", "R13", "Art. 5(5)", revoke(running(d(5, 1), d(5, 1)), DRM)),
]  # fmt: skip


def refusing(case: AnyCase, event: str) -> tuple[Ruling, ...]:
    with pytest.raises(Refused) as refusal:
        target_of(case, event)
    return refusal.value.rulings


def fact_day(guard: Guard) -> date:
    """The day that the event is about."""
    facts, notices = guard.case.facts, guard.case.subject.standing_notices
    by_event = {
        "accept": "accepted_on",
        "reschedule_billing": "billing_starts_on",
        "notify_cancellation": "arrived_on",
    }
    if guard.event in by_event:
        day: date = getattr(facts, by_event[guard.event])
        return day
    if guard.event in ("reject", "withdraw"):
        return d(4, 1)  # the day of receipt
    return notices[0].arrived_on if guard.event == "revoke_cancellation" else ON


@pytest.mark.parametrize(
    "guard", CONTRACT + OPTION, ids=lambda guard: f"{kind_of(guard.case.subject)}-{guard.event}-{guard.rule}"
)
def test_a_guard_refuses_alone_and_names_its_reading_and_article(guard: Guard) -> None:
    (ruling,) = refusing(guard.case, guard.event)
    assert (ruling.rule, ruling.reading, ruling.article) == (guard.rule, guard.reading, guard.article)
    assert ruling.on == guard.on
    # R32: the version of the day that the event is about; the wording of the earlier ones is assumed
    version, assumed = ("2022-05-01", False) if fact_day(guard) >= d(5, 1) else ("2021-11-01", True)
    assert (ruling.terms, ruling.assumed) == (version, assumed)


def test_a_notice_from_before_the_first_version_is_refused_with_what_else_is_wrong_with_it() -> None:
    case = notify(running(d(5, 1)), date(2020, 11, 30))
    rulings = refusing(case, "notify_cancellation")
    assert [r.rule for r in rulings] == ["terms_in_force", "late_entry_needs_reason", "notice_needs_a_contract"]
    assert (rulings[0].reading, rulings[0].on) == ("R32", date(2020, 12, 1))


def test_a_refused_acceptance_names_every_rule_that_refuses() -> None:
    nothing = Life().apply(declared=False)
    wrong: dict[str, Any] = {"accepted_on": d(3, 31), "billing_starts_on": d(3, 30), "at": at(ON, 11)}
    assert [ruling.rule for ruling in refusing(accept(nothing, **wrong), "accept")] == [
        "laws_accepted", "rights_cleared", "administrator_named", "not_in_future", "received_before_accepted",
        "accepted_before_billing_start", "past_billing_start_needs_reason",
    ]  # fmt: skip
    basic = Life().apply(item="basic").apply_option()
    assert [ruling.rule for ruling in refusing(accept(basic, DRM, **wrong), "accept")] == [
        "option_needs_accepted_contract", "not_in_future", "received_before_accepted",
        "accepted_before_billing_start", "option_needs_premium", "past_billing_start_needs_reason",
    ]  # fmt: skip


def test_every_rule_of_the_diagrams_has_been_tried_alone() -> None:
    """The clock's own guards speak of faults of the program and have tests of their own."""
    here = [(kind_of(guard.case.subject), guard.event, guard.case) for guard in CONTRACT + OPTION]
    elsewhere = {(guard.kind, guard.event, guard.guard) for guard in GUARDS}
    elsewhere |= {(act.kind, act.event, act.rule) for act in TO_COME}
    not_tried = {
        (kind, event, rule.__name__)
        for kind, table in TABLES.items()
        for (_, event), edges in table.items()
        if event not in CLOCK_EVENTS
        for rule in edges[0].rules
        if not any(case for *one, case in here if tuple(one) == (kind, event) and rule(case))
    }
    never_alone = {("contract", "end_by_company", "ends_after_acceptance")}
    never_alone |= {
        (kind, "notify_cancellation", "notice_under_terms_in_force") for kind in ("contract", "option")
    }
    assert not_tried - elsewhere == never_alone


NOTHING_OPEN = {"meet_condition", "waive_condition", "follow_up_misuse"}  # no condition, no report


@pytest.mark.parametrize(
    ("life", "subject", "forbidden"),
    [
        (Life().apply(), BASE, {"receive_form", *NOTHING_OPEN}),
        (Life().apply(in_form=False), BASE, {"accept", *NOTHING_OPEN}),
        (Life().apply(declared=False), BASE, {"accept", "receive_form", *NOTHING_OPEN}),
        (running(d(6, 1)), BASE, NOTHING_OPEN),
        (running(d(6, 1)).until(d(6, 1)), BASE, NOTHING_OPEN),
        (running(d(6, 1)).notify(d(5, 1)), BASE, NOTHING_OPEN),
        (running(d(5, 1)).notify(d(5, 2)), BASE, {"reschedule_billing", *NOTHING_OPEN}),
        (running(d(5, 1)).notify(d(5, 2)).until(d(6, 2)), BASE, set()),
        (running(d(7, 1), delivery=CUSTOM), BASE, {"follow_up_misuse"}),
        (Life().apply().apply_option(), DRM, {"accept", "receive_form"}),
        (with_option(), DRM, {"receive_form"}),
        (with_option().notify(d(5, 1)).until(d(6, 1)), DRM, set()),
    ],
)
def test_the_allowed_events_are_those_of_the_table_that_no_fact_forbids(
    life: Life, subject: str, forbidden: set[str]
) -> None:
    """Whatever is given: the clock's events are never a person's, and what an event states is judged later."""
    asked_about = life.dossier.subject(subject)
    kind, state = asked_about.KIND, asked_about.state
    possible = {event for k, s, event in POSSIBLE if (k, s) == (kind, state) and EVENTS[kind][event].by_hand}
    assert forbidden <= possible
    case: AnyCase = Case(life.dossier, asked_about, at(d(6, 2)), EDITIONS)
    assert sorted(allowed_events(case)) == sorted(possible - forbidden)
