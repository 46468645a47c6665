"""Clients of former versions keep working: what they send is taken, what they read is answered."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.api.desk import Json
from tests.api.document_shape import lost, shape

FORMER = Path(__file__).with_name("former_document.json")  # the shape of the version ec4be05


def test_the_document_keeps_its_shape(document: Json) -> None:
    assert list(lost(orjson.loads(FORMER.read_bytes()), shape(document))) == []


STATE: Json = {"type": "string"}
HARM: dict[str, Json] = {
    "a field is gone": {"properties": {}},
    "a field has another type": {"properties": {"state": {"type": "integer"}}},
    "a field may be null": {"properties": {"state": {"anyOf": [STATE, {"type": "null"}]}}},
    "a field may be missing": {"required": []},
}
NO_HARM: dict[str, Json] = {
    "a description": {"description": "An answer."},
    "an example": {"examples": [{"state": "applied"}]},
    "closedness": {"additionalProperties": False},
    "a named set of values": {"properties": {"state": {"$ref": "#/components/schemas/State"}}},
    "a new field": {"properties": {"state": STATE, "more": STATE}, "required": ["state", "more"]},
}
BODY_HARM: dict[str, Json] = {
    "a field is gone": {"properties": {}},
    "a field must be sent": {"required": ["state"]},
    "fewer values are taken": {"properties": {"state": {"$ref": "#/components/schemas/State"}}},
}
BODY_NO_HARM: dict[str, Json] = {"a field may be sent": {"properties": {"state": STATE, "more": STATE}}}


def answering(**changes: Any) -> Json:
    """A document with one answer."""
    answer = {"type": "object", "properties": {"state": STATE}, "required": ["state"]}
    sets = {"State": {"type": "string", "enum": ["applied"], "title": "State"}}
    return {"paths": {}, "components": {"schemas": {"Answer": answer | changes} | sets}}


def taking(**changes: Any) -> Json:
    """A document with one body."""
    found = answering(**{"required": []} | changes)
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Answer"}}}}
    return found | {"paths": {"/v1/bodies": {"post": {"requestBody": body, "responses": {}}}}}


@pytest.mark.parametrize("change", HARM)
def test_an_answer_that_lacks_something_is_found(change: str) -> None:
    assert list(lost(shape(answering()), shape(answering(**HARM[change]))))


@pytest.mark.parametrize("change", NO_HARM)
def test_an_answer_may_say_more(change: str) -> None:
    assert not list(lost(shape(answering()), shape(answering(**NO_HARM[change]))))


@pytest.mark.parametrize("change", BODY_HARM)
def test_a_body_that_asks_for_more_is_found(change: str) -> None:
    assert list(lost(shape(taking()), shape(taking(**BODY_HARM[change]))))


@pytest.mark.parametrize("change", BODY_NO_HARM)
def test_a_body_may_take_more(change: str) -> None:
    assert not list(lost(shape(taking()), shape(taking(**BODY_NO_HARM[change]))))
