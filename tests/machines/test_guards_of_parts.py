"""The guards on conditions, misuse, the company's end, item changes, measures and claims, one by one."""

from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

import pytest

from lifecycle.machines.check import AnyCase, Refused
from lifecycle.machines.parts import ItemChange
from lifecycle.machines.step import Act
from lifecycle.machines.table import CLOCK_EVENTS, OPENINGS, TABLES, target_of
from lifecycle.terms.editions import EDITIONS, Editions
from lifecycle.terms.ranges import RangeList
from lifecycle.terms.ruling import Ruling
from tests.machines.fuller import CHANGE, CREDIT, USAGE, Full, accept_facts, full
from tests.machines.life import BASE, DRM, Life, at, d, facts_for
from tests.machines.to_come import TO_COME, ToCome

ON = d(5, 10)
FOREIGN = {"custom_domain": {"name": "v.example.net", "acquired": False, "dns_registered": True}, "https": False}
OBTAINED = {"custom_domain": {"name": "v.example.net", "acquired": True, "dns_registered": True}, "https": False}
RANGED = Editions(EDITIONS, ranges=(RangeList(date(2022, 4, 1), ("jp",), ()),))
CUSTOM = {"custom_domain": {"name": "v.example.jp", "acquired": True, "dns_registered": False}, "https": False}


class Guard(NamedTuple):
    """The ruling of one guard in a situation in which no other refuses."""

    kind: str
    event: str
    guard: str
    rule: str
    reading: str
    article: str
    case: AnyCase
    on: date | None = None


def ask(life: Life, event: str, subject: str, reason: str | None = "agreed", **given: Any) -> AnyCase:
    return life.case(event, subject, ON, given, reason)


def change(life: Full, effective_on: date, reason: str | None = "agreed", **given: Any) -> AnyCase:
    return ask(life, "accept", CHANGE, reason, **{**accept_facts(effective_on, ON), **given})


def basic(**facts: Any) -> Full:
    return full(item="basic", **facts).ask_change("premium", d(5, 2))


def leaving() -> Full:
    """Premium with an option that ends on 30 June, and an accepted change to Basic on 1 July."""
    life = full(d(6, 1), d(6, 1))
    life.notify(d(5, 2), d(6, 30), DRM)
    return life.changed("basic", d(7, 1), d(5, 3))


def agreed() -> Full:
    life = full()
    life.do("end_by_agreement", BASE, d(5, 2), "x", ends_on=d(6, 9), agreed_on=d(5, 2), keyed_on=d(5, 2))
    return life


def in_window() -> Full:
    return full().outage(at(d(5, 2))).recover(at(d(5, 4)))


def two_changes() -> Full:
    life = basic().accept_change(d(6, 1), d(5, 3))
    return life.changed("basic", d(7, 1), d(5, 4), "i_2")


def relied_on() -> Full:
    life = basic().accept_change(d(6, 1), d(5, 3))
    life.apply_option(d(5, 3)).accept(d(6, 1), d(5, 3), DRM)
    return life


def listed_since(life: Life) -> Life:
    """The same contract with the list of domains set afterwards."""
    life.editions = RANGED
    return life


