"""Every case that needs no contract: /v1/preview/cancellation and /v1/terms."""

from datetime import UTC, datetime
from typing import Any

from tests import oracle
from tests.api.desk import Desk, Json
from tests.api.malformed import WITHOUT_DATABASE
from tests.oracle.tables import Row, check, day, table, text

PREVIEW = "/v1/preview/cancellation"
pytestmark = WITHOUT_DATABASE  # the terms alone answer


def preview(desk: Desk, row: Row, starts_on: Any, status: int = 200, **query: Any) -> Json:
    """What a notice would bring, for the givens of a row."""
    wanted = {name: value for name, value in query.items() if value is not None}
    return desk.get(PREVIEW, status, item="basic", billing_starts_on=str(starts_on), **wanted)


def in_utc(instant: str) -> str:
    """An instant as the tables write it."""
    return datetime.fromisoformat(instant).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@table("art6_effect_date")
def test_the_preview_names_the_later_of_day_thirty_and_the_chosen_day(standing_desk: Desk, row: Row) -> None:
    arrived = text(row, "arrived_on")
    shown = preview(standing_desk, row, arrived, arrived_on=arrived, chosen_on=row["chosen_on"])
    check(
        row,
        {
            "notice_elapses_on": shown["notice_period_ends_on"],
            "effect_on": shown["effective_on"],
            "decided_by": shown["decided_by"],
            "first_day_without_service": shown["first_day_without_service"],
            "ends_at_utc": in_utc(shown["ends_at"]),
        },
    )


@table("arrival_day_is_japan_day")
def test_the_preview_turns_an_instant_of_arrival_into_its_day_in_japan(standing_desk: Desk, row: Row) -> None:
    starts_on = max(text(row, "arrived_on"), "2020-12-01")
    shown = preview(standing_desk, row, starts_on, arrived_at=row["arrived_at"])
    ends_at_utc = in_utc(shown["ends_at"])
    check(row, {"arrived_on": shown["arrived_on"], "effect_on": shown["effective_on"], "ends_at_utc": ends_at_utc})


@table("minimum_term_last_day")
def test_the_preview_names_the_last_day_of_the_minimum_term(standing_desk: Desk, row: Row) -> None:
    """The terms know one term, one month: rows of other lengths show what the month rule gives by the oracle."""
    start = text(row, "billing_start_on")
    months = int(text(row, "months"))
    if start < "2020-12-01":
        refusal = preview(standing_desk, row, start, 409, arrived_on="2022-05-01")
        assert [ruling["rule"] for ruling in refusal["rulings"]] == ["terms_in_force"]
        return
    last = preview(standing_desk, row, start, arrived_on=start)["minimum_term_ends_on"]
    if months == 1:
        check(row, {"last_day": last})
    assert last == str(oracle.term_last_day(day(row, "billing_start_on")))


@table("minimum_term_guard")
def test_the_preview_shows_an_end_inside_the_minimum_term_under_both_policies(
    standing_desk: Desk, row: Row
) -> None:
    facts = {"arrived_on": row["arrived_on"], "chosen_on": row["chosen_on"]}
    start = row["billing_start_on"]
    defer, residual = (
        preview(standing_desk, row, start, **facts, within_minimum_term=policy)
        for policy in ("defer", "residual_fee")
    )
    assert preview(standing_desk, row, start, **facts) == defer
    check(
        row,
        {
            "effect_on_art6": residual["effective_on"],
            "min_term_last_day": defer["minimum_term_ends_on"],
            "billing_starts": defer["billing_starts"],
            "min_term_binds": defer["effective_on"] != residual["effective_on"],
            "effect_on_policy_defer": defer["effective_on"],
            "decided_by_policy_defer": defer["decided_by"],
            "residual_days_policy_residual_fee": residual["residual_days"],
        },
    )


@table("terms_version")
def test_the_terms_of_a_day_are_those_in_force_in_japan(standing_desk: Desk, row: Row) -> None:
    on = oracle.tokyo_day(text(row, "at"))
    status = 200 if row["version"] else 409
    shown = standing_desk.get("/v1/terms", status, on=str(on))
    noticed = preview(standing_desk, row, max(str(on), "2020-12-01"), status, arrived_at=text(row, "at"))
    if not row["version"]:
        assert [r["rule"] for r in (*shown["rulings"], *noticed["rulings"])] == ["terms_in_force"] * 2
    check(row, {"version": shown.get("version")})
    assert row["version"] in (None, *{ruling["terms"] for ruling in noticed.get("because", [])})
