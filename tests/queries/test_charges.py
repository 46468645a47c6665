"""Charges follow from the facts: every charge is on exactly one statement (Art. 7, R22 to R25)."""

import ast
import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lifecycle
from lifecycle.history.payload import payload_of
from lifecycle.machines.check import Refused
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.table import NotPossible
from lifecycle.queries.charges import Charge, charges, statement
from lifecycle.terms.calendar import Month
from lifecycle.terms.editions import EDITIONS, Editions
from tests.how_many import some_of
from tests.machines.folded import facts_alone, folded
from tests.machines.fuller import Full, full
from tests.machines.life import DRM, at, d, days
from tests.terms.worlds import RESIDUAL, under

LAST = date(2023, 3, 31)
HOUR = timedelta(hours=1)


def months() -> list[Month]:
    found = [Month(2022, 4)]
    while found[-1] < Month.of(LAST):
        found.append(found[-1].following)
    return found


def lines(life: Full, month: str, editions: Editions = EDITIONS) -> list[tuple[str, int | None, str | None]]:
    shown = statement(life.dossier, Month.parse(month), editions)["lines"]
    return [(line["kind"], line["amount_yen"], line["flag"]) for line in shown]


# --- random lives ------------------------------------------------------------------------------

ACTS = ("notify", "notify option", "revoke", "end", "premium", "basic", "outage", "claim", "use")
WISHES = st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 25), st.integers(0, 80)), max_size=12)
LIVES = st.tuples(
    st.sampled_from(["basic", "premium"]), st.integers(0, 40), st.none() | st.integers(0, 40), WISHES
)


def after_story(story: Any, editions: Editions = EDITIONS) -> Full:
    """Try all these events on a contract; events that the terms refuse do not happen."""
    item, start, option, wishes = story
    begin = d(4, 1) + days(start)
    life = full(begin, begin + days(option) if option is not None and item == "premium" else None, item=item,
                editions=editions)  # fmt: skip
    today = d(4, 2)
    for number, (event, after, far) in enumerate(wishes):
        today += days(after)
        try:
            attempt(life, event, today, far, number)
        except (Refused, NotPossible, KeyError):
            continue
    return life


def attempt(life: Full, event: str, today: date, far: int, number: int) -> None:
    if event.startswith("notify"):
        life.notify(today, today + days(far), subject=DRM if event == "notify option" else "c_1")
    elif event == "revoke":
        life.revoke(today)
    elif event == "end":
        life.end(today + days(far), today)
    elif event in ("premium", "basic"):
        life.changed(event, today + days(far), today, f"i_{number}", far * 100 or None)
    elif event == "outage":
        known = at(today - days(4))  # up to eighty hours are over by today
        life.outage(known, True, at(today), f"k_{number}").recover(known + far * HOUR, at(today), f"k_{number}")
    elif event == "claim" and life.dossier.credits:
        life.claim(at(today), at(today), life.dossier.credits[far % len(life.dossier.credits)].id)
    elif event == "use":
        usage = f"u_{Month.of(today)}"
        if usage in {part.id for part in life.dossier.usages}:
            life.correct(today, usage, transcode_hours=str(far * 10))
        else:
            life.use(str(Month.of(today)), today, usage, transcode_hours=str(far * 10))


def stored(life: Full) -> list[dict[str, Any]]:
    return [json.loads(payload_of(entry, None)) for entry in life.entries]


def owed(found: list[Charge]) -> int:
    return sum(charge.amount_yen or 0 for charge in found)


@pytest.mark.parametrize("settings_of", [{}, {"proration": "none"}, {"proration": "thirtieths"},
                                         {"within_minimum_term": "residual_fee"}], ids=str)  # fmt: skip
def test_every_charge_appears_on_exactly_one_statement(settings_of: dict[str, str]) -> None:
    editions = under(**settings_of)

    @settings(max_examples=some_of(60), deadline=None, database=None)
    @given(LIVES)
    def holds(story: Any) -> None:
        life = after_story(story, editions)
        everything = charges(life.dossier, LAST, editions)
        by_month = {month: statement(life.dossier, month, editions) for month in months()}
        in_time = [charge for charge in everything if charge.month <= months()[-1]]
        assert owed(in_time) == sum(one["total_yen"] for one in by_month.values())
        assert len(in_time) == sum(len(one["lines"]) for one in by_month.values())
        for one in by_month.values():
            assert all(type(line["amount_yen"]) in (int, type(None)) for line in one["lines"])
            base = sum(line["amount_yen"] for line in one["lines"] if line["kind"] == "monthly_base_fee")
            taken = sum(line["amount_yen"] for line in one["lines"] if line["kind"] == "outage_credit")
            assert base + taken >= 0, "a credit is never more than its month's base fee"

    holds()


@settings(max_examples=some_of(60), deadline=None, database=None)
@given(LIVES, st.integers(0, 200))
def test_a_statement_is_the_same_again_for_any_past_moment_of_knowledge(story: Any, day: int) -> None:
    known_at, life = at(d(4, 2) + days(day), 12), after_story(story)
    whole = folded(stored(life))
    assert whole is not None and same(whole, life.dossier)
    rows = [row for row in stored(life) if datetime.fromisoformat(row["recorded_at"]) <= known_at]
    seen = folded(rows)
    again = folded(rows)
    assert seen is not None and again is not None
    for month in months():
        assert statement(seen, month) == statement(again, month)
        assert statement(whole, month) == statement(life.dossier, month)


