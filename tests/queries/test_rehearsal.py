"""The rehearsal of a file of terms: it predicts exactly what then happens, contract by contract."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date

import pytest
from sqlalchemy import Engine, select

from lifecycle.machines.dossier import Dossier
from lifecycle.queries.rehearsal import Rehearsal, RehearsalTotals, horizon, rehearse
from lifecycle.queries.views.rehearsal import RehearsedView
from lifecycle.queries.what_if import money_differences, outcome_differences
from lifecycle.records import tables
from lifecycle.records.engine import reading
from lifecycle.records.mapping import load_many
from lifecycle.terms.calendar import end_of
from lifecycle.terms.editions import EDITIONS, Editions
from lifecycle.terms.terms_file import BadTermsFile, put_beside, read_terms
from lifecycle.timers.sweep import sweep
from tests.lending import Lending
from tests.machines.life import Life, at, d, running
from tests.scheduler.books import fill, midnight, mixed
from tests.terms.worlds import TEXTS

HELD = TEXTS["2022-05-01.toml"]
BEGIN, END = date(2022, 6, 2), date(2023, 12, 1)  # of the book, and eighteen months later


def changed(day: str, **lines: str) -> str:
    """The newest file from another day on, with some lines otherwise: each old text by the new one."""
    text = HELD.replace("in_force_from = 2022-05-01", f"in_force_from = {day}")
    for old, new in lines.items():
        old = old.replace("_is_", " = ")
        assert old in text
        text = text.replace(old, new)
    return text


DEARER = changed(
    "2022-07-01", **{"monthly_fee_yen_is_200_000": "monthly_fee_yen = 210_000", "months_is_1": "months = 2"}
)


@contextmanager
def run_under(lending: Lending, editions: Editions) -> Iterator[Mapping[str, Dossier]]:
    """The stored contracts of a small book after its eighteen months under some terms."""
    with lending.lent() as lent:
        fill(lent.engine, mixed(25))
        sweep(lent.engine, end_of(END), passing_from=midnight(BEGIN), editions=editions)
        yield stored(lent.engine)


def stored(engine: Engine) -> Mapping[str, Dossier]:
    with reading(engine) as conn:
        return load_many(conn, list(conn.execute(select(tables.contract.c.id)).scalars()))


def rehearsed(engine: Engine, rehearsal: Rehearsal) -> dict[str, RehearsedView | None]:
    with reading(engine) as conn:
        return dict(rehearse(conn, rehearsal))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_rehearsal_agrees_with_the_next_eighteen_months(kind: str, request: pytest.FixtureRequest) -> None:
    lending: Lending = request.getfixturevalue(f"{kind}_lending")
    rehearsal = Rehearsal(read_terms(DEARER), END)
    with lending.lent() as lent:
        fill(lent.engine, mixed(25))
        said = rehearsed(lent.engine, rehearsal)
    with run_under(lending, EDITIONS) as then, run_under(lending, rehearsal.other) as otherwise:
        assert then.keys() == otherwise.keys() == said.keys()
        for contract_id, one in said.items():
            was, becomes = then[contract_id], otherwise[contract_id]
            days = outcome_differences(was, becomes)
            money = money_differences(was, becomes, END, EDITIONS, rehearsal.other)
            told = one["differences"] if one else []
            assert [{k: v for k, v in line.items() if k != "effect"} for line in told] == [*days, *money]
    assert any(one and "minimum_term_ends_on" in {d["field"] for d in one["differences"]} for one in said.values())
    assert None in said.values()


def told_of(life: Life, text: str, until: date = date(2023, 5, 1)) -> RehearsedView:
    found = Rehearsal(read_terms(text), until).of(life.rows())
    assert found is not None
    return found


def effects(found: RehearsedView) -> list[tuple[str, object, object, str]]:
    return [(one["field"], one["then"], one["otherwise"], one["effect"]) for one in found["differences"]]


def notified() -> Life:
    """Billing from 1 May 2022; its notice of 10 June ends it on 10 July."""
    life = running()
    life.do(
        "notify_cancellation", life.contract.id, d(6, 10), arrived_on=d(6, 10), chosen_on=None, keyed_on=d(6, 10)
    )
    return life


def test_a_longer_notice_period_ends_a_contract_later_which_is_worse() -> None:
    found = told_of(notified(), changed("2022-06-01", days_is_30="days = 45"), d(6, 30))
    assert effects(found) == [("effective_on", "2022-07-10", "2022-07-25", "worse")]
    assert (found["effect"], found["yen"]) == ("worse", 0)


def test_a_lower_fee_beside_a_longer_notice_period_is_both() -> None:
    file = changed("2022-06-01", days_is_30="days = 45", monthly_fee_yen_is_200_000="monthly_fee_yen = 155_000")
    found = told_of(notified(), file)
    assert effects(found) == [
        ("effective_on", "2022-07-10", "2022-07-25", "worse"),
        ("terminated_on", "2022-07-10", "2022-07-25", "worse"),
        ("charges/monthly_base_fee", 464_516, 480_000, "worse"),
        ("charges/total", 614_516, 630_000, "worse"),
    ]
    cheaper = changed("2022-06-01", days_is_30="days = 45", monthly_fee_yen_is_200_000="monthly_fee_yen = 100_000")
    found = told_of(notified(), cheaper)
    assert (found["effect"], found["yen"]) == ("both", -83_871)


def test_a_rehearsal_names_the_entries_that_new_terms_refuse() -> None:
    life = running(option_starts_on=d(5, 1))
    found = told_of(life, changed("2022-03-01", **{'requires_item = "premium"': 'requires_item = "basic"'}))
    assert found["refused"] == [f"{life.option.id}.2"]
    assert found["effect"] in ("worse", "both")


def test_a_file_that_changes_nothing_yet_changes_no_contract() -> None:
    assert (
        Rehearsal(read_terms(changed("2024-01-01", days_is_30="days = 45")), d(7, 1)).of(notified().rows()) is None
    )


def test_the_totals_count_better_and_worse_contracts_separately() -> None:
    rehearsal = Rehearsal(read_terms(changed("2022-06-01", days_is_30="days = 20")), date(2023, 5, 1))
    totals = RehearsalTotals()
    totals.add(rehearsal.of(notified().rows()))
    totals.add(rehearsal.of(running().rows()))
    said = totals.view(rehearsal)
    assert (said["contracts"], said["changed"], said["better"], said["worse"]) == (2, 1, 1, 0)
    assert (said["version"], said["replaces"], said["late"]) == ("2022-06-01", False, False)


def test_a_change_announced_on_its_day_is_late_unless_it_is_to_the_customers_benefit() -> None:
    for head, late in (
        ("announced_on = 2022-07-01", True), ("announced_on = 2022-06-30", False), ("", False),
        ('announced_on = 2022-07-01\nchange = "benefit"', False),
    ):  # fmt: skip
        file = changed("2022-07-01").replace("assumed = false", f"assumed = false\n{head}\n")
        terms = read_terms(file)
        assert put_beside(terms).known_late(terms) == (date(2022, 7, 1) if late else None)


def test_contracts_are_followed_for_eighteen_months() -> None:
    assert horizon(read_terms(changed("2022-07-01")), at(d(6, 1))) == date(2024, 1, 1)
    assert horizon(read_terms(changed("2021-07-01")), at(d(6, 1))) == date(2023, 12, 1)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("items", "not TOML"),
        (changed("2022-07-01", days_is_30='days = "30"'), "notice.days: Input should be a valid integer"),
        (changed("2022-07-01", days_is_30="days = -1"), "notice.days: Input should be greater than or equal to 0"),
        (changed("2022-07-01").replace("[items.basic]", "[items.plain]"), "items.basic: contracts have this item"),
        (changed("2022-07-01").replace("live_hours = 70", "hours = 70"), "items.basic.included.live_hours"),
        (changed("2022-07-01", **{'"defer"': '"never"'}), "settings.within_minimum_term: Input should be"),
        (changed("2022-07-01") + "\nmore = 1\n", "settings.more: Unexpected keyword argument"),
        ("in_force_from = 2022-08-01\nvalues_from = 2022-05-02", "values_from: no version starts on that day"),
        ("x" * 70_000, "longer than 65,536 characters"),
    ],
)  # fmt: skip
def test_a_wrong_file_of_terms_is_refused_with_the_place_of_the_error(text: str, why: str) -> None:
    with pytest.raises(BadTermsFile, match=why.replace("(", r"\(")):
        read_terms(text)


def test_every_file_of_the_service_can_be_rehearsed() -> None:
    for text, terms in zip(TEXTS.values(), EDITIONS, strict=True):
        assert read_terms(text).version == terms.version
        assert [one.version for one in put_beside(read_terms(text))] == [one.version for one in EDITIONS]
