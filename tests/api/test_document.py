"""The OpenAPI document: complete and readable, with valid examples, and usable without a network."""

import re
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from api.problems import TITLES
from api.schemas.outputs.common import PROBLEM_KINDS, PROBLEMS
from lifecycle.errors import DomainError
from lifecycle.machines.body import Input
from lifecycle.sheets.writing import CSV, XLSX
from tests.api.answers import FILE, PROBLEM, adapter_of, family, hold, operations, view_of
from tests.api.desk import Desk, Json, path_of
from tests.api.part_scenes import SCENES as PART_SCENES
from tests.api.running_scenes import SCENES as RUNNING
from tests.api.running_scenes import new_webhook
from tests.api.situations import contract_in, option_in
from tests.api.terms_scenes import SCENES as TERMS
from tests.docs.pages import ROOT

REF = r"#/components/schemas/([\w-]+)"
NO_TOKEN = {"/healthz", "/readyz"}
TAKES_FILES = {"imports-import_rows", "contracts-attach"}  # tried in tests/imports and test_attachments.py


def test_the_document_is_openapi_3_1_with_a_title_and_a_version(document: Json) -> None:
    assert document["openapi"].startswith("3.1.")
    assert all(document["info"][name] for name in ("title", "version", "description"))


def test_every_operation_has_a_unique_and_readable_id(document: Json) -> None:
    ids = [operation["operationId"] for *_, operation in operations(document)]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z_]+-[a-z_]+", name) for name in ids)
    assert {"contracts-notify_cancellation", "contracts-latest_arrival", "options-accept"} <= set(ids)


def test_every_operation_has_a_summary_a_description_and_a_tag(document: Json) -> None:
    for _, path, operation in operations(document):
        assert operation["summary"], path
        assert operation["description"].strip(), path
        assert [operation["operationId"].partition("-")[0]] == operation["tags"]


def test_every_operation_but_health_documents_that_it_needs_a_token(document: Json) -> None:
    for _, path, operation in operations(document):
        assert bool(operation["security"]) == ("401" in operation["responses"]) == (path not in NO_TOKEN)


ALSO_FILES = ("/v1/statements/{month}",)


def test_every_answer_has_a_schema_and_every_error_is_a_problem(document: Json) -> None:
    for _, path, operation in operations(document):
        for status, answer in operation["responses"].items():
            if status == "304":
                assert answer["description"] and "content" not in answer
                continue
            if answer.get("content") and all(c["schema"] == FILE for c in answer["content"].values()):
                assert operation["tags"] == ["files"] and status == "200"
                continue
            media = (
                [PROBLEM] if int(status) >= 400 and (path, status) != ("/readyz", "503") else ["application/json"]
            )
            more = [CSV, XLSX] if path in ALSO_FILES and status == "200" else []
            assert list(answer["content"]) == media + more, (path, status)
            assert answer["description"]
            assert "$ref" in answer["content"][media[0]]["schema"]


def test_every_schema_is_the_one_that_answers_are_held_against(document: Json) -> None:
    schemas = document["components"]["schemas"]
    assert not {"HTTPValidationError", "ValidationError"} & set(schemas)
    listed = re.findall(r"#/components/schemas/([\w-]+)", str(document))
    assert set(listed) == set(schemas)
    for _, _, operation in operations(document):
        for answer in operation["responses"].values():
            for content in answer.get("content", {}).values():
                if content["schema"] == FILE:
                    continue
                name = content["schema"]["$ref"].rpartition("/")[2]
                assert set(schemas[name]["properties"]) == set(view_of(name).__annotations__)


def answers_of(document: Json) -> dict[str, Json]:
    """The schemas of answers and webhooks, with all schemas that they refer to."""
    schemas: dict[str, Json] = document["components"]["schemas"]
    found: dict[str, Json] = {}
    open_ = set(
        re.findall(
            REF, str([*(operation["responses"] for *_, operation in operations(document)), document["webhooks"]])
        )
    )
    while open_:
        name = open_.pop()
        found[name] = schemas[name]
        open_ |= set(re.findall(REF, str(schemas[name]))) - set(found)
    return found


def test_answers_allow_new_fields_and_request_bodies_do_not(document: Json) -> None:
    answers = answers_of(document)
    for name, schema in document["components"]["schemas"].items():
        if schema["type"] == "object":
            assert schema.get("additionalProperties") is (None if name in answers else False), name


