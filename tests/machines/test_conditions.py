"""Conditions of use (Art. 3, R28): met at application, met later, waived, or open on the billing start."""

from itertools import product
from typing import Any

import pytest

from lifecycle.machines.check import Refused
from tests.machines.fuller import CHANGE, Full, full
from tests.machines.life import BASE, DRM, at, d

HOWS = ("at application", "later", "waived", "open")
NAMES = ("domain", "dns", "certificate")
OPEN: dict[str, Any] = {"custom_domain": None, "https": True, "certificate_obtained": False}


def delivery(hows: dict[str, str]) -> dict[str, Any]:
    said = {name: how == "at application" for name, how in hows.items()}
    domain = {"name": "v.example.jp", "acquired": said["domain"], "dns_registered": said["dns"]}
    return {"custom_domain": domain, "https": True, "certificate_obtained": said["certificate"]}


@pytest.mark.parametrize("hows", list(product(HOWS, repeat=3)), ids=", ".join)
def test_billing_starts_only_when_nothing_is_open(hows: tuple[str, str, str]) -> None:
    chosen = dict(zip(NAMES, hows, strict=True))
    life = full(d(5, 1), d(5, 1), delivery=delivery(chosen))
    for name, how in chosen.items():
        if how in ("later", "waived"):
            life.do(
                {"later": "meet_condition", "waived": "waive_condition"}[how], BASE, d(4, 20), "x", condition=name
            )
    still_open = tuple(name for name, how in chosen.items() if how == "open")
    assert life.contract.open_conditions == still_open
    life.until(at(d(5, 1)))
    if not still_open:
        assert life.states == ("billing", "billing")
        return
    assert (life.contract.state, life.contract.billing_held, life.contract.billing_starts_on) == (
        "accepted",
        True,
        None,
    )
    assert life.contract.minimum_term_ends_on is None and life.contract.due_event is None
    assert (life.option.state, life.option.billing_starts_on, life.option.due_event) == ("accepted", None, None)
    (held,) = [entry for entry in life.entries if entry.event == "hold_billing"]
    assert held.facts["conditions"] == list(still_open)
    assert [ruling.rule for ruling in held.rulings] == ["open_condition"] * len(still_open)
    assert held.act.caused_by == f"{BASE}.2"
    for name in still_open:
        life.do("meet_condition", BASE, d(5, 9), condition=name)
    assert life.contract.billing_held and life.contract.due_event is None, "it never moves by itself"
    life.reschedule(d(5, 10), d(5, 9)).until(at(d(5, 10)))
    assert life.states == ("billing", "billing")
    assert life.contract.minimum_term_ends_on == life.option.minimum_term_ends_on == d(6, 9)


def held() -> Full:
    return full(d(5, 1), d(5, 1), delivery=OPEN).until(at(d(5, 2)))  # type: ignore[return-value]


def test_a_notice_while_billing_is_held_is_free_of_the_minimum_term() -> None:
    life = held().notify(d(5, 3))
    assert (life.contract.effective_on, life.contract.minimum_term_ends_on) == (d(6, 2), None)
    assert [r.rule for r in life.last.rulings][-1] == "billing_never_starts"
    life.until(d(6, 3))
    assert life.states == ("terminated", "terminated")
    assert not life.contract.billing_started and not life.option.billing_started


def test_an_end_deferred_by_the_minimum_term_is_earlier_once_billing_is_held() -> None:
    life = full(d(5, 1), delivery=OPEN).notify(d(4, 10))
    assert (life.contract.effective_on, life.contract.decided_by) == (d(5, 31), "minimum_term")
    life.until(at(d(5, 1)))
    assert (life.contract.effective_on, life.contract.decided_by) == (d(5, 10), "notice_period")


def test_a_held_contract_is_held_again_if_the_condition_is_still_open_on_the_new_day() -> None:
    life = held().reschedule(d(5, 10), d(5, 3))
    assert (life.contract.billing_held, life.contract.due_event) == (False, "hold_billing")
    assert life.until(at(d(5, 10))).contract.billing_held


def test_a_contract_ends_before_its_start_although_a_condition_is_open() -> None:
    life = full(d(6, 1), delivery=OPEN).notify(d(4, 10))
    assert (life.contract.due_event, life.contract.effective_on) == ("terminate", d(5, 10))


def test_an_option_accepted_while_its_contract_is_held_waits_with_it() -> None:
    life = full(d(5, 1), delivery=OPEN)
    life.apply_option().until(at(d(5, 2)))
    life.accept(d(5, 5), d(5, 3), DRM)
    assert (life.option.state, life.option.billing_starts_on, life.option.due_event) == ("accepted", None, None)
    assert [ruling.rule for ruling in life.last.rulings] == ["quoted_initial_fee", "open_condition"]
    life.do("waive_condition", BASE, d(5, 4), "urgent", condition="certificate").reschedule(d(5, 7), d(5, 4))
    assert (life.contract.billing_starts_on, life.option.billing_starts_on) == (d(5, 7), d(5, 7))


def test_an_option_notified_while_its_contract_is_held_ends_without_a_minimum_term() -> None:
    life = held().notify(d(5, 3), subject=DRM)
    assert (life.option.effective_on, life.option.minimum_term_ends_on) == (d(6, 2), None)


def test_a_condition_is_met_or_waived_once() -> None:
    life = held().do("meet_condition", BASE, d(5, 3), condition="certificate")
    with pytest.raises(Refused, match="certificate"):
        life.do("waive_condition", BASE, d(5, 4), "x", condition="certificate")


def test_the_item_of_a_held_contract_may_change() -> None:
    life = full(d(5, 1), delivery=OPEN, item="basic").changed("premium", d(5, 10), d(5, 3))
    life.until(at(d(5, 10)))
    assert (life.contract.item, life.contract.billing_held, life.part(CHANGE).state) == (
        "premium",
        True,
        "effective",
    )
