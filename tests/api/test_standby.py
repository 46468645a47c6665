"""A standby answers lists, exports and statistics while it is current; commands use the primary."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import Any

import psycopg
import pytest
import typer
from sqlalchemy import Engine, event
from sqlalchemy.engine import make_url

from lifecycle.cli.standby import standby_of
from lifecycle.records.engine import open_engine
from lifecycle.records.standby import Standby
from tests import postgres
from tests.api.desk import Desk, Json, application, opened

LISTS = (
    "/v1/contracts", "/v1/due?until=2022-06-01T00:00:00Z", "/v1/audit/transitions", "/v1/audit/checkpoints",
    "/v1/audit/late_entries", "/v1/audit/reads", "/v1/statements?customer=x", "/v1/statements/2022-05",
    "/v1/contracts.csv", "/v1/audit/export", "/v1/audit/sent",
)  # fmt: skip


@dataclass
class Followed:
    """A desk with a standby for its lists. seconds: its clock; begun: the transactions that the standby began."""

    desk: Desk
    server: postgres.Postgres
    standby: Standby
    seconds: list[float]
    begun: list[object] = field(default_factory=list)

    def look_again(self, later: float = 2.0) -> None:
        """Lets time pass, so that the standby is looked at again."""
        self.seconds[0] += later

    def caught_up(self) -> None:
        """Waits until the standby has replayed all that the primary has written."""
        until = monotonic() + 10
        while monotonic() < until:
            self.look_again(60)
            if self.standby.engine_for(self.desk.engine) is self.standby.engine:
                return
            sleep(0.02)
        raise AssertionError("the standby does not catch up")


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[postgres.Postgres, postgres.Postgres, str]]:
    """A primary, a standby that follows it, and the name of a migrated database."""
    with postgres.running() as primary:
        name = primary.migrated()
        with postgres.following(primary) as standby:
            yield primary, standby, name


@pytest.fixture
def followed(servers: tuple[postgres.Postgres, postgres.Postgres, str]) -> Iterator[Followed]:
    """A desk on a database of its own, with the standby's copy of it."""
    primary, standby, template = servers
    with primary.database(template) as url:
        engine, copy = open_engine(url), open_engine(standby.url(str(make_url(url).database), "scheduler"))
        seconds, begun = [0.0], list[object]()
        event.listen(copy, "begin", begun.append)
        found = Standby(copy, 5.0, elapsed=lambda: seconds[0])
        with opened(engine, document()) as desk:
            desk.context.standby = found
            yield Followed(desk, standby, found, seconds, begun)
        copy.dispose()
        engine.dispose()


def document() -> Json:
    found: Json = application(True).openapi()
    return found


def references(desk: Desk) -> list[str]:
    return [found["reference"] for found in desk.get("/v1/contracts")["items"]]


def test_lists_and_exports_use_the_standby_and_commands_the_primary(
    followed: Followed, caplog: pytest.LogCaptureFixture
) -> None:
    desk = followed.desk
    contract = desk.accepted(reference="OD-1")
    desk.show(contract)
    assert followed.begun == []
    followed.caught_up()
    with caplog.at_level(logging.WARNING, "lifecycle.records.standby"):
        for path in LISTS:
            before = len(followed.begun)
            assert desk.client.get(path).status_code == 200, path
            assert len(followed.begun) > before, path
    assert caplog.records == []
    assert references(desk) == ["OD-1"]
    before = len(followed.begun)
    desk.do(contract, "notify_cancellation")
    assert len(followed.begun) == before


def test_a_standby_that_lags_is_not_used(followed: Followed) -> None:
    followed.caught_up()
    with psycopg.connect(followed.server.url("postgres"), autocommit=True) as conn:
        conn.execute("SELECT pg_wal_replay_pause()")
        try:
            followed.desk.apply(reference="OD-2")
            followed.look_again(4)
            assert references(followed.desk) == []  # not older than five seconds
            followed.look_again(4)
            assert references(followed.desk) == ["OD-2"]
        finally:
            conn.execute("SELECT pg_wal_replay_resume()")
    followed.caught_up()
    assert references(followed.desk) == ["OD-2"]


def test_the_primary_answers_when_the_standby_does_not(followed: Followed, engine_without: Engine) -> None:
    followed.desk.apply(reference="OD-3")
    followed.standby.engine = engine_without
    assert references(followed.desk) == ["OD-3"]
    followed.standby.keeps_up = True  # until it is looked at again
    assert references(followed.desk) == ["OD-3"]


@pytest.fixture
def engine_without() -> Iterator[Engine]:
    """An engine on a server that is not there."""
    engine = open_engine("postgresql://nobody@127.0.0.1:1/nothing")
    yield engine
    engine.dispose()


@pytest.mark.parametrize(
    ("url", "why"),
    [("sqlite:///copy.db", "only PostgreSQL has standbys"), ("mysql://x/y", "SQLite or PostgreSQL")],
)
def test_an_address_that_cannot_be_a_standby_is_refused_with_the_reason(
    url: str, why: str, tmp_path: Any, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(typer.BadParameter, match=why):
        standby_of(url)
    assert standby_of("") is None
    assert list(tmp_path.iterdir()) == []
