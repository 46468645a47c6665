"""Clients of former versions keep working: the document changes in words, examples, named sets and openness."""

from pathlib import Path

import orjson
import pytest

from tests.api.desk import Json
from tests.api.document_shape import differences, shape

FORMER = Path(__file__).with_name("former_document.json")  # of the version before the views
# What later versions take or answer besides, as differences() says it.
ADDED = set(Path(__file__).with_name("added_to_document.txt").read_text("utf-8").splitlines())


def test_the_document_keeps_its_shape(document: Json) -> None:
    former = orjson.loads(FORMER.read_bytes())
    assert set(differences(former, shape(document))) == ADDED


ANSWER = {"type": "object", "properties": {"state": {"type": "string"}}, "required": ["state"]}
CHANGES = {
    "a field is gone": {"properties": {}},
    "a field is new": {"properties": {"state": {"type": "string"}, "more": {"type": "string"}}},
    "a field has another type": {"properties": {"state": {"type": "integer"}}},
    "a field may be missing": {"required": []},
}
WORDS = {
    "a description": {"description": "An answer."},
    "an example": {"examples": [{"state": "applied"}]},
    "openness": {"additionalProperties": False},
    "a set of values": {"properties": {"state": {"$ref": "#/components/schemas/State"}}},
}


def document_of(answer: Json) -> Json:
    """A document with one answer."""
    sets = {"State": {"type": "string", "enum": ["applied"], "title": "State"}}
    return {"paths": {}, "components": {"schemas": {"Answer": ANSWER | answer} | sets}}


@pytest.mark.parametrize("change", CHANGES)
def test_another_shape_is_found(change: str) -> None:
    assert list(differences(shape(document_of({})), shape(document_of(CHANGES[change]))))


@pytest.mark.parametrize("change", WORDS)
def test_words_are_no_shape(change: str) -> None:
    assert not list(differences(shape(document_of({})), shape(document_of(WORDS[change]))))
