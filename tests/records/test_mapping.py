"""Facts round-trip through rows, whatever they are."""

from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, insert, update

from lifecycle.machines.dossier import (
    PARTS,
    Contract,
    Dossier,
    InformalNotice,
    Misuse,
    Notice,
    Option,
    changes,
    kind_of,
)
from lifecycle.machines.entity import Entity
from lifecycle.machines.parts import Credit, Erasure, ItemChange, Measure, Usage
from lifecycle.records import tables
from lifecycle.records.engine import writing
from lifecycle.records.mapping import Unknown, columns_of, load, load_many, owner_of
from tests.how_many import some_of

STATES = ("applied", "accepted", "billing", "cancel_notified", "terminated", "rejected", "withdrawn")
days = st.dates(date(2000, 1, 1), date(2199, 12, 31))
instants = st.datetimes(datetime(2000, 1, 1), datetime(2199, 12, 31), timezones=st.just(UTC))
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
numbers = st.integers(0, 2**31 - 1)
yen = st.integers(0, 2**53 - 1)
notices = st.builds(
    Notice,
    id=texts,
    arrived_on=days,
    chosen_on=st.none() | days,
    keyed_on=days,
    revoked=st.booleans(),
    by=st.sampled_from(["customer", "company", "agreement"]),
    owed_yen=st.none() | st.integers(0, 2**40),
)
informal = st.builds(InformalNotice, texts, days, st.none() | texts)
deliveries = st.dictionaries(
    texts, st.none() | st.booleans() | texts | yen | st.dictionaries(texts, texts, max_size=2)
)