GUARDS = [
    Guard("contract", "meet_condition", "met_in_range", "in_range", "R28", "Art. 3(1)(1)",
          ask(full(delivery=FOREIGN, editions=RANGED), "meet_condition", BASE, condition="domain"), d(4, 1)),
    Guard("contract", "change_delivery", "changed_in_range", "in_range", "R28", "Art. 3(1)(1)",
          ask(full(editions=RANGED), "change_delivery", BASE, delivery=OBTAINED), d(4, 1)),
    Guard("contract", "accept", "accepted_in_range", "in_range", "R28", "Art. 3(1)(1)",
          ask(listed_since(Life().apply(delivery=OBTAINED)), "accept", BASE,
              accepted_on=d(4, 5), billing_starts_on=d(6, 1)), d(4, 1)),
    Guard("contract", "amend", "changed_in_range", "in_range", "R28", "Art. 3(1)(1)",
          ask(Life(RANGED).apply(), "amend", BASE, delivery=OBTAINED), d(4, 1)),
    Guard("contract", "meet_condition", "needs_open_condition", "needs_open_condition", "R28", "Art. 3(1)(2)",
          ask(full(), "meet_condition", BASE, condition="dns")),
    Guard("contract", "waive_condition", "needs_open_condition", "needs_open_condition", "R28", "Art. 3(1)(1)",
          ask(full(delivery=CUSTOM), "waive_condition", BASE, condition="domain")),
    Guard("contract", "follow_up_misuse", "report_on_record", "report_on_record", "R29", "Art. 4(4)",
          ask(full(), "follow_up_misuse", BASE, report="c_1.1", follow_up="x")),
    Guard("contract", "end_by_company", "past_end_is_not_rewritten", "company_end_to_come", "R31",
          "General terms", ask(full(), "end_by_company", BASE, ends_on=d(5, 9), keyed_on=ON, ground="x"), ON),
    Guard("contract", "succeed", "consent_not_in_future", "not_in_future", "R39", "Civil Code",
          ask(full(), "succeed", BASE, ground="transfer", consented_on=d(5, 11))),
    Guard("contract", "end_by_agreement", "ends_after_acceptance", "agreed_end_after_acceptance", "R38",
          "Civil Code",
          ask(full(), "end_by_agreement", BASE, ends_on=d(3, 31), agreed_on=ON, keyed_on=ON), d(4, 1)),
    Guard("contract", "revoke_cancellation", "no_agreed_end", "agreed_end_stands", "R38", "Civil Code",
          ask(agreed(), "revoke_cancellation", BASE, notice=None)),
    Guard("contract", "reschedule_billing", "no_change_relies_on_its_end", "change_relies_on_end", "R19",
          "Art. 5(3)", ask(leaving(), "reschedule_billing", BASE, billing_starts_on=d(6, 15))),
    Guard("option", "revoke_cancellation", "no_change_relies_on_its_end", "change_relies_on_end", "R19",
          "Art. 5(3)", ask(leaving(), "revoke_cancellation", DRM, notice=None)),
    Guard("item_change", "accept", "contract_accepted_for_change", "change_needs_a_contract", "R34", "Art. 7",
          change(Full().apply(item="basic").ask_change("premium", d(5, 2)), d(6, 1))),
    Guard("item_change", "accept", "received_before_accepted", "received_before_accepted", "R34", "Art. 7",
          change(basic(), d(6, 1), accepted_on=d(5, 1)), d(5, 2)),
    Guard("item_change", "accept", "accepted_before_effective", "change_after_acceptance", "R34", "Art. 7",
          change(basic(), d(5, 9)), ON),
    Guard("item_change", "accept", "change_not_in_the_past", "past_change_needs_reason", "R34", "House rule",
          change(basic(), d(5, 9), None, accepted_on=d(5, 9))),
    Guard("item_change", "accept", "another_item", "another_item", "R19", "Art. 1",
          change(full().ask_change("premium", d(5, 2)), d(6, 1))),
    Guard("item_change", "accept", "no_option_in_the_way", "option_needs_premium", "R19", "Art. 5(3)",
          change(full(d(5, 1), d(5, 1)).ask_change("basic", d(5, 2)), d(6, 1)), d(6, 10)),
    Guard("item_change", "accept", "within_the_contract", "contract_over", "R19", "Art. 6",
          change(basic().notify(d(5, 3)), d(6, 3)), d(6, 2)),
    Guard("item_change", "accept", "after_the_others", "changes_in_order", "R19", "Art. 1",
          ask(basic().accept_change(d(6, 1), d(5, 3)).ask_change("premium", d(5, 5), "i_3"), "accept", "i_3",
              **accept_facts(d(5, 20), ON)), d(6, 1)),
    Guard("item_change", "withdraw", "no_later_change", "changes_in_order", "R19", "Art. 1",
          ask(two_changes(), "withdraw", CHANGE), d(7, 1)),
    Guard("item_change", "withdraw", "no_option_relies_on_the_change", "option_relies_on_change", "R17",
          "Art. 5(3)", ask(relied_on(), "withdraw", CHANGE)),
    Guard("item_change", "set_fee", "accepted_once", "fee_needs_acceptance", "R22", "Art. 7",
          ask(basic().tell("reject", CHANGE, at(d(5, 4))), "set_fee", CHANGE, fee_yen=1, agreed_on=ON)),
    Guard("item_change", "set_fee", "no_fee_yet", "fee_is_set", "R22", "Art. 7",
          ask(basic().accept_change(d(6, 1), d(5, 3), fee_yen=5_000), "set_fee", CHANGE, fee_yen=1, agreed_on=ON)),
    Guard("usage", "correct", "reason_to_clear", "clearing_needs_reason", "R24", "House rule",
          ask(full().use("2022-05", d(5, 5)), "correct", USAGE, None, cleared=("live_hours",))),
    Guard("credit", "claim", "claim_not_in_future", "not_in_future", "R27", "Art. 8",
          ask(in_window(), "claim", CREDIT, claimed_at=at(ON, 11))),
    Guard("credit", "claim", "claim_in_time", "claim_in_time", "R27", "Art. 8",
          ask(in_window(), "claim", CREDIT, claimed_at=at(d(5, 2))), d(8, 3)),
]  # fmt: skip


def refusing(case: AnyCase, event: str) -> tuple[Ruling, ...]:
    with pytest.raises(Refused) as refusal:
        target_of(case, event)
    return refusal.value.rulings


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: f"{guard.kind}-{guard.event}-{guard.guard}")
def test_a_guard_refuses_alone_and_names_its_reading_and_article(guard: Guard) -> None:
    (ruling,) = refusing(guard.case, guard.event)
    assert (ruling.rule, ruling.reading, ruling.article) == (guard.rule, guard.reading, guard.article)
    assert ruling.on == guard.on


