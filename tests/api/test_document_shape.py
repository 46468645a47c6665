"""Clients of earlier versions keep working: requests are accepted, answers have their fields."""

import gzip
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.api.desk import Json
from tests.api.document_shape import Comparison

FORMER = Path(__file__).with_name("openapi-ec4be05.json.gz")  # the document of that version, without its words


def test_clients_of_the_former_document_are_still_served(document: Json) -> None:
    former = orjson.loads(gzip.decompress(FORMER.read_bytes()))
    assert list(Comparison(former, document).lost()) == []


STATE: Json = {"type": "string"}
NULL: Json = {"type": "null"}
SET: Json = {"$ref": "#/components/schemas/State"}


def document_of(*, sent: bool, **changes: Any) -> Json:
    """A document with one operation that accepts or returns an object."""
    shape = {"type": "object", "properties": {"state": STATE}, "required": [] if sent else ["state"]} | changes
    holder = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Shape"}}}}
    operation = {"requestBody": holder, "responses": {}} if sent else {"responses": {"200": holder}}
    sets = {"State": {"type": "string", "enum": ["applied"]}}
    return {"paths": {"/v1/shapes": {"post": operation}}, "components": {"schemas": {"Shape": shape} | sets}}


ANSWERED: list[tuple[str, Json, bool]] = [
    ("a field is gone", {"properties": {}}, True),
    ("a field has another type", {"properties": {"state": {"type": "integer"}}}, True),
    ("a field may be null", {"properties": {"state": {"anyOf": [STATE, NULL]}}}, True),
    ("a field may be missing", {"required": []}, True),
    ("a description", {"description": "An answer."}, False),
    ("an example", {"examples": [{"state": "applied"}]}, False),
    ("closedness", {"additionalProperties": False}, False),
    ("a named set of values", {"properties": {"state": SET}}, False),
    ("a new field", {"properties": {"state": STATE, "more": STATE}, "required": ["state", "more"]}, False),
]
SENT: list[tuple[str, Json, bool]] = [
    ("a field is gone", {"properties": {}}, True),
    ("a field must be sent", {"required": ["state"]}, True),
    ("fewer values are taken", {"properties": {"state": SET}}, True),
    ("less text is taken", {"properties": {"state": STATE | {"maxLength": 10}}}, True),
    ("a field may be sent", {"properties": {"state": STATE, "more": STATE}}, False),
    ("null may be sent", {"properties": {"state": {"anyOf": [STATE, NULL]}}}, False),
]


@pytest.mark.parametrize(("change", "harms"), [(c, h) for _, c, h in ANSWERED], ids=[n for n, *_ in ANSWERED])
def test_an_answer_can_gain_fields_but_not_lose_them(change: Json, harms: bool) -> None:
    lost = Comparison(document_of(sent=False), document_of(sent=False, **change)).lost()
    assert bool(list(lost)) == harms


@pytest.mark.parametrize(("change", "harms"), [(c, h) for _, c, h in SENT], ids=[n for n, *_ in SENT])
def test_a_body_can_accept_more_but_not_require_more(change: Json, harms: bool) -> None:
    lost = Comparison(document_of(sent=True), document_of(sent=True, **change)).lost()
    assert bool(list(lost)) == harms