def test_a_field_that_no_view_lists_is_found() -> None:
    answered = {"items": [{"name": "tanaka", "sessions": 1, "until_at": "2022-04-22T09:00:00+09:00", "more": 1}]}
    operation = {"responses": {"200": {"content": {"application/json": {"schema": {"$ref": "/SignedInList"}}}}}}
    with pytest.raises(ValidationError, match=r"items\.0\.more"):
        hold(operation, 200, "application/json", orjson.dumps(answered | {"next": None}), "GET /v1/sessions")


def test_every_field_of_an_answer_has_a_meaning_and_an_example(document: Json) -> None:
    for name, schema in answers_of(document).items():
        for field, described in schema.get("properties", {}).items():
            assert len(described.get("description", "")) > 3, (name, field)
            assert "examples" in str(described) or re.search(REF, str(described)), (name, field)


UNITS = {"_yen": "yen", "_s": "econds", "_days": "days", "days": "days", "_hours": "hours", "_gb": "GB",
         "_months": "months", "_bytes": "bytes"}  # fmt: skip


def test_every_number_with_a_unit_documents_the_unit(document: Json) -> None:
    for name, schema in answers_of(document).items():
        for field, described in schema.get("properties", {}).items():
            for end, unit in UNITS.items():
                if field.endswith(end) and '"type": "object"' not in str(described):
                    meaning = described["description"] + schema["description"]
                    assert unit in meaning.replace("Days", "days"), (name, field)


def test_every_closed_set_of_an_answer_has_a_name_and_a_meaning(document: Json) -> None:
    for name, schema in answers_of(document).items():
        if "enum" in schema or "const" in schema:
            assert schema["title"] == name
            assert schema["description"]
        sets = re.findall(r"'(?:enum|const)': [^}]*", str(schema.get("properties", "")))
        assert set(sets) <= {"'const': 'all'"}, name


def test_no_two_schemas_have_one_title(document: Json) -> None:
    titles = [schema["title"] for schema in document["components"]["schemas"].values()]
    assert len(titles) == len(set(titles))


def subclasses(cls: type[DomainError]) -> Iterator[type[DomainError]]:
    """The classes of errors in all loaded modules; the application loads all modules."""
    for child in cls.__subclasses__():
        if child.__module__.startswith(("api.", "lifecycle.")):
            yield child
            yield from subclasses(child)


def test_every_problem_is_of_a_listed_type() -> None:
    """Read off the source: the kinds of errors' classes and of other problems, and those named after a status."""
    sources = [
        path.read_text("utf-8") for folder in ("api", "lifecycle") for path in (ROOT / folder).rglob("*.py")
    ]
    named = {kind for source in sources for kind in re.findall(r"\b[345]\d\d,\s*\"([a-z-]+)\",\s*[\"f]", source)}
    named |= {cls.kind for cls in subclasses(DomainError)}
    named |= {title.lower().replace(" ", "-") for title in TITLES.values()}
    assert named | {"error", "malformed"} == set(PROBLEM_KINDS)


def test_every_json_body_has_examples(document: Json) -> None:
    schemas = document["components"]["schemas"]
    for _, path, operation in operations(document):
        if "requestBody" in operation and operation["operationId"] not in TAKES_FILES:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            reference = (schema.get("$ref") or schema["anyOf"][0]["$ref"]).rpartition("/")[2]
            assert schemas[reference]["examples"], (path, reference)


BODIES = {model.__name__: model for model in family(Input)}
SENT = {m.__name__: vars(m)["examples"] for m in family(Input) if "examples" in vars(m)}
CASES = [
    (name, example) for name, examples in {"ProblemDetails": PROBLEMS, **SENT}.items() for example in examples
]


@pytest.mark.parametrize(("name", "example"), CASES, ids=[name for name, _ in CASES])
def test_every_example_is_valid_for_its_model(name: str, example: Json) -> None:
    if name in BODIES:
        BODIES[name].model_validate_json(orjson.dumps(example), strict=True)
    else:
        adapter_of(name).validate_json(orjson.dumps(example), strict=True, extra="forbid")


