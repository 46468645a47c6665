"""Every operation on parts of a contract: dry run, idempotency, versions, and its own examples."""

import re
from typing import Any

import pytest

from lifecycle.machines.body import Input
from tests.api.answers import operations
from tests.api.desk import Desk, Json, answered, id_of
from tests.api.part_scenes import BY_PUT, MADE_FOR_GOOD, MAKING, SCENES, send
from tests.api.parts import later
from tests.api.right_scenes import own
from tests.api.test_document import family

KEY = {"Idempotency-Key": "order-desk-0001"}
MONEY = {"money-issue_statement", "money-issue_statements", "money-settle_refund"}  # in test_dry_run
BASES = {"Reasoned", "NeedsReason"}  # what bodies of acts are made from
UNKNOWN_PATH = re.compile(r"[coimx]_[0-9a-z]{26}")


def without_ids(response: Any) -> tuple[int, str, dict[str, str]]:
    """Return an answer with every id replaced by a constant."""
    names = ("content-type", "etag", "location")
    alike = {name: re.sub(r"[a-z]_[0-9a-z]{26}", "id", response.headers.get(name, "")) for name in names}
    return response.status_code, re.sub(r"[a-z]_[0-9a-z]{26}", "id", response.text), alike


def test_every_operation_on_parts_and_outages_is_tried_here(document: Json) -> None:
    """And those of the older tests' own lists are the rest."""
    new = ("parts", "money", "outages", "waiting")
    ours = {o["operationId"] for method, _, o in operations(document) if method != "get"}
    here = {name for name in ours - MONEY if name.partition("-")[0] in new}
    here |= {name for name in SCENES if name.startswith(("contracts-", "options-"))}
    assert here == set(SCENES) <= ours


def not_found(desk: Desk, name: str, path: str, body: Json) -> None:
    """Repeat the request with an unknown id."""
    missing = UNKNOWN_PATH.sub(lambda found: found[0][:2] + "0" * 26, path)
    if missing == path:  # an outage is for contracts that exist
        body = body | {"contracts": ["c_" + "0" * 26]}
    problem = answered(send(desk, name, missing, body), 404)
    assert (problem["title"], problem["detail"][:17]) == ("Not found", "There is no such ")


@pytest.mark.parametrize("name", SCENES)
def test_an_unknown_id_is_not_found_and_a_dry_run_answers_what_the_commit_then_answers(
    desk: Desk, name: str
) -> None:
    path, body = SCENES[name](desk)
    before = desk.counts()
    not_found(desk, name, path, body)
    rehearsed = send(desk, name, path, body, params={"dry_run": True})
    assert desk.counts() == before
    done = send(desk, name, path, body)
    if name in (*MAKING, *MADE_FOR_GOOD):
        assert rehearsed.status_code == 200 and "location" not in rehearsed.headers
        assert without_ids(rehearsed)[1] == without_ids(done)[1]
    else:
        assert without_ids(rehearsed) == without_ids(done)
    assert done.status_code == (201 if name in (*MAKING, *MADE_FOR_GOOD) else 200), done.text
    assert re.fullmatch(rf'"{done.json()["version"]}(\.\d+)?"', done.headers["etag"])
    assert desk.counts()["history"] > before["history"]


@pytest.mark.parametrize("name", SCENES)
def test_a_stale_version_stops_it_and_a_keyed_request_is_answered_again_and_done_once(
    desk: Desk, name: str
) -> None:
    path, body = SCENES[name](desk)
    version = {} if name in MAKING else {"If-Match": fresh(desk, name, path, body)}
    first = send(desk, name, path, body, headers=KEY | version)
    assert first.is_success, first.text
    counts = desk.counts()
    again = send(desk, name, path, body, headers=KEY)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert desk.counts() == counts
    other = answered(send(desk, name, path, body | {"reason": "otherwise"}, headers=KEY), 422)
    assert other["type"] in ("/problems/key-reused", "/problems/malformed")


def fresh(desk: Desk, name: str, path: str, body: Json) -> str:
    """The version that an event must expect, from the refusal of a stale one, which changes nothing."""
    before = desk.counts()
    problem = answered(send(desk, name, path, body, headers={"If-Match": '"77"'}), 412)
    assert problem["type"] == "/problems/stale"
    assert desk.counts() == before
    return f'"{problem["version"]}"'


@pytest.mark.parametrize("name", SCENES)
def test_the_service_accepts_its_own_examples(desk: Desk, document: Json, name: str) -> None:
    path, body = SCENES[name](desk)
    operation = next(o for *_, o in operations(document) if o["operationId"] == name)
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    model = (schema.get("$ref") or schema["anyOf"][0]["$ref"]).rpartition("/")[2]
    examples = document["components"]["schemas"][model]["examples"]
    for number, example in enumerate(examples):
        if number:
            path, body = SCENES[name](desk)
        assert send(desk, name, path, own(example, body)).status_code in (200, 201), example


def without_null(example: Any) -> Any:
    """An example as the document shows it."""
    if isinstance(example, dict):
        return {name: without_null(value) for name, value in example.items() if value is not None}
    return example


def test_no_example_is_left_untried(document: Json) -> None:
    schemas = document["components"]["schemas"]
    with_examples = [m for m in family(Input) if "examples" in vars(m) and m.__name__ in schemas]
    both = {name.removesuffix("Input") for name in schemas if name.endswith("Input")}  # sent and answered
    bodies = {f"{m.__name__}{'Input' * (m.__name__ in both)}": vars(m)["examples"] for m in with_examples}
    for name, examples in bodies.items():
        if name in BASES:
            continue
        sent = schemas.get(f"{name}Input", schemas[name])  # an answer of the same name keeps it
        assert sent["examples"] == [without_null(example) for example in examples]
    refs = str([o["requestBody"] for *_, o in operations(document) if "requestBody" in o])
    assert all(f"/{name}'" in refs or f"/{name}Input'" in refs for name in bodies if name not in BASES)


def test_a_created_part_is_found_at_its_location(desk: Desk) -> None:
    for name in MAKING:
        path, body = SCENES[name](desk)
        made = send(desk, name, path, body)
        assert desk.get(made.headers["location"]) == made.json()
        history = desk.get(f"{made.headers['location']}/history")["items"]
        assert [(row["seq"], row["from_state"], row["actor"]) for row in history] == [(1, None, "admin")]
        assert history[0]["subject_id"] == id_of(made.json())


def test_lists_of_outages_are_paged_from_the_newest_to_the_oldest(desk: Desk) -> None:
    for number in range(5):
        at = later("2022-04-01T08:00:00+09:00", days=number)
        body = {"known_at": at, "source": "alert", "contracts": "all", "recovered_at": later(at, hours=1)}
        desk.post("/v1/outages", body, 201)
    known, cursor = [], {}
    for _ in range(3):
        page = desk.get("/v1/outages", limit=2, **cursor)
        known += [outage["known_at"][:10] for outage in page["items"]]
        cursor = {"cursor": page["next"]}
    assert known == [f"2022-04-0{day}" for day in (5, 4, 3, 2, 1)]
    assert page["next"] is None


def test_put_is_for_usage_alone(document: Json) -> None:
    put = {o["operationId"] for method, _, o in operations(document) if method == "put"}
    assert put == {*BY_PUT, "clock-move_clock"}
