"""/v1/due lists exactly the rows that then fire, however the time moves."""

import shutil
from datetime import date, timedelta
from itertools import count
from pathlib import Path

import pytest

from lifecycle.commands import applications
from lifecycle.records.engine import open_engine
from tests.api.book import TODAY, fill
from tests.api.desk import Desk, Json, morning, opened
from tests.how_many import only_in_full

SPAN = 400
UNTIL = morning(TODAY + timedelta(days=SPAN))
SAME = ("event", "due_at", "from_state", "to_state", "caused_by", "facts", "rulings", "terms")
OF_ITS_OWN = ("hash", "previous_hash", "personal")  # rest on the salt of the personal data


@pytest.fixture(scope="module")
def by_days(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, document: Json
) -> tuple[int, list[Json], list[Json]]:
    """Run the sandbox one day at a time: the number of fired timers, their rows, the contracts afterwards."""
    file = shutil.copy(sqlite_template, tmp_path_factory.mktemp("by days") / "lifecycle.db")
    engine = open_engine(f"sqlite:///{file}")
    with opened(engine, document) as desk:
        fill_numbered(desk)
        fired = sum(desk.move_to(TODAY + timedelta(days=number))["fired"] for number in range(1, SPAN + 1))
        found = fired, stripped(desk.feed()), contracts(desk)
    engine.dispose()
    return found


def fill_numbered(desk: Desk) -> None:
    """Enters the book with ids in the order of entry, so that two books are alike to the letter."""
    numbers = count(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(applications, "new_id", lambda order: f"{next(numbers):026}")
        fill(desk)


def listed(desk: Desk, limit: int, until: str = UNTIL) -> list[Json]:
    """Everything due by then, read page by page."""
    rows: list[Json] = []
    page = desk.get("/v1/due", until=until, limit=limit)
    while page["next"] is not None:
        rows += page["items"]
        page = desk.get("/v1/due", until=until, limit=limit, cursor=page["next"])
    return rows + page["items"]


def test_the_forecast_lists_exactly_the_rows_that_then_fire(desk: Desk) -> None:
    fill(desk)
    varied(desk)
    before = desk.feed()
    foreseen = listed(desk, 500)
    assert foreseen == listed(desk, 7)
    rehearsed = desk.client.put("/v1/clock", json={"now": UNTIL}, params={"dry_run": True}).json()
    assert desk.move_to(UNTIL) == rehearsed == {"now": UNTIL, "fired": len(foreseen)}
    happened = desk.feed(before[-1]["index"])
    assert len(happened) == len(foreseen) > 40
    for due, row in zip(foreseen, happened, strict=True):
        assert (due["id"], due["kind"]) == (row["subject_id"], row["kind"])
        for ruling in row["rulings"]:
            ruling.pop("repeats", None)  # how the row has it, which is not foreseen
        assert {name: due[name] for name in SAME} == {name: row[name] for name in SAME}
        assert (row["effective_at"], row["recorded_at"], row["actor"]) == (due["due_at"], due["due_at"], "clock")
    assert listed(desk, 500) == []
    assert {(row["event"], row["kind"]) for row in happened} == {
        ("start_billing", "contract"), ("start_billing", "option"), ("terminate", "contract"),
        ("terminate", "option"), ("reject", "option"),
    }  # fmt: skip


def test_the_forecast_ends_with_the_requested_instant(desk: Desk) -> None:
    contract = desk.accepted()
    assert listed(desk, 500, "2022-04-30T23:59:59+09:00") == []
    only = listed(desk, 500, "2022-04-30T15:00:00Z")
    assert [(row["reference"], row["event"]) for row in only] == [(contract["reference"], "start_billing")]


def test_a_change_of_plan_changes_the_list(desk: Desk) -> None:
    contract = desk.do(desk.accepted(), "notify_cancellation")

    def ends() -> list[str]:
        return [row["due_at"] for row in listed(desk, 500) if row["event"] == "terminate"]

    assert ends() == ["2022-06-01T00:00:00+09:00"]
    desk.do(contract, "reschedule_billing", billing_starts_on="2022-05-10")
    assert ends() == ["2022-06-10T00:00:00+09:00"]
    desk.do(contract, "revoke_cancellation", reason="agreed")
    assert ends() == []


@only_in_full  # tests/scheduler/test_firing.py has the same without the API
def test_one_move_of_400_days_gives_the_same_history_as_400_moves_of_one_day(
    desk: Desk, by_days: tuple[int, list[Json], list[Json]]
) -> None:
    fill_numbered(desk)
    fired = desk.move_to(UNTIL)["fired"]
    assert (fired, stripped(desk.feed()), contracts(desk)) == by_days


def stripped(rows: list[Json]) -> list[Json]:
    """Rows without what rests on each database's own salts."""
    return [{name: row[name] for name in row if name not in OF_ITS_OWN} for row in rows]


def contracts(desk: Desk) -> list[Json]:
    found: list[Json] = desk.get("/v1/contracts", limit=500)["items"]
    return found


def varied(desk: Desk) -> None:
    """The book holds contracts of many kinds, and reaches far."""
    assert {item["state"] for item in contracts(desk)} >= {
        "accepted", "billing", "cancel_notified", "terminated",
    }  # fmt: skip
    assert len(contracts(desk)) == 30
    assert date.fromisoformat(listed(desk, 500)[-1]["due_at"][:10]) > TODAY + timedelta(days=200)