thing: dict[str, Any] = {
    "due_event": st.none() | texts, "due_at": st.none() | instants, "version": numbers, "seq": numbers,
    "head_hash": st.none() | texts,
}  # fmt: skip
subject: dict[str, Any] = thing | {
    "reference": texts, "state": st.sampled_from(STATES), "received_on": days,
    "accepted_on": st.none() | days, "planned_start_on": st.none() | days, "billing_from": st.none() | texts,
    "billing_started": st.booleans(), "notices": st.lists(notices, max_size=3).map(tuple),
    "in_form": st.booleans(), "informal": st.lists(informal, max_size=2).map(tuple),
    "informal_on": st.none() | days,
    "billing_starts_on": st.none() | days, "minimum_term_ends_on": st.none() | days,
    "effective_on": st.none() | days, "decided_by": st.none() | texts, "terminated_on": st.none() | days,
    "rulings_said": st.none() | texts,
}  # fmt: skip
contracts = st.builds(
    Contract, **subject, id=st.just("c_1"), item=st.sampled_from(["basic", "premium"]),
    requested_billing_start_on=st.none() | days, laws_accepted=st.booleans(), rights_cleared=st.booleans(),
    administrator_named=st.booleans(), delivery=st.none() | deliveries, met=st.lists(texts, max_size=2).map(tuple),
    waived=st.lists(texts, max_size=2).map(tuple), billing_held=st.booleans(),
    misuse=st.lists(st.builds(Misuse, texts, texts, texts, *[st.none() | texts] * 2), max_size=2).map(tuple),
)  # fmt: skip
options = st.builds(
    Option, **subject, id=st.sampled_from(["o_1", "o_2"]), contract_id=st.just("c_1"), kind=st.just("drm"),
    initial_fee_yen=st.none() | yen, monthly_fee_yen=st.none() | yen, minimum_term_cut_days=numbers,
)  # fmt: skip
part = thing | {"contract_id": st.just("c_1")}
parts: dict[str, st.SearchStrategy[Any]] = {
    "item_change": st.builds(
        ItemChange, **part, id=st.just("i_1"), state=texts, reference=texts, item=texts, received_on=days,
        accepted_on=st.none() | days, effective_on=st.none() | days, fee_yen=st.none() | yen,
        former_item=st.none() | texts, effective_from=st.none() | texts,
    ),
    "measure": st.builds(
        Measure, **part, id=st.just("m_1"), state=texts, measure=texts, ground=texts, notified=st.booleans(),
        starts_at=instants, ends_at=st.none() | instants, lifted_at=st.none() | instants,
    ),
    "credit": st.builds(
        Credit, **part, id=st.just("k_1"), state=texts, outage_id=texts, known_at=instants,
        recovered_at=st.none() | instants, attributable=st.none() | st.booleans(), claimed_at=st.none() | instants,
        claimed_from=st.none() | texts, since=st.none() | instants, units=numbers, amount_yen=yen,
        claimable_on=st.none() | days, last_claim_on=st.none() | days,
    ),
    "usage": st.builds(
        Usage, **part, id=st.just("u_1"), state=texts, month=st.just("2022-05"), transcode_hours=texts,
        storage_gb=texts, delivery_gb=texts, live_hours=texts,
    ),
    "erasure": st.builds(Erasure, **part, id=st.just("e_1"), state=texts, erased_at=instants),
}  # fmt: skip
of_parts = st.lists(st.sampled_from(sorted(parts)), unique=True).flatmap(
    lambda ks: st.tuples(*(parts[k] for k in ks))
)
of_options = st.lists(options, max_size=2, unique_by=(lambda o: o.id, lambda o: o.reference))
same_database = settings(max_examples=some_of(100), suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_each_kind_of_part_has_its_own_bit() -> None:
    bits = [bit for _, bit in PARTS.values()]
    assert len(set(bits)) == len(bits) and all(bit & (bit - 1) == 0 for bit in bits), "one bit for each kind"
    assert sum(bits) == 2 ** len(bits) - 1


def test_every_fact_is_drawn() -> None:
    assert set(parts) | {"option"} == set(PARTS)
    assert subject.keys() | {"id"} == {f.name for f in fields(Contract)} & {f.name for f in fields(Option)}


@same_database
@given(contract=contracts, added=of_options, more=of_parts)
def test_a_dossier_round_trips(
    engine: Engine, contract: Contract, added: list[Option], more: tuple[Entity, ...]
) -> None:
    dossier = Dossier(contract)
    for one in (*added, *more):
        dossier = dossier.with_subject(one)
    with engine.connect() as conn, conn.begin() as transaction:
        for one in dossier.subjects:
            conn.execute(insert(tables.SUBJECTS[kind_of(one)]), columns_of(changes(None, one)))
        assert load(conn, "c_1", lock=True) == dossier
        assert load_many(conn, ["c_1", "c_2"]) == {"c_1": dossier}
        transaction.rollback()


@same_database
@given(old=contracts, new=contracts)
def test_the_changed_columns_are_enough_to_update_a_row(engine: Engine, old: Contract, new: Contract) -> None:
    with engine.connect() as conn, conn.begin() as transaction:
        conn.execute(insert(tables.contract), columns_of(changes(None, old)))
        if changed := columns_of(changes(old, new)):
            conn.execute(update(tables.contract).where(tables.contract.c.id == "c_1").values(changed))
        assert load(conn, "c_1").contract == new
        transaction.rollback()


def test_many_dossiers_are_read_at_once_each_with_its_options(engine: Engine) -> None:
    with writing(engine) as conn:
        for n in range(3):
            contract = Contract(
                id=f"c_{n}",
                reference=f"r{n}",
                state="applied",
                received_on=date(2022, 5, 1),
                item="basic",
                part_kinds=1 if n else 0,
            )
            conn.execute(insert(tables.contract), columns_of(changes(None, contract)))
            for m in range(n):
                option = Option(
                    id=f"o_{n}{m}",
                    reference=f"o{n}{m}",
                    state="applied",
                    received_on=date(2022, 5, 1),
                    contract_id=contract.id,
                )
                conn.execute(insert(tables.option), columns_of(changes(None, option)))
        many = load_many(conn, ["c_2", "c_0", "c_1"])
        assert many == {key: load(conn, key) for key in many}
        assert {key: len(dossier.options) for key, dossier in many.items()} == {"c_0": 0, "c_1": 1, "c_2": 2}
        assert load_many(conn, []) == {}


def test_an_unknown_id_is_refused_by_name(engine: Engine) -> None:
    with writing(engine) as conn:
        with pytest.raises(Unknown, match="no contract has the id c_x"):
            load(conn, "c_x", lock=True)
        with pytest.raises(Unknown, match="no option has the id o_x"):
            owner_of(conn, "o_x")
