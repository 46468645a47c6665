"""The OpenAPI document for client developers: descriptions, named enums, headers, webhooks."""

import re
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from pydantic import TypeAdapter

from api.document.complete import RATE
from api.schemas.outputs.common import PROBLEM_KINDS
from lifecycle.audit.log import move_all_pending, read_log
from lifecycle.queries.views.webhooks import WebhookMessage
from lifecycle.records.engine import reading
from lifecycle.webhooks.deliveries import message_of
from tests.api.answers import operations
from tests.api.desk import Desk, Json

REFERS = re.compile(r"#/components/schemas/")


def test_every_field_has_a_meaning_and_an_example(document: Json) -> None:
    for name, schema in document["components"]["schemas"].items():
        for field, described in schema.get("properties", {}).items():
            assert len(described.get("description", "")) > 3, (name, field)
            assert "examples" in str(described) or REFERS.search(str(described)), (name, field)


def test_every_parameter_has_a_meaning_and_an_example(document: Json) -> None:
    for _, path, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            assert len(parameter["description"]) > 3, (path, parameter["name"])
            assert "example" in parameter, (path, parameter["name"])


def test_every_header_of_an_answer_has_a_meaning_and_an_example(document: Json) -> None:
    headers = document["components"]["headers"]
    assert {"ETag", "Location", "Retry-After", "Idempotency-Replayed", *RATE} <= set(headers)
    assert all(header["description"] and "example" in header for header in headers.values())
    used = {name for *_, one in operations(document) for a in one["responses"].values() for name in a["headers"]}
    assert used == set(headers)


def test_a_creation_documents_location_and_etag_and_a_refusal_retry_after(document: Json) -> None:
    answers = document["paths"]["/v1/contracts"]["post"]["responses"]
    assert {"Location", "ETag", "Idempotency-Replayed"} <= set(answers["201"]["headers"])
    assert "Retry-After" in answers["429"]["headers"] and "Retry-After" in answers["503"]["headers"]


def inner(value: Any) -> Iterator[Json]:
    """Every object inside a value."""
    if isinstance(value, dict):
        yield value
        for one in value.values():
            yield from inner(one)
    elif isinstance(value, list):
        for one in value:
            yield from inner(one)


def test_every_closed_set_is_a_named_schema(document: Json) -> None:
    schemas = document["components"]["schemas"]
    fields = [one for schema in schemas.values() for one in inner(schema.get("properties", {}))]
    parameters = [one for *_, o in operations(document) for one in inner(o.get("parameters", []))]
    assert [one for one in fields + parameters if "enum" in one or "const" in one] == []
    sets = [schema for schema in schemas.values() if "enum" in schema]
    assert len(sets) > 45 and all(schema["description"] for schema in sets)


def test_no_schema_is_null_alone_and_no_name_needs_to_be_changed_by_a_generator(document: Json) -> None:
    for schema in inner(document["components"]["schemas"]):
        assert schema.get("type") != "null" or len(schema) == 1, schema
    assert all(re.fullmatch(r"[A-Z]\w+", name) for name in document["components"]["schemas"])


def test_every_tag_is_described(document: Json) -> None:
    used = {tag for *_, operation in operations(document) for tag in operation["tags"]} | {"messages"}
    assert {tag["name"] for tag in document["tags"]} == used
    assert all(tag["description"] for tag in document["tags"])


def test_webhook_messages_match_their_schema_in_the_document(desk: Desk, document: Json) -> None:
    desk.apply_for_option(desk.accepted())
    desk.move_to("2022-06-01")
    move_all_pending(desk.engine)
    with reading(desk.engine) as conn:
        sent = [message_of(row).body for row in read_log(conn, -1, 100)]
    assert len(sent) > 3
    listed = document["webhooks"]["message"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert listed == {"$ref": "#/components/schemas/WebhookMessage"}
    for body in sent:
        TypeAdapter(WebhookMessage).validate_python(orjson.loads(body), extra="forbid")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_type_of_every_problem_is_the_address_of_its_page(standing_desk: Desk, language: str) -> None:
    client = standing_desk.client
    titles = set()
    for kind in PROBLEM_KINDS:
        answer = client.get(f"/problems/{kind}", headers={"Cookie": f"language={language}", "Authorization": ""})
        assert answer.status_code == 200 and f'<html lang="{language}">' in answer.text
        titles.add(re.findall(r"<h1>(.*?)</h1>", answer.text)[0])
    assert len(titles) > 40
    refused = standing_desk.get("/v1/contracts/c_00000000000000000000000000", 404)
    assert client.get(refused["type"]).status_code == 200
    assert all(f"/problems/{kind}" in client.get("/problems").text for kind in PROBLEM_KINDS)
