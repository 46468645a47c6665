"""Applications: the first row of a contract, once per reference."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from lifecycle.commands import applications
from lifecycle.commands.applications import Duplicate, apply
from lifecycle.commands.command import new_id
from lifecycle.machines.check import Refused
from lifecycle.machines.table import NotPossible
from lifecycle.records import tables
from lifecycle.records.engine import reading, writing
from lifecycle.records.mapping import Unknown
from lifecycle.records.search_folding import normalise
from tests.commands import acts as contracts
from tests.commands.diary import APPLICATION, NOW, Diary, day, on

OTHERS = {
    "the item": {"item": "basic"},
    "the day of receipt": {"received": on("2022-04-19")},
    "the billing start": {"requested_billing_start_on": day("2022-06-01")},
    "a declaration": {"rights_cleared": False},
    "the delivery": {"delivery": {"custom_domain": None, "https": True}},
    "an option": {"options": [("drm", "OD-2022-0001-D")]},
    "the customer": {"personal": APPLICATION.personal | {"customer": {"name": "別の会社"}}},
    "the administrator": {"personal": APPLICATION.personal | {"administrator": None}},
}


def test_an_application_opens_a_contract_with_its_facts(diary: Diary) -> None:
    contract = diary.contract(diary.apply())
    assert contract.id.startswith("c_")
    assert (contract.state, contract.version, contract.seq) == ("applied", 1, 1)
    assert (contract.received_on, contract.item) == (day("2022-04-20"), "premium")
    assert contract.delivery == {"custom_domain": None, "https": False}
    assert contract.administrator_named
    assert (contract.billing_starts_on, contract.due_event) == (None, None)


def test_the_identical_application_again_finds_the_contract(diary: Diary) -> None:
    first = diary.apply()
    diary.today("2022-04-21")
    before = diary.everything()
    with writing(diary.engine) as conn:
        dossier, new = apply(conn, APPLICATION, diary.order())
    assert (dossier, new) == (diary.look(first), False)
    assert diary.everything() == before


def test_the_identical_application_finds_the_contract_as_it_now_is(diary: Diary) -> None:
    contract = diary.accepted()
    with writing(diary.engine) as conn:
        dossier, new = apply(conn, replace(APPLICATION, received=on("2022-04-20")), diary.order())
    assert (dossier.contract.id, dossier.contract.state, new) == (contract, "accepted", False)


@pytest.mark.parametrize("what", OTHERS)
def test_another_application_under_the_reference_is_refused(diary: Diary, what: str) -> None:
    first = diary.apply()
    before = diary.everything()
    with pytest.raises(Duplicate) as refusal:
        diary.apply(**OTHERS[what])
    assert (refusal.value.of, refusal.value.reference, refusal.value.existing) == (
        "contract",
        "OD-2022-0001",
        first,
    )
    assert diary.everything() == before


def test_a_repeated_application_is_a_duplicate_once_the_personal_data_is_erased(diary: Diary) -> None:
    diary.apply()
    with writing(diary.engine) as conn:
        conn.execute(delete(tables.personal))
    with pytest.raises(Duplicate):
        diary.apply()


def test_an_application_may_bring_its_option_along(diary: Diary) -> None:
    contract = diary.apply(options=[("drm", "OD-2022-0001-D")])
    (option,) = diary.look(contract).options
    assert (option.contract_id, option.state, option.reference) == (contract, "applied", "OD-2022-0001-D")
    assert diary.events(option.id) == ["apply"]
    assert diary.apply(options=[("drm", "OD-2022-0001-D")]) == contract


def test_two_options_in_one_application_are_one_too_many(diary: Diary) -> None:
    before = diary.everything()
    with pytest.raises(Refused) as refusal:
        diary.apply(options=[("drm", "D1"), ("drm", "D2")])
    assert [ruling.rule for ruling in refusal.value.rulings] == ["one_option_at_a_time"]
    assert diary.everything() == before


def test_an_options_reference_is_taken_once(diary: Diary) -> None:
    contract = diary.apply(options=[("drm", "D1")])
    before = diary.everything()
    with pytest.raises(Duplicate) as refusal:
        diary.apply(reference="OD-2022-0002", options=[("drm", "D1")])
    assert (refusal.value.of, refusal.value.existing) == ("option", diary.option(contract).id)
    other = diary.apply(reference="OD-2022-0003")
    with pytest.raises(Duplicate):
        diary.apply_for_option(other, "D1")
    with pytest.raises(Duplicate):
        diary.apply_for_option(contract, "D1", on("2022-04-19"))
    assert diary.everything().keys() == before.keys()
    assert diary.look(other).options == ()


def test_an_option_may_be_applied_for_later_and_again(diary: Diary) -> None:
    contract = diary.accepted()
    option = diary.apply_for_option(contract)
    assert diary.option(contract).id == option
    diary.today("2022-04-23")
    assert diary.apply_for_option(contract) == option
    assert diary.events(option) == ["apply"]


def test_an_option_has_its_own_id_whatever_the_order_of_ids(diary: Diary, monkeypatch: pytest.MonkeyPatch) -> None:
    contract = diary.accepted()
    for reference in ("D9", "D8", "D7"):  # another process, or a clock set back, may draw a lower id
        monkeypatch.setattr(applications, "new_id", lambda _, reference=reference: reference)
        option = diary.apply_for_option(contract, reference)
        assert [o.id for o in diary.look(contract).options if o.reference == reference] == [option]
        diary.do(contracts.withdraw, option)


def test_an_option_needs_an_existing_active_contract(diary: Diary) -> None:
    contract = diary.apply()
    diary.do(contracts.withdraw, contract)
    with pytest.raises(NotPossible) as refusal:
        diary.apply_for_option(contract)
    assert (refusal.value.event, refusal.value.state) == ("apply", "withdrawn")
    with pytest.raises(Unknown):
        diary.apply_for_option("c_nobody")


def test_ids_sort_by_the_instant_of_recording(diary: Diary) -> None:
    order = diary.order()
    ids = [new_id(replace(order, now=order.now + timedelta(milliseconds=n))) for n in range(50)]
    assert ids == sorted(ids)
    assert len({new_id(order) for _ in range(200)}) == 200


def test_names_are_folded_for_searching(diary: Diary) -> None:
    assert normalise("ＡＢＣ カタカナ ｶﾀｶﾅ ㈱") == "abc かたかな かたかな (株)"
    diary.apply(personal={"customer": {"name": "サンプル", "email": "A@B.JP"}, "administrator": None})
    with reading(diary.engine) as conn:
        assert conn.execute(select(tables.personal.c.search)).scalar_one() == "さんぷる\na@b.jp"


def test_without_an_administrator_none_is_named(diary: Diary) -> None:
    contract = diary.apply(personal={"customer": {"name": "x"}, "administrator": None}, received=NOW)
    assert not diary.contract(contract).administrator_named
