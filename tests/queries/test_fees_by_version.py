"""A version of the terms that starts in mid-month: acceptance and charge have the same fee (R22, R32)."""

from dataclasses import replace
from datetime import date

from lifecycle.queries.charges import charges
from lifecycle.terms.editions import EDITIONS, Editions
from tests.machines.fuller import full
from tests.machines.life import d


def dearer_from(day: date) -> Editions:
    """Basic at 110,000 yen a month and 90,000 initially from a day on."""
    newest = [*EDITIONS][-1]
    basic = replace(newest.items["basic"], monthly_fee_yen=110_000, initial_fee_yen=90_000)
    dearer = replace(
        newest, in_force_from=day, items={**newest.items, "basic": basic}
    )  # fmt: skip
    return Editions([*EDITIONS, dearer])


def fees(starts_on: date, accepted_on: date, editions: Editions, until: date) -> list[tuple[str, int | None]]:
    life = full(starts_on, accepted_on=accepted_on, item="basic", editions=editions)
    return [(str(c.month), c.amount_yen) for c in charges(life.dossier, until, editions)]


def test_the_version_on_the_first_billed_day_of_a_month_sets_the_monthly_fee() -> None:
    editions = dearer_from(d(5, 15))
    assert fees(d(5, 17), d(5, 16), editions, d(6, 30)) == [
        ("2022-05", 90_000), ("2022-05", 110_000 * 15 // 31), ("2022-06", 110_000),
    ]  # fmt: skip
    assert fees(d(5, 1), d(4, 20), editions, d(6, 30)) == [
        ("2022-04", 80_000), ("2022-05", 100_000), ("2022-06", 110_000),
    ]  # fmt: skip


def test_the_acceptance_states_the_fee_that_is_charged() -> None:
    editions = dearer_from(d(5, 15))
    life = full(d(5, 17), accepted_on=d(5, 16), item="basic", editions=editions)
    said = next(entry for entry in life.entries if entry.event == "accept")
    assert {"initial_fee": 90_000, "monthly_fee": 110_000}.items() <= {
        ruling.rule: ruling.amount_yen for ruling in said.rulings
    }.items()  # fmt: skip