def same(one: Dossier, other: Dossier) -> bool:
    """Equal but for what only a stored row has."""
    return [*map(facts_alone, one.subjects)] == [*map(facts_alone, other.subjects)]


# --- single months -----------------------------------------------------------------------------


def test_the_first_month_in_part_and_the_initial_fee_at_acceptance() -> None:
    life = full(d(5, 16), item="basic")
    assert lines(life, "2022-04") == [("initial_fee", 80_000, None)]
    assert lines(life, "2022-05") == [("monthly_base_fee", 51_612, None)]
    assert lines(life, "2022-06") == [("monthly_base_fee", 100_000, None)]
    thirtieths = full(d(5, 16), item="basic", editions=under(proration="thirtieths"))
    assert lines(thirtieths, "2022-05", thirtieths.editions) == [("monthly_base_fee", 53_333, None)]
    none = full(d(5, 16), item="basic", editions=under(proration="none"))
    assert lines(none, "2022-05", none.editions) == [("monthly_base_fee", 100_000, None)]


def test_a_month_with_a_change_has_a_line_for_each_item() -> None:
    life = full(item="basic").changed("premium", d(6, 16), d(5, 3))
    assert lines(life, "2022-06") == [("monthly_base_fee", 50_000, None), ("monthly_base_fee", 100_000, None)]
    assert lines(life, "2022-05")[-1] == ("one_off_fee", None, "fee not set")
    whole = under(proration="none")
    assert lines(life, "2022-06", whole) == [("monthly_base_fee", 100_000, None)], "the first item's"


def test_the_setting_charges_the_rest_of_the_minimum_term() -> None:
    life = full(d(5, 16), item="basic", editions=RESIDUAL)
    life.notify(d(4, 20))  # leads to 20 May, in the minimum term
    assert lines(life, "2022-05", RESIDUAL) == [("monthly_base_fee", 16_129, None), ("residual_fee", 85_483, None)]
    none = under(within_minimum_term="residual_fee", proration="none")
    whole = full(d(5, 16), item="basic", editions=none)
    whole.notify(d(4, 20))
    assert lines(whole, "2022-05", none) == [("monthly_base_fee", 100_000, None), ("residual_fee", 100_000, None)]


def test_a_credit_is_capped_at_the_base_fee_of_the_month_and_flagged() -> None:
    life = full(item="basic").outage(at(d(5, 2))).recover(at(d(6, 30)))
    life.claim(at(d(7, 1)))
    assert life.credit.amount_yen > 100_000
    assert lines(life, "2022-07") == [
        ("monthly_base_fee", 100_000, None), ("outage_credit", -100_000, "credit exceeds the base fee"),
    ]  # fmt: skip


def test_two_credits_of_a_month_share_its_base_fee() -> None:
    life = full(item="basic").outage(at(d(5, 2)), id="k_1").recover(at(d(5, 25)), id="k_1")
    life.outage(at(d(5, 26)), id="k_2").recover(at(d(6, 14)), id="k_2")
    for credit in ("k_1", "k_2"):
        life.claim(at(d(6, 20)), id=credit)
    taken = [yen for kind, yen, _ in lines(life, "2022-06") if kind == "outage_credit"]
    assert sorted(taken) == [-76_666, -23_334] and sum(yen or 0 for yen in taken) == -100_000


def test_a_held_contract_owes_nothing_but_its_initial_fee() -> None:
    life = full(d(5, 1), item="basic", delivery={"custom_domain": None, "https": True}).until(at(d(7, 1)))
    assert [charge.kind for charge in charges(life.dossier, LAST)] == ["initial_fee"]


def test_usage_corrected_changes_the_statement_and_the_former_one_can_still_be_had() -> None:
    life = full(item="basic").use("2022-05", d(6, 1), transcode_hours="110")
    assert ("overage_transcode_hours", 1_500, None) in lines(life, "2022-05")
    before = len(life.entries)
    life.correct(d(6, 2), transcode_hours="100")
    assert [kind for kind, *_ in lines(life, "2022-05")] == ["monthly_base_fee"]
    former = folded(stored(life)[:before])
    assert former is not None
    assert statement(former, Month(2022, 5))["total_yen"] == 101_500


def test_no_amount_is_ever_a_float() -> None:
    """No float literal, no true division and no float() in code that computes amounts."""
    house = Path(*lifecycle.__path__)
    for name in ("terms/annex1_fees.py", "terms/art8_credit.py", "terms/art7_fees.py", "queries/charges.py",
                 "queries/statements.py", "machines/derive_credit.py", "machines/events/record_usage.py",
                 "machines/events/correct_usage.py", "machines/events/open_credit.py",
                 "machines/events/credit_due.py", "terms/item_change.py",
                 ):  # fmt: skip
        for node in ast.walk(ast.parse((house / name).read_text("utf-8"))):
            assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), name
            assert not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)), name
            assert not (isinstance(node, ast.Name) and node.id == "float"), name
