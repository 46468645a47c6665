"""Takeover of existing contracts: the states, days and amounts of entering each event separately (R41)."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, select

from lifecycle.commands.applications import Application, apply, apply_for_option
from lifecycle.commands.command import CommandContext
from lifecycle.commands.running_contract import personal_of
from lifecycle.commands.take_over import RecordedDifferently, take_over_all
from lifecycle.commands.take_over_body import RunningContractBody
from lifecycle.errors import DomainError, Malformed
from lifecycle.machines.check import Refused
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.events.apply_body import stored_delivery
from lifecycle.machines.facts import When
from lifecycle.queries.charges import statement
from lifecycle.records import tables
from lifecycle.records.engine import reading, writing
from lifecycle.records.mapping import load
from lifecycle.terms.calendar import TOKYO, Month
from lifecycle.terms.editions import NotInForce
from tests.commands import acts
from tests.commands.diary import APPLICATION
from tests.how_many import some_of
from tests.lending import Lending
from tests.machines.folded import facts_alone, folded

NOW = datetime(2022, 7, 1, 9, tzinfo=TOKYO)
RUNNING: dict[str, Any] = {
    "reference": "OD-2021-0001", "received_on": "2021-03-20", "accepted_on": "2021-03-22",
    "billing_starts_on": "2021-04-01", "billed_until": "2022-05", "item": "premium",
    "customer": {"name": "株式会社サンプル配信", "email": "keiyaku@example.co.jp"},
    "administrator": {"name": "山田太郎", "email": "yamada@example.co.jp"},
}  # fmt: skip
OPTION = {"reference": "OD-2021-0001-D", "initial_fee_yen": 30_000, "monthly_fee_yen": 5_000}
OWN = frozenset((
    "id", "contract_id", "billing_from", "effective_from", "version", "seq", "head_hash", "line_at", "line_rank",
    "rulings_said", "taken_over", "billed_until", "requested_billing_start_on", "subject_id", "reference",
))  # fmt: skip


def body(**other: Any) -> RunningContractBody:
    return RunningContractBody.model_validate(RUNNING | other)


def context(now: datetime = NOW) -> CommandContext:
    return CommandContext("desk", now, "引継ぎ")


def taken(engine: Engine, *rows: RunningContractBody, now: datetime = NOW) -> list[Any]:
    with writing(engine) as conn:
        return take_over_all(conn, rows, context(now))


def one(engine: Engine, **other: Any) -> Dossier:
    (found,) = taken(engine, body(**other))
    if isinstance(found, DomainError):
        raise found
    dossier: Dossier = found[0]
    return dossier


def history(engine: Engine, dossier: Dossier) -> list[Any]:
    with reading(engine) as conn:
        rows = conn.execute(
            select(tables.history.c.payload)
            .where(tables.history.c.contract_id == dossier.contract.id)
            .order_by(tables.history.c.subject_id, tables.history.c.seq)
        )
        return [orjson.loads(payload) for (payload,) in rows]


def test_a_running_contract_is_there_with_its_days_and_its_history(engine: Engine) -> None:
    found = one(engine).contract
    assert (found.state, str(found.billing_starts_on), found.taken_over, found.billed_until) == (
        "billing", "2021-04-01", True, "2022-05",
    )  # fmt: skip
    rows = history(engine, Dossier(found))
    assert [(row["event"], row["effective_at"][:10], row["actor"]) for row in rows] == [
        ("apply", "2021-03-20", "desk"),
        ("accept", "2021-03-22", "desk"),
        ("start_billing", "2021-04-01", "clock"),
        ("mark_billed_elsewhere", "2022-07-01", "desk"),
    ]  # fmt: skip
    assert rows[0]["facts"]["taken_over"] is True and rows[0]["facts"]["billed_until"] == "2022-05"
    assert {row["recorded_at"] for row in rows} == {NOW.isoformat()}
    assert rows[0]["rulings"][-1]["reading"] == "R41"


def test_an_ordinary_application_has_no_facts_of_a_takeover(engine: Engine) -> None:
    with writing(engine) as conn:
        dossier, _ = apply(conn, APPLICATION, CommandContext("desk", NOW))
    assert not {"taken_over", "billed_until"} & history(engine, dossier)[0]["facts"].keys()


def test_a_takeover_answers_the_stored_dossier(engine: Engine) -> None:
    found = one(engine, option=OPTION, notice={"arrived_on": "2022-06-20"})
    with reading(engine) as conn:
        assert load(conn, found.contract.id) == found


def test_the_receipt_may_be_before_the_first_version_of_the_terms(engine: Engine) -> None:
    days = {"received_on": "2020-11-20", "accepted_on": "2020-12-01", "billing_starts_on": "2021-01-01"}
    found = one(engine, **days)
    assert found.contract.state == "billing" and str(found.contract.received_on) == "2020-11-20"
    (first, *_) = history(engine, found)
    assert first["terms"] == "2020-12-01" and [r["rule"] for r in first["rulings"]] == ["taken_over"]


def test_an_acceptance_before_the_first_terms_is_refused(engine: Engine) -> None:
    with pytest.raises(NotInForce, match="30 November 2020"):
        one(engine, received_on="2020-11-20", accepted_on="2020-11-30")


def test_items_of_the_past_are_item_changes(engine: Engine) -> None:
    items = [
        {"item": "basic", "from_on": "2021-04-01"}, {"item": "premium", "from_on": "2022-01-01"},
        {"item": "basic", "from_on": "2022-08-01"},
    ]  # fmt: skip
    found = one(engine, item="basic", items=items)
    assert [(c.reference, c.state, str(c.effective_on)) for c in found.item_changes] == [
        ("OD-2021-0001-C1", "effective", "2022-01-01"), ("OD-2021-0001-C2", "accepted", "2022-08-01"),
    ]  # fmt: skip
    assert found.contract.item == "premium"


def test_an_option_accepted_before_its_item_starts_with_it(engine: Engine) -> None:
    items = [{"item": "basic", "from_on": "2021-04-01"}, {"item": "premium", "from_on": "2022-01-01"}]
    option = OPTION | {"accepted_on": "2021-12-10", "billing_starts_on": "2022-01-01"}
    found = one(engine, items=items, option=option)
    assert found.options[0].state == "billing" and found.contract.item == "premium"


def test_a_pending_notice_ends_it_on_its_day(engine: Engine) -> None:
    found = one(engine, notice={"arrived_on": "2022-06-20", "chosen_on": "2022-08-31"}, option=OPTION)
    assert (found.contract.state, str(found.contract.effective_on)) == ("cancel_notified", "2022-08-31")
    assert found.options[0].decided_by == "base_contract"


def test_the_same_row_again_is_found(engine: Engine) -> None:
    items = [{"item": "basic", "from_on": "2021-04-01"}, {"item": "premium", "from_on": "2022-08-01"}]
    row = body(items=items, notice={"arrived_on": "2022-06-20", "chosen_on": "2022-09-30"})
    ((first, new),) = taken(engine, row)
    later = NOW + timedelta(days=40)
    with writing(engine) as conn:  # what came after it does not matter
        acts.revoke_cancellation(conn, first.contract.id, CommandContext("desk", NOW, "同意"))
    ((again, new_again),) = taken(engine, row, now=later)
    assert (new, new_again) == (True, False) and again.contract.id == first.contract.id


@pytest.mark.parametrize("other", [
    {"billing_starts_on": "2021-05-01"}, {"billed_until": "2022-04"}, {"notice": {"arrived_on": "2022-06-20"}},
    {"customer": {"name": "株式会社他社"}}, {"option": OPTION}, {"item": "basic"},
])  # fmt: skip
def test_another_row_of_the_same_reference_is_refused(engine: Engine, other: dict[str, Any]) -> None:
    one(engine)
    with pytest.raises(RecordedDifferently):
        one(engine, **other)


def test_the_reference_of_an_ordinary_application_is_refused(engine: Engine) -> None:
    with writing(engine) as conn:
        apply(conn, APPLICATION, CommandContext("desk", NOW))
    with pytest.raises(RecordedDifferently):
        one(engine, reference=APPLICATION.reference)


def test_two_rows_of_one_reference_are_one_contract_or_an_error(engine: Engine) -> None:
    first, same, other = taken(engine, body(), body(), body(item="basic"))
    assert first[1] and not same[1] and isinstance(other, RecordedDifferently)


@pytest.mark.parametrize(("other", "pointer"), [
    ({"billed_until": None}, "/billed_until"), ({"billed_until": "2022-08"}, "/billed_until"),
])  # fmt: skip
def test_a_takeover_requires_valid_facts_about_earlier_billing(
    engine: Engine, other: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(Malformed) as error:
        one(engine, **other)
    assert error.value.errors[0]["pointer"] == pointer


def test_a_takeover_that_the_rules_refuse_stores_nothing(engine: Engine) -> None:
    right, wrong = taken(
        engine, body(reference="A-1"), body(accepted_on="2021-05-01", received_on="2021-05-02", reference="A-2")
    )
    assert right[1] and isinstance(wrong, Refused)
    assert {ruling.rule for ruling in wrong.rulings} == {
        "received_before_accepted", "accepted_before_billing_start",
    }  # fmt: skip
    with reading(engine) as conn:
        assert conn.execute(select(tables.contract.c.reference)).scalars().all() == ["A-1"]


def _days(first: date, most: int) -> st.SearchStrategy[date]:
    return st.integers(0, most).map(lambda n: first + timedelta(days=n))


@st.composite
def books(draw: st.DrawFn) -> RunningContractBody:
    """A row of a running contract of any kind."""
    received = draw(_days(date(2020, 12, 1), 400))
    accepted = received + timedelta(days=draw(st.integers(0, 20)))
    starts = accepted + timedelta(days=draw(st.integers(0, 60)))
    change = draw(st.none() | st.integers(1, 300))
    row = RUNNING | {
        "received_on": received, "accepted_on": accepted, "billing_starts_on": starts,
        "billed_until": str(Month.of(starts - timedelta(days=40))),
        "item": draw(st.sampled_from(["basic", "premium"])),
    }  # fmt: skip
    premium_from = starts if row["item"] == "premium" else None
    if change is not None and starts + timedelta(days=change) <= NOW.date():
        former = "premium" if row["item"] == "basic" else "basic"
        changed_on = starts + timedelta(days=change)
        row["items"] = [{"item": former, "from_on": starts}, {"item": row["item"], "from_on": changed_on}]
        premium_from = changed_on if row["item"] == "premium" else None
    if premium_from is not None and draw(st.booleans()):
        agreed = max(accepted, premium_from - timedelta(days=draw(st.integers(0, 30))))
        start = max(agreed, premium_from) + timedelta(days=draw(st.integers(0, 30)))
        row["option"] = OPTION | {"received_on": agreed, "accepted_on": agreed, "billing_starts_on": start}
        if agreed > NOW.date():
            del row["option"]
    if draw(st.booleans()):
        arrived = draw(_days(date(2022, 5, 20), 41))
        if arrived >= accepted and all(item["from_on"] <= arrived for item in row.get("items", ())):
            row["notice"] = {"arrived_on": arrived, "chosen_on": draw(st.none() | _days(arrived, 90))}
    return RunningContractBody.model_validate(row)


def one_by_one(conn: Connection, row: RunningContractBody) -> Dossier:
    """Enter each event of a row as its own command, now, in the order of its days."""
    how = context()
    application = Application(
        reference=row.reference, received=When(on=row.received_on),
        personal=personal_of(row), item=row.first_item,
        requested_billing_start_on=None, laws_accepted=True, rights_cleared=True,
        delivery=stored_delivery(row.delivery),
    )  # fmt: skip
    contract_id = apply(conn, application, how)[0].contract.id
    acts.accept(conn, contract_id, how, When(on=row.accepted_on), row.billing_starts_on)
    for period in row.items[1:]:
        day = period.from_on
        if row.option and row.option.accepted_on and day <= (row.option.billing_starts_on or day):
            day = min(day, row.option.accepted_on)
        _, change_id, _ = acts.apply_for_item_change(
            conn, contract_id, how, period.item, f"{row.reference}-C1", When(on=day)
        )
        acts.accept_item_change(conn, change_id, how, When(on=day), period.from_on, None)
    if (option := row.option) is not None and option.accepted_on and option.billing_starts_on:
        _, option_id, _ = apply_for_option(conn, contract_id, option.reference, When(on=option.received_on), how)
        fees = {"initial_fee_yen": option.initial_fee_yen, "monthly_fee_yen": option.monthly_fee_yen}
        acts.accept_option(conn, option_id, how, When(on=option.accepted_on), option.billing_starts_on, **fees)
    if (notice := row.notice) is not None:
        acts.notify_cancellation(conn, contract_id, how, When(on=notice.arrived_on), notice.chosen_on)
    return load(conn, contract_id)


def facts_of(dossier: Dossier) -> list[Any]:
    """Return a dossier without ids and without the fields of stored rows."""
    return [
        {name: _without_id(value) for name, value in vars(subject).items() if name not in OWN}
        for subject in dossier.subjects
    ]


def _without_id(value: Any) -> Any:
    return [notice._replace(id="") for notice in value] if isinstance(value, tuple) and value else value


def money(dossier: Dossier) -> Iterator[Any]:
    """Every month's statement up to the year's end, but for ids."""
    month = Month.of(dossier.contract.accepted_on or NOW.date())
    while str(month) <= "2022-12":
        lines = statement(dossier, month)["lines"]
        yield [{name: value for name, value in line.items() if name != "subject_id"} for line in lines]
        month = month.following


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_a_row_gives_the_same_result_as_its_events_entered_one_by_one(
    name: str, request: pytest.FixtureRequest
) -> None:
    lending: Lending = request.getfixturevalue(f"{name}_lending")
    examples = settings(
        max_examples=some_of(60 if name == "sqlite" else 12), deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )  # fmt: skip
    with lending.lent() as lent:

        @examples
        @given(books())
        def compare(row: RunningContractBody) -> None:
            with lent.engine.connect() as conn, conn.begin() as transaction:
                (found,) = take_over_all(conn, [row], context())
                assert not isinstance(found, DomainError), found
                rows = conn.execute(
                    select(tables.history.c.payload).where(tables.history.c.contract_id == found[0].contract.id)
                )
                again = folded(orjson.loads(payload) for (payload,) in rows)
                transaction.rollback()
            with lent.engine.connect() as conn, conn.begin() as transaction:
                entered = one_by_one(conn, row)
                transaction.rollback()
            assert facts_of(found[0]) == facts_of(entered)
            assert list(money(found[0])) == list(money(entered))
            assert again is not None
            assert [*map(facts_alone, again.subjects)] == [*map(facts_alone, found[0].subjects)]

        compare()
