"""Valid requests are batched, FastAPI's routes handle all others: the answers are the same."""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import orjson
import pytest

from api.imports import batch
from lifecycle.commands import applications
from lifecycle.people.tokens import issue_token, revoke_token
from lifecycle.records.engine import writing
from tests.api.desk import APPLICATION, Desk

PATH, JSON = "/v1/contracts", {"Content-Type": "application/json"}
BODY = orjson.dumps(APPLICATION | {"reference": "S"})
_OWN = re.compile(r"[co]_[0-9a-z]{26}|[0-9a-f]{32}")


class Sent(NamedTuple):
    """A request, and whether it is in order."""

    body: bytes
    headers: Mapping[str, str] = {}
    path: str = PATH
    in_order: bool = False


def changed(**changes: Any) -> bytes:
    return orjson.dumps(APPLICATION | {"reference": "S"} | changes)


REQUESTS = {
    "in order": Sent(BODY, in_order=True),
    "under a key": Sent(BODY, {"Idempotency-Key": "k"}, in_order=True),
    "refused by the terms": Sent(changed(received_on="2022-04-23"), in_order=True),
    "with an option": Sent(changed(options=[{"kind": "drm", "reference": "D"}]), in_order=True),
    "a dry run": Sent(BODY, path=f"{PATH}?dry_run=true"),
    "an unknown parameter": Sent(BODY, path=f"{PATH}?dry_rum=true"),
    "a version": Sent(BODY, {"If-Match": "1"}),
    "a key out of form": Sent(BODY, {"Idempotency-Key": "a key"}),
    "an unknown field": Sent(changed(colour="red")),
    "a field missing": Sent(orjson.dumps(APPLICATION)),
    "no JSON": Sent(b'{"reference": "S"'),
    "no number": Sent(b'{"reference": NaN}'),
    "nested without end": Sent(b"[" * 100_000),
    "not UTF-8": Sent(b'"\xff"'),
    "a list": Sent(b"[]"),
    "nothing": Sent(b""),
    "another type": Sent(BODY, {"Content-Type": "text/plain"}),
    "a type with more to it": Sent(BODY, {"Content-Type": "application/json; charset=utf-8"}),
    "another's token": Sent(BODY, {"Authorization": "Bearer lc_nobodys"}),
    "no token": Sent(BODY, {"Authorization": "Bearer "}),
}


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many applications each batch had."""
    lots, take = list[int](), batch.receive_batch

    def counted(context: Any, jobs: Sequence[Any]) -> Any:
        lots.append(len(jobs))
        return take(context, jobs)

    monkeypatch.setattr(batch, "receive_batch", counted)
    return lots


def sent(desk: Desk, request: Sent) -> tuple[int, dict[str, str], str]:
    """Return status, headers and body of an answer, without the values that differ each time."""
    response = desk.client.post(request.path, content=request.body, headers={**JSON, **request.headers})
    headers = {name: _OWN.sub("", value) for name, value in response.headers.items() if name != "x-request-id"}
    return response.status_code, headers, _OWN.sub("", response.text).replace('"T"', '"S"').replace('"E"', '"D"')


def twin(request: Sent) -> Sent:
    """The same under other references and another key."""
    headers = {name: f"{said}2" if name == "Idempotency-Key" else said for name, said in request.headers.items()}
    body = request.body.replace(b'"S"', b'"T"').replace(b'"D"', b'"E"')
    return request._replace(body=body, headers=headers)


@pytest.mark.parametrize("name", REQUESTS)
def test_the_fast_path_and_the_route_give_the_same_answer(
    name: str, desk: Desk, taken: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    request, counts = REQUESTS[name], [desk.counts()]
    straight = sent(desk, request)
    assert bool(taken) == request.in_order
    counts.append(desk.counts())
    monkeypatch.setattr(batch, "cached_principal", lambda _: None)
    assert sent(desk, twin(request)) == straight
    counts.append(desk.counts())
    first, second = (
        {n: after[n] - before[n] for n in after if n != "tally"} for before, after in pairwise(counts)
    )
    assert first == second


def test_a_token_that_was_seen_and_revoked_since_opens_nothing(desk: Desk, taken: list[int]) -> None:
    with writing(desk.engine) as conn:
        token = issue_token(conn, "tanaka", ["order_desk"], desk.context.wall())
    bearer = {"Authorization": f"Bearer {token}"}
    statuses = [sent(desk, Sent(changed(reference=f"S-{n}"), bearer))[0] for n in range(2)]
    assert (statuses, taken) == ([201, 201], [1])  # the first was not seen before
    with writing(desk.engine) as conn:
        revoke_token(conn, "tanaka", desk.context.wall(), by="admin", reason="lost")
    before = desk.counts()
    assert sent(desk, Sent(changed(reference="S-3"), bearer))[0] == 401
    assert (taken, desk.counts()) == ([1, 1], before)


def test_a_token_that_was_seen_and_may_not_apply_does_not(desk: Desk, taken: list[int]) -> None:
    with writing(desk.engine) as conn:
        token = issue_token(conn, "sato", ["viewer"], desk.context.wall())
    bearer = {"Authorization": f"Bearer {token}"}
    assert desk.client.get(PATH, headers=bearer).status_code == 200
    assert sent(desk, Sent(BODY, bearer))[0] == 403
    assert not taken


def test_a_request_that_fails_its_batch_is_processed_alone(
    desk: Desk, taken: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reference is taken between the first check and the commit: the second check refuses it."""
    assert sent(desk, REQUESTS["in order"])[0] == 201
    look, blind = applications.taken_references, iter([True, True])
    monkeypatch.setattr(applications, "taken_references", lambda *a: {} if next(blind, False) else look(*a))
    status, _, said = sent(desk, Sent(changed(item="basic")))
    assert (status, taken) == (409, [1, 1]) and "taken by the contract" in said