def agreed(desk: Desk, *, option: bool = False) -> Json:
    """A contract, or an option of one, that was accepted on 15 April and starts in June."""
    made = (option_in if option else contract_in)(desk, "applied")
    return desk.accept(made, accepted_on="2022-04-15", billing_starts_on="2022-06-01")


# operation → how the thing is made on which its example is tried
TRIED: dict[str, Any] = {
    "contracts-apply": lambda desk: "/v1/contracts",
    "contracts-accept": lambda desk: f"{path_of(desk.apply())}/accept",
    "contracts-reject": lambda desk: f"{path_of(contract_in(desk, 'applied'))}/reject",
    "contracts-withdraw": lambda desk: f"{path_of(contract_in(desk, 'applied'))}/withdraw",
    "contracts-reschedule_billing": lambda desk: f"{path_of(agreed(desk))}/reschedule_billing",
    "contracts-notify_cancellation": lambda desk: f"{path_of(desk.accepted())}/notify_cancellation",
    "contracts-revoke_cancellation": lambda desk: (
        f"{path_of(contract_in(desk, 'cancel_notified'))}/revoke_cancellation"
    ),
    "options-apply": lambda desk: f"{path_of(desk.accepted())}/options",
    "options-accept": lambda desk: f"{path_of(option_in(desk, 'applied'))}/accept",
    "options-reject": lambda desk: f"{path_of(option_in(desk, 'applied'))}/reject",
    "options-withdraw": lambda desk: f"{path_of(option_in(desk, 'applied'))}/withdraw",
    "options-reschedule_billing": lambda desk: f"{path_of(agreed(desk, option=True))}/reschedule_billing",
    "options-notify_cancellation": lambda desk: f"{path_of(option_in(desk, 'billing'))}/notify_cancellation",
    "options-revoke_cancellation": lambda desk: (
        f"{path_of(option_in(desk, 'cancel_notified'))}/revoke_cancellation"
    ),
    "clock-move_clock": lambda desk: "/v1/clock",
    **{name: lambda desk, scene=scene: scene(desk)[0] for name, scene in TERMS.items()},
    "webhooks-add": lambda desk: "/v1/webhooks",
    "webhooks-rotate": lambda desk: f"/v1/webhooks/{new_webhook(desk)['id']}/rotate",
    "tokens-create": lambda desk: "/v1/tokens",
    "tokens-revoke": lambda desk: f"/v1/tokens/{token_of(desk, 'tanaka')}/revoke",
}


def token_of(desk: Desk, name: str) -> str:
    """The name of a token just made."""
    desk.post("/v1/tokens", {"name": name, "roles": ["viewer"], "expires_on": None}, 201)
    return name


def test_every_operation_with_a_body_is_tried_with_its_examples(document: Json) -> None:
    others = {"approvals-approve", "approvals-decline"}  # tried in test_four_eyes: a proposal comes first
    listed = {o["operationId"] for *_, o in operations(document) if "requestBody" in o}
    assert listed == {*TRIED, *PART_SCENES, *RUNNING, *others, *TAKES_FILES, "money-settle_refund"} - {
        "webhooks-send_test",
        "mail-resend",
    }


@pytest.mark.parametrize("name", TRIED)
def test_the_service_accepts_its_own_examples(desk: Desk, document: Json, name: str) -> None:
    method, _, operation = next(found for found in operations(document) if found[2]["operationId"] == name)
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    model = (schema.get("$ref") or schema["anyOf"][0]["$ref"]).rpartition("/")[2]
    path = TRIED[name](desk)
    if "2022-06-10" in str(SENT[model]):
        desk.move_to("2022-06-11")
    for example in SENT[model]:
        answer = desk.client.request(method, path, json=example)
        assert answer.status_code in (200, 201), answer.text


@pytest.mark.parametrize("page", ["/docs", "/redoc"])
def test_the_pages_of_the_document_load_nothing_from_other_hosts(standing_desk: Desk, page: str) -> None:
    html = standing_desk.client.get(page).text
    fetched = re.findall(r"""(?:src|href)=["']([^"']+)""", html) + re.findall(r"url\(([^)]+)\)", html)
    assert fetched
    assert not [address for address in fetched if re.match(r"(?:https?:)?//", address)]
    assert not re.findall(r"https?://(?!testserver)", html)
    for address in fetched:
        assert standing_desk.client.get(address).status_code == 200, address
