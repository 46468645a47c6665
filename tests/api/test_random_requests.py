"""Random requests: every answer is in the document, and the service never fails."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from lifecycle.machines.body import Input
from tests.api.answers import operations
from tests.api.desk import APPLICATION, Desk, Json
from tests.api.situations import contract_in, option_in
from tests.api.test_document import family
from tests.how_many import some_of

FEW = settings(
    max_examples=some_of(8),  # make hostile sends thousands
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],  # each example leaves its traces: none is the same when shrunk
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
NAMES = sorted({name for model in family(Input) for name in model.model_fields})
DAYS = st.one_of(
    st.dates(date(2000, 1, 1), date(2199, 12, 31)).map(str),
    st.dates(date(2022, 1, 1), date(2022, 12, 31)).map(str),
    st.sampled_from(["2022-04-22", "2020-12-01", "2020-11-30", "2199-12-31", "2000-01-01", "2024-02-29"]),
)
INSTANTS = st.builds(
    "{}T{:02}:{:02}:00{}".format, DAYS, st.integers(0, 23), st.integers(0, 59),
    st.sampled_from(["Z", "+09:00", "-23:59", "+23:59", "+00:00"]),
)  # fmt: skip
WORDS = st.text(st.characters(), max_size=12) | st.sampled_from(
    ["drm", "premium", "basic", "a@b.jp", "b.jp", "理由"]
)
NUMBERS = st.integers() | st.integers(0, 10**6) | st.floats()
LEAVES = st.none() | st.booleans() | NUMBERS | WORDS | DAYS | INSTANTS
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | WORDS, inner, max_size=5),
    max_leaves=12,
)
PEOPLE = st.fixed_dictionaries({"name": WORDS}, optional={"email": WORDS | st.just("a@b.jp")})


def plausible(schema: Any) -> st.SearchStrategy[Any]:
    """Values that mostly fit a field of a body."""
    by_name: dict[str, st.SearchStrategy[Any]] = {
        "customer": PEOPLE, "administrator": PEOPLE, "reference": WORDS, "reason": WORDS, "notice": WORDS,
        "item": st.sampled_from(["basic", "premium"]), "kind": st.just("drm"),
        "declarations": st.just(APPLICATION["declarations"]), "delivery": st.just({"https": True}),
        "options": st.lists(st.fixed_dictionaries({"kind": st.just("drm"), "reference": WORDS}), max_size=2),
    }  # fmt: skip
    if schema in by_name:
        return by_name[schema]
    if schema.endswith("_yen"):
        return st.integers(-1, 10**9 + 1)
    return INSTANTS if schema.endswith("_at") or schema == "now" else DAYS


def bodies(names: list[str]) -> st.SearchStrategy[Json]:
    """Bodies of an operation: fields that mostly fit, some left out, now and then something else."""
    fitting = st.fixed_dictionaries({}, optional={name: plausible(name) for name in names})
    spoilt = st.builds(lambda body, name, value: body | {name: value}, fitting, st.sampled_from(NAMES), ANYTHING)
    return st.one_of(fitting, fitting, spoilt)


def fields_of(document: Json, operation: Json) -> list[str]:
    """The names of the fields of an operation's body."""
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    reference = schema.get("$ref") or schema["anyOf"][0]["$ref"]
    return list(document["components"]["schemas"][reference.rpartition("/")[2]]["properties"])


@pytest.fixture(scope="module")
def subjects(standing_desk: Desk) -> list[Json]:
    """A contract and an option in every state, to be worn out by what follows."""
    states = ("applied", "accepted", "billing", "cancel_notified", "terminated", "withdrawn")
    return [made(standing_desk, state) for made in (contract_in, option_in) for state in states]


@FEW
@given(st.data())
def test_nearly_valid_bodies_are_answered_as_documented(
    standing_desk: Desk, document: Json, subjects: list[Json], data: st.DataObject
) -> None:
    """The client's own check refuses an undocumented status; a failure of the service is raised by the client."""
    for method, template, operation in operations(document):
        if method != "post" or "application/json" not in operation.get("requestBody", {}).get("content", {}):
            continue
        kind = "c_" if "{contract_id}" in template else "o_"
        subject = data.draw(st.sampled_from([s["id"] for s in subjects if s["id"].startswith(kind)]))
        path = template.replace("{contract_id}", subject).replace("{option_id}", subject)
        body = data.draw(bodies(fields_of(document, operation)), label=operation["operationId"])
        key = {"Idempotency-Key": data.draw(st.sampled_from("abc"))} if data.draw(st.booleans()) else {}
        send(standing_desk, path, body, headers=key, params={"dry_run": data.draw(st.booleans())})


@FEW
@given(body=ANYTHING)
def test_bodies_of_any_kind_are_answered_as_documented(
    standing_desk: Desk, document: Json, subjects: list[Json], body: Any
) -> None:
    for method, template, _ in operations(document):
        if method == "post":
            subject = subjects[2 if "{contract_id}" in template else 8]["id"]
            path = template.replace("{contract_id}", subject).replace("{option_id}", subject)
            send(standing_desk, path, body, params={"dry_run": True})


def send(desk: Desk, path: str, body: Any, **more: Any) -> None:
    """Sends a body with everything that Python's JSON can write: NaN, Infinity, lone surrogates, any integer."""
    headers = {"content-type": "application/json"} | more.pop("headers", {})
    answer = desk.client.post(path, content=json.dumps(body), headers=headers, **more)
    assert answer.status_code < 500


@FEW
@given(st.data())
def test_queries_of_any_kind_are_answered_as_documented(
    standing_desk: Desk, document: Json, subjects: list[Json], data: st.DataObject
) -> None:
    for method, template, operation in operations(document):
        if method != "get" or template == "/readyz":
            continue
        subject = data.draw(st.sampled_from(subjects))["id"]
        path = template.replace("{contract_id}", subject).replace("{option_id}", subject)
        names = [p["name"] for p in operation.get("parameters", []) if p["in"] == "query"]
        values = WORDS | DAYS | INSTANTS | st.integers(-3, 600).map(str)
        query = data.draw(st.dictionaries(st.sampled_from([*names, "zzz"]), values, max_size=4))
        encodable = {k: v.encode("utf-8", "surrogatepass").decode("utf-8", "replace") for k, v in query.items()}
        assert standing_desk.client.get(path, params=encodable).status_code < 500
