"""The first event of a contract: received under terms in force, not in the future, one option at a time."""

from datetime import date

import pytest

from lifecycle.machines.check import Refused
from lifecycle.machines.dossier import Contract, Option
from lifecycle.machines.open import open_contract, open_part
from lifecycle.machines.step import Act
from lifecycle.machines.table import NotPossible
from tests.machines.life import BASE, DRM, Life, at, d, facts_for, running


def refused(on: date, received_at: date, now: date) -> list[tuple[str, str]]:
    contract = Contract(id=BASE, reference="K-1", state="applied", received_on=on, item="basic")
    act = Act("apply", BASE, facts_for("contract", "apply", received_on=on), "desk", at(now), at(received_at))
    with pytest.raises(Refused) as refusal:
        open_contract(contract, act)
    return [(ruling.rule, ruling.reading) for ruling in refusal.value.rulings]


def test_an_application_opens_the_history_with_the_version_that_governs_it() -> None:
    life = Life().apply(date(2021, 10, 31))
    assert (life.last.event, life.last.from_state, life.last.to_state) == ("apply", None, "applied")
    assert (life.contract.seq, life.contract.version, life.last.terms.version) == (1, 1, "2020-12-01")
    assert [(r.rule, r.assumed) for r in life.last.rulings] == [("terms_in_force", True)]


def test_an_application_from_before_the_first_version_is_refused() -> None:
    early = date(2020, 11, 30)
    assert refused(early, early, d(4, 1)) == [("terms_in_force", "R32")]


def test_an_application_from_the_future_is_refused() -> None:
    assert refused(d(4, 2), d(4, 2), d(4, 1)) == [("not_in_future", "R34")]


@pytest.mark.parametrize("state", ["applied", "accepted", "billing", "cancel_notified"])
def test_a_second_option_beside_an_active_one_is_refused(state: str) -> None:
    life = running(d(5, 1)).apply_option()
    if state != "applied":
        life.accept(d(5, 1), d(4, 2), DRM)
    if state in ("billing", "cancel_notified"):
        life.until(d(5, 1))
    if state == "cancel_notified":
        life.notify(d(5, 2), subject=DRM)
    assert life.option.state == state
    with pytest.raises(Refused, match=DRM) as refusal:
        life.apply_option(d(5, 3), "o_2")
    assert [ruling.reading for ruling in refusal.value.rulings] == ["R17"]
    assert len(life.dossier.options) == 1


def test_an_option_of_a_terminated_contract_is_refused() -> None:
    life = Life().apply().do("withdraw", BASE, d(4, 2))
    with pytest.raises(NotPossible) as refusal:
        life.apply_option(d(4, 3))
    assert (refusal.value.event, refusal.value.state) == ("apply", "withdrawn")


def test_an_application_for_an_option_does_not_change_its_contract() -> None:
    life = running(d(5, 1))
    before = life.contract
    option = Option(id=DRM, reference="D-1", contract_id=BASE, state="applied", received_on=d(4, 2))
    facts = facts_for("option", "apply", received_on=d(4, 2))
    act = Act("apply", DRM, facts, "desk", at(d(4, 2)), at(d(4, 2)))
    dossier, entry = open_part(life.dossier, option, act)
    assert dossier.contract == before.replace(part_kinds=1), "it now holds an option, and nothing else has changed"
    assert (entry.subject.id, entry.subject.seq, dossier.options[0].state) == (DRM, 1, "applied")
