"""Fixtures of the API tests: desks in sandboxes, on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from lifecycle.cli import app, options
from tests.api.desk import START, Desk, Invoke, OpenDesk, application, opened
from tests.lending import Lending


@pytest.fixture(scope="session")
def document() -> dict[str, Any]:
    """The OpenAPI document."""
    found: dict[str, Any] = application(True).openapi()
    return found


@pytest.fixture
def open_desk(engine: Engine, document: dict[str, Any]) -> Iterator[OpenDesk]:
    """Opens a desk in the test's own database, at a time of its choice."""
    with ExitStack() as stack:
        yield lambda now=START: stack.enter_context(opened(engine, document, now))


@pytest.fixture
def desk(open_desk: OpenDesk) -> Desk:
    """A desk in an empty sandbox at 09:00 on 22 April 2022."""
    return open_desk()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def open_standing(request: pytest.FixtureRequest, document: dict[str, Any]) -> Iterator[OpenDesk]:
    """Open desks for a whole module, each with its own database."""
    lending: Lending = request.getfixturevalue(f"{request.param}_lending")
    with ExitStack() as stack:

        def opens(now: str = START) -> Desk:
            return stack.enter_context(opened(stack.enter_context(lending.lent()).engine, document, now))

        yield opens


@pytest.fixture(scope="module")
def standing_desk(open_standing: OpenDesk) -> Desk:
    """One desk for a whole module, for questions that store nothing and contracts that disturb no others."""
    return open_standing()


@pytest.fixture
def invoke(monkeypatch: pytest.MonkeyPatch) -> Iterator[Invoke]:
    """Runs a command and gives what it prints; its connections are closed, as the end of its process would."""
    engines: list[Any] = []
    open_engine = options.open_engine

    def remembered(*given: Any) -> Any:
        engines.append(open_engine(*given))
        return engines[-1]

    def run(*words: str, status: int = 0) -> str:
        done = CliRunner().invoke(app, words)
        assert done.exit_code == status, done.output
        return done.output

    monkeypatch.setattr(options, "open_engine", remembered)
    yield run
    for engine in engines:
        engine.dispose()
