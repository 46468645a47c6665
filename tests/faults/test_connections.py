"""Connections to PostgreSQL that are cut around a commit, slow or silent: a retry takes effect once."""

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from lifecycle.commands import execute
from lifecycle.records.engine import open_engine
from lifecycle.records.query_timeout import TimedConnection
from tests.faults.expected import TOKYO
from tests.faults.proxy import Fault, Proxy
from tests.faults.scenario import STEPS, Story, check_whole
from tests.faults.service import Client, Hands, Unlike, compare, served


@pytest.fixture
def proxied(postgres_url: str) -> Iterator[tuple[Proxy, str]]:
    """A proxy before a fresh database, and the database's URL through it."""
    parsed = make_url(postgres_url)
    with Proxy(Path(str(parsed.query["host"])) / ".s.PGSQL.5432") as proxy:
        yield proxy, proxy.url(str(parsed.database))


@pytest.mark.parametrize("fault", [Fault.CUT_BEFORE, Fault.CUT_AFTER])
def test_a_connection_cut_at_every_commit_of_the_story_doubles_nothing(
    proxied: tuple[Proxy, str], fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, url = proxied
    engine, story = open_engine(url), Story()
    ask = Client.ask

    def cut_first(client: Client, *what: object) -> object:
        proxy.fault = fault
        return ask(client, *what)  # type: ignore[arg-type]

    monkeypatch.setattr(Client, "ask", cut_first)
    story.go_on(engine)
    requests = sum(step.event != "sweep" for step in STEPS)
    assert proxy.hits == requests == story.statuses[503]
    check_whole(engine, story)
    engine.dispose()


def test_the_test_detects_a_repeated_command_without_idempotency(
    proxied: tuple[Proxy, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, url = proxied
    engine, clock = open_engine(url), Hands(datetime(2022, 4, 20, 9, tzinfo=TOKYO))
    monkeypatch.setattr(execute, "first_answer", lambda conn, command: None)
    monkeypatch.setattr(execute, "store_answers", lambda conn, kept: None)
    with served(engine, clock) as http:
        client = Client(http)
        contract = client.apply().answer["id"]
        client.do(contract, "accept")
        proxy.fault = Fault.CUT_AFTER
        client.do(contract, "notify_cancellation")
        client.settle()
    with pytest.raises(Unlike, match="doubled"):
        compare(engine, client.log)
    engine.dispose()


def test_a_silent_database_times_out_and_work_resumes_when_it_answers(
    proxied: tuple[Proxy, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, url = proxied
    monkeypatch.setattr(TimedConnection, "timeout_s", 0.5)
    engine, clock = open_engine(url), Hands(datetime(2022, 4, 20, 9, tzinfo=TOKYO))
    with served(engine, clock) as http:
        client = Client(http)
        contract = client.apply().answer["id"]
        client.do(contract, "accept")
        proxy.fault, begun = Fault.SILENT, time.monotonic()
        silent = client.do(contract, "notify_cancellation")
        assert silent.statuses == [503] and 0.5 <= time.monotonic() - begun < 5
        proxy.withholding.clear()
        begun = time.monotonic()
        client.settle()
        assert time.monotonic() - begun < 5
    assert compare(engine, client.log) == {"ok": 3}
    engine.dispose()


def test_a_slow_database_slows_and_that_is_all(proxied: tuple[Proxy, str]) -> None:
    proxy, url = proxied
    proxy.delay = 0.01
    engine, story = open_engine(url), Story()
    story.go_on(engine)
    assert set(story.statuses) <= {200, 201}
    check_whole(engine, story)
    engine.dispose()
