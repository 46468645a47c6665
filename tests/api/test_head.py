"""HEAD answers wherever GET does, with the same head and no body (RFC 9110, 9.3.2)."""

import pytest

from tests.api.answers import operations
from tests.api.desk import Desk, Json

PLAIN = ("/healthz", "/readyz", "/metrics", "/sign-in", "/static/pages.css", "/nothing/here", "/openapi.json")


@pytest.mark.parametrize("path", PLAIN)
def test_a_page_a_file_and_what_is_not_there(standing_desk: Desk, path: str) -> None:
    got, asked = standing_desk.client.get(path), standing_desk.client.head(path)
    assert (asked.status_code, asked.content) == (got.status_code, b"")
    assert asked.headers.get("content-type") == got.headers.get("content-type")


def test_every_reading_operation(standing_desk: Desk, document: Json) -> None:
    contract = standing_desk.accepted()
    for method, template, _ in operations(document):
        if method == "get":
            path = template.replace("{contract_id}", contract["id"])
            got, asked = standing_desk.client.get(path), standing_desk.client.head(path)
            assert (path, asked.status_code, asked.content) == (path, got.status_code, b"")


def test_head_is_refused_on_routes_that_only_write(standing_desk: Desk) -> None:
    contract = standing_desk.accepted()
    assert standing_desk.client.head(f"/v1/contracts/{contract['id']}/accept").status_code == 405