@pytest.mark.parametrize("act", TO_COME, ids=lambda act: f"{act.kind}-{act.event}")
def test_an_event_in_the_future_is_refused(act: ToCome) -> None:
    (ruling,) = refusing(act.case, act.event)
    assert (ruling.rule, ruling.reading, ruling.article) == ("not_in_future", act.reading, act.article)


def test_an_end_before_there_was_a_contract_is_refused_for_two_reasons() -> None:
    case = ask(full(), "end_by_company", BASE, ends_on=d(3, 31), keyed_on=ON, ground="x")
    rules = [ruling.rule for ruling in refusing(case, "end_by_company")]
    assert rules == ["company_end_after_acceptance", "company_end_to_come"]


def test_every_rule_on_these_events_has_been_tried() -> None:
    tried = {(guard.kind, guard.guard) for guard in GUARDS} | {(act.kind, act.rule) for act in TO_COME}
    here = {(kind, event) for kind, event, *_ in GUARDS if kind not in ("contract", "option")}
    named = {
        (kind, rule.__name__)
        for kind, table in TABLES.items()
        for (_, event), edges in table.items()
        for edge in edges
        for rule in edge.rules
        if (kind, event) in here and event not in CLOCK_EVENTS
    }
    assert named <= tried


def change_of(received_on: date) -> ItemChange:
    return ItemChange(
        id=CHANGE, state="applied", contract_id=BASE, reference="R", item="basic", received_on=received_on
    )


def old_change() -> ItemChange:
    return change_of(date(2020, 11, 30))


def option_of(received_on: date, now: date) -> Full:
    """An application for an option that was received on another day than it is entered."""
    life, facts = (
        Full().apply(),
        {"received_on": received_on, "reference": "D", "contract_id": BASE, "kind": "drm"},
    )
    act = Act("apply", DRM, facts_for("option", "apply", **facts), "desk", at(now), at(received_on))
    life.enter(act, opens=True)
    return life  # type: ignore[return-value]


def owed() -> Full:
    """A contract that ended on 12 June 2022 with a credit still to be claimed."""
    life = full().outage(at(d(5, 10))).recover(at(d(5, 12))).until(at(d(5, 12)))
    life.notify(d(5, 13))
    return life  # type: ignore[return-value]


NOT_BEGUN: dict[str, tuple[str, str, str, Callable[[], Full]]] = {
    "a measure that ends before it starts": (
        "measure_in_order", "R30", "Art. 10", lambda: full().take_measure(at(d(6, 2)), at(d(6, 1)), ON),
    ),
    "a measure that ends as it starts": (
        "measure_in_order", "R30", "Art. 10", lambda: full().take_measure(at(d(6, 1)), at(d(6, 1)), ON),
    ),
    "a measure beside an application": (
        "measure_needs_a_contract", "R30", "Art. 10",
        lambda: Full().apply().take_measure(at(d(6, 1)), None, ON),
    ),
    "the usage of a month that has not begun": (
        "month_has_begun", "R24", "Art. 7, Annex 1", lambda: full().use("2022-06", d(5, 31)),
    ),
    "a change applied for before the first terms": (
        "terms_in_force", "R32", "Supplementary provisions",
        lambda: full().open(old_change(), "apply", at(ON), vars(old_change()), at(date(2020, 11, 30))),
    ),
    "a change applied for tomorrow": (
        "not_in_future", "R34", "Art. 7",
        lambda: full().open(change_of(d(6, 2)), "apply", at(d(6, 1)), vars(change_of(d(6, 2))), at(d(6, 2))),
    ),
    "an option applied for tomorrow": ("not_in_future", "R34", "Art. 7", lambda: option_of(d(6, 2), d(6, 1))),
    "an option applied for before the first terms": (
        "terms_in_force", "R32", "Supplementary provisions", lambda: option_of(date(2020, 11, 30), d(6, 1)),
    ),
    "an application with a domain that is not of the list": (
        "in_range", "R28", "Art. 3(1)(1)", lambda: Full(RANGED).apply(delivery=OBTAINED),
    ),
    "an erasure while a credit may be claimed": (
        "credit_needs_customer", "R27", "Art. 8", lambda: owed().erase(at(d(6, 20))),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", NOT_BEGUN)
def test_a_part_that_cannot_begin_is_refused_by_its_rule(case: str) -> None:
    rule, reading, article, act = NOT_BEGUN[case]
    with pytest.raises(Refused) as refusal:
        act()
    (ruling,) = refusal.value.rulings
    assert (ruling.rule, ruling.reading, ruling.article) == (rule, reading, article)


def test_usage_of_the_month_that_has_just_begun_is_recorded() -> None:
    assert full().use("2022-06", d(6, 1)).part("u_1").state == "recorded"


def test_the_openings_with_rules_are_those_tried_here_and_the_applications() -> None:
    guarded = {kind for kind, event in OPENINGS.items() if event.rules}
    assert guarded == {"contract", "option", "item_change", "measure", "usage", "erasure"}
