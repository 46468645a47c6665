"""Applications that wait at the same moment are batched; each is answered as if it were alone."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from api.access.auth import CachedPrincipal
from api.access.roles import Principal
from api.imports.batch import WaitingApplication, receive_batch
from api.problems import Problem
from api.request import batching
from api.request.batching import Batching
from api.request.context import Context
from lifecycle.commands import applications
from lifecycle.commands.applications import Duplicate
from lifecycle.commands.command import Command, CommandContext, Outcome
from lifecycle.commands.idempotency import KeyReused, ReplayedRefusal
from lifecycle.errors import DomainError
from lifecycle.machines.check import Refused
from lifecycle.machines.events.apply_body import ContractApplicationBody
from lifecycle.people.tokens import issue_token, revoke_token
from lifecycle.records import tables
from lifecycle.records.engine import reading, writing
from tests.api.desk import APPLICATION, Desk

DESK = Principal("desk", frozenset({"order_desk"}))
NOW = datetime.fromisoformat("2022-04-22T09:00:00+09:00")
WRITTEN = (
    tables.contract, tables.option, tables.history, tables.outbox, tables.personal, tables.idempotency,
)  # fmt: skip


def context_of(engine: Engine) -> Context:
    return Context(engine, lambda: NOW, None)


def job(
    engine: Engine, reference: str, key: str | None = None, actor: str = "desk", **changes: Any
) -> WaitingApplication:
    """An application that waits, under a key or none."""
    body = ContractApplicationBody(**APPLICATION | {"reference": reference} | changes)
    command = Command(
        operation="contracts-apply", actor=actor, path="/v1/contracts", body=body, key=key,
        fingerprint=f"of {reference} {changes}",
    )  # fmt: skip
    return WaitingApplication(command, NOW, applications.Application.of(body), CachedPrincipal(None, DESK))


def jobs(engine: Engine, number: int) -> list[WaitingApplication]:
    """Keyed applications that have nothing to do with each other."""
    return [job(engine, f"L-{n}", f"key-{n}") for n in range(number)]


def counts(engine: Engine) -> dict[str, int]:
    """How many rows each table holds that an application is written to."""
    with reading(engine) as conn:
        return {t.name: conn.execute(select(func.count()).select_from(t)).scalar_one() for t in WRITTEN}


def statuses(answers: Sequence[Outcome | Exception | None]) -> list[object]:
    return [a.status if isinstance(a, Outcome) else a and type(a) for a in answers]


def test_requests_that_wait_during_a_batch_are_the_next_batch_in_their_order() -> None:
    lots: list[Sequence[int]] = []

    def square(asked: Sequence[int]) -> list[int]:
        lots.append(asked)
        return [n * n for n in asked]

    async def ask() -> list[int]:
        squares = Batching("squares", square)
        return await asyncio.gather(*(squares.ask(n) for n in range(100)))

    assert asyncio.run(ask()) == [n * n for n in range(100)]
    assert [list(lot) for lot in lots] == [list(range(64)), list(range(64, 100))]


def test_a_batch_waits_for_requests_that_are_being_received() -> None:
    lots: list[Sequence[int]] = []

    def note(asked: Sequence[int]) -> Sequence[int]:
        lots.append(asked)
        return asked

    async def ask() -> None:
        noted = Batching("notes", note)
        async with asyncio.TaskGroup() as all_of_them:
            for n in range(5):
                all_of_them.create_task(noted.ask(n))
                await asyncio.sleep(0)  # one turn of the loop, as the reading of a request takes

    asyncio.run(ask())
    assert [list(lot) for lot in lots] == [[0, 1, 2, 3, 4]]


def test_an_error_fails_its_request_and_a_failed_batch_fails_all_of_its_requests() -> None:
    def work(asked: Sequence[int]) -> list[int | Exception]:
        if 13 in asked:
            raise LookupError("the whole batch")
        return [ValueError(n) if n == 2 else n for n in asked]

    async def ask(*numbers: int) -> list[Any]:
        asked = Batching("numbers", work)
        return await asyncio.gather(*(asked.ask(n) for n in numbers), return_exceptions=True)

    assert [type(found) for found in asyncio.run(ask(1, 2, 3))] == [int, ValueError, int]
    assert [type(found) for found in asyncio.run(ask(1, 13, 3))] == [LookupError] * 3


def test_a_full_batching_queue_is_answered_503_with_retry_after(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batching, "MOST_WAITING", 2)

    async def ask() -> list[Any]:
        asked: Batching[int, int] = Batching("numbers", list)
        return await asyncio.gather(*(asked.ask(n) for n in range(4)), return_exceptions=True)

    *answered, refused, also = asyncio.run(ask())
    assert answered == [0, 1] and isinstance(also, Problem)
    assert isinstance(refused, Problem) and (refused.status, refused.headers) == (503, {"Retry-After": "1"})


def test_a_cancelled_request_does_not_disturb_its_batch() -> None:
    async def ask() -> list[Any]:
        asked: Batching[int, int] = Batching("numbers", list)
        waiting = [asyncio.ensure_future(asked.ask(n)) for n in range(3)]
        await asyncio.sleep(0)
        waiting[1].cancel()
        return await asyncio.gather(*waiting, return_exceptions=True)

    first, cancelled, last = asyncio.run(ask())
    assert (first, last) == (0, 2) and isinstance(cancelled, asyncio.CancelledError)


def mixed(engine: Engine) -> list[WaitingApplication]:
    """Applications that have to do with each other, and some that are refused."""
    drm = [{"kind": "drm", "reference": "D"}]
    return [
        job(engine, "B", "key-b"), job(engine, "A"), job(engine, "A"), job(engine, "A", item="basic"),
        job(engine, "C", options=drm), job(engine, "E", "key-e", options=drm),
        job(engine, "F", received_on=date(2022, 4, 23)), job(engine, "G", "key-g", received_on=date(2022, 4, 23)),
        job(engine, "H"),
    ]  # fmt: skip


@pytest.mark.parametrize("lots", [1, 9], ids=["together", "one by one"])
def test_each_request_of_a_batch_is_answered_as_if_alone(engine: Engine, lots: int) -> None:
    context, waiting = context_of(engine), mixed(engine)
    size = len(waiting) // lots
    answers = [a for n in range(lots) for a in receive_batch(context, waiting[n * size : (n + 1) * size])]
    assert statuses(answers) == [201, 201, 200, Duplicate, 201, Duplicate, Refused, Refused, 201]
    created, same = (answers[place].content for place in (1, 2))  # type: ignore[union-attr]
    assert created == same
    assert counts(engine) == {
        "contract": 4, "drm_option": 1, "history": 5, "pending": 5, "personal": 4, "idempotency": 3,
    }  # fmt: skip


def test_a_used_key_gets_its_first_answer_in_a_batch_of_others(engine: Engine) -> None:
    context = context_of(engine)
    first = receive_batch(context, mixed(engine)[:6])
    before = counts(engine)
    again = receive_batch(context, [*jobs(engine, 1), *mixed(engine)[:6], job(engine, "B", "key-b", item="basic")])
    answer, known = again[1], first[0]
    assert isinstance(answer, Outcome) and isinstance(known, Outcome) and answer.replayed
    assert (answer.body, answer.status, answer.etag) == (known.body, known.status, known.etag)
    refusal, known_refusal = again[6], first[5]
    assert isinstance(refusal, ReplayedRefusal) and isinstance(known_refusal, DomainError)
    assert refusal.as_problem("/v1/contracts") == known_refusal.as_problem("/v1/contracts")
    assert refusal.headers["Idempotency-Replayed"] == "true"
    assert isinstance(again[-1], KeyReused)
    assert counts(engine)["contract"] == before["contract"] + 1


def test_a_stored_application_answers_a_repetition_that_would_be_refused_now(engine: Engine) -> None:
    early = NOW - timedelta(days=1)  # by which it is received a day too soon
    first = receive_batch(context_of(engine), [job(engine, "A", received_on=NOW.date())])
    late, new = job(engine, "A", received_on=NOW.date()), job(engine, "B", received_on=NOW.date())
    again = receive_batch(context_of(engine), [j._replace(now=early) for j in (late, new)])
    assert statuses([*first, *again]) == [201, 200, Refused]


def test_if_a_batch_cannot_be_written_each_application_is_processed_alone(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else took a reference after it was looked up: the unique index refuses the whole batch."""
    context, look = context_of(engine), applications.taken_references
    assert statuses(receive_batch(context, [job(engine, "A", item="basic")])) == [201]
    monkeypatch.setattr(applications, "taken_references", lambda *_: {})
    assert receive_batch(context, [job(engine, "B"), job(engine, "A"), job(engine, "C", "key")]) == [None] * 3
    monkeypatch.setattr(applications, "taken_references", look)
    assert counts(engine)["contract"] == 1


def test_a_request_that_fails_rolls_back_its_batch(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = applications.Application.facts

    def poisoned(self: applications.Application, order: CommandContext) -> dict[str, Any]:
        if self.reference == "P":
            raise ZeroDivisionError
        return facts(self, order)

    monkeypatch.setattr(applications.Application, "facts", poisoned)
    assert (
        receive_batch(context_of(engine), [job(engine, "A"), job(engine, "P"), job(engine, "B", "key")])
        == [None] * 3
    )
    assert set(counts(engine).values()) == {0}


def test_a_revoked_token_opens_nothing_from_the_next_request_on(desk: Desk) -> None:
    with writing(desk.engine) as conn:
        token = issue_token(conn, "tanaka", ["viewer"], desk.context.wall())
    headers = {"Authorization": f"Bearer {token}"}
    assert desk.client.get("/v1/contracts", headers=headers).status_code == 200
    with writing(desk.engine) as conn:
        revoke_token(conn, "tanaka", desk.context.wall(), by="admin", reason="lost")
    assert desk.client.get("/v1/contracts", headers=headers).status_code == 401
