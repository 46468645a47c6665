"""Conventions of every answer: caching, conditional requests, large bodies."""

import socket
from typing import Any

import pytest

from api.request.answers import DEPRECATED
from lifecycle import __version__
from tests.api.desk import BEARER, Desk, Invoke, Json, path_of
from tests.api.processes import WITH_TOKEN, Server
from tests.docs.pages import ROOT


@pytest.mark.parametrize("path", ["/v1/contracts", "/v1/clock", "/v1/terms", "/v1/contracts/x"])
def test_answers_are_kept_by_no_cache_and_taken_for_what_they_are(standing_desk: Desk, path: str) -> None:
    headers = standing_desk.client.get(path).headers
    assert (headers["Cache-Control"], headers["X-Content-Type-Options"]) == ("no-store", "nosniff")


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_the_pages_of_the_api_load_nothing_from_other_hosts(standing_desk: Desk, path: str) -> None:
    policy = standing_desk.client.get(path).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "https:" not in policy


def test_an_unchanged_answer_is_304_for_its_etag(desk: Desk) -> None:
    desk.apply()
    first = desk.client.get("/v1/contracts")
    tag = first.headers["ETag"]
    again = desk.client.get("/v1/contracts", headers={"If-None-Match": f'"other", {tag}'})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    assert desk.client.head("/v1/contracts", headers={"If-None-Match": tag}).status_code == 304
    contract = path_of(desk.apply())
    weakened = "W/" + desk.client.get(contract).headers["ETag"]  # as a proxy that compresses makes it
    assert desk.client.get(contract, headers={"If-None-Match": weakened}).status_code == 304
    changed = desk.client.get("/v1/contracts", headers={"If-None-Match": tag})
    assert (changed.status_code, changed.headers["ETag"] != tag) == (200, True)


@pytest.mark.parametrize("what", ["token", "measure", "outage", "option"])
def test_a_dry_run_of_a_creation_is_answered_200_and_creates_nothing(desk: Desk, what: str) -> None:
    contract = desk.accepted()
    path, body = {
        "token": ("/v1/tokens", {"name": "sato", "roles": ["viewer"], "expires_on": "2099-03-31"}),
        "measure": (f"/v1/contracts/{contract['id']}/measures", {
            "kind": "suspension", "ground": "maintenance", "notified": True,
            "starts_at": "2022-05-11T00:00:00+09:00", "ends_at": "2022-05-12T00:00:00+09:00",
        }),
        "outage": ("/v1/outages", {"known_at": "2022-04-22T01:00:00+09:00", "source": "x", "contracts": "all"}),
        "option": (f"/v1/contracts/{contract['id']}/options", {"kind": "drm", "reference": "D"}),
    }[what]  # fmt: skip
    rehearsed = desk.client.post(path, json=body, params={"dry_run": True})
    assert (rehearsed.status_code, "Location" in rehearsed.headers) == (200, False)
    assert desk.client.post(path, json=body).status_code == 201


def test_the_version_is_in_the_command_line_the_document_and_the_metrics(
    standing_desk: Desk, invoke: Invoke
) -> None:
    assert __version__ in invoke("--version")
    assert standing_desk.get("/openapi.json")["info"]["version"] == __version__
    assert f'version="{__version__}"' in standing_desk.client.get("/metrics").text


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory, document: Any, sqlite_template: Any) -> Any:
    """A real server, for tests of real sockets."""
    folder = tmp_path_factory.mktemp("serving")
    words = ("serve", "--sandbox", "--now", "2022-04-01T09:00:00+09:00")
    with Server(folder / "log", document, f"sqlite:///{folder / 'x.db'}", *words, **WITH_TOKEN) as server:
        yield server


@pytest.mark.parametrize("announced", [True, False])
def test_an_ordinary_client_reads_why_its_body_is_too_large(serving: Any, announced: bool) -> None:
    body = b" " * 3_000_000
    head = f"POST /v1/contracts HTTP/1.1\r\nHost: x\r\nAuthorization: {BEARER['Authorization']}\r\n"
    head += "Content-Type: application/json\r\nConnection: close\r\n"
    if announced:
        sent = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    else:
        sent = f"{head}Transfer-Encoding: chunked\r\n\r\n{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
    with socket.create_connection(("127.0.0.1", serving.port), timeout=30) as line:
        line.sendall(sent)  # all of it, before it reads: no broken pipe
        said = b""
        while more := line.recv(65536):
            said += more
    assert said.startswith(b"HTTP/1.1 413 ") and b"/problems/too-large" in said


def test_every_list_accepts_limit_and_cursor(document: Any) -> None:
    for path, item in document["paths"].items():
        schema = str(item.get("get", {}).get("responses", {}).get("200", {}))
        name = schema.partition("#/components/schemas/")[2].partition("'")[0]
        fields = document["components"]["schemas"].get(name, {}).get("properties", {})
        if {"items", "next"} <= set(fields):
            names = {one["name"] for one in item["get"]["parameters"]}
            assert {"limit", "cursor"} <= names, path


def test_short_lists_are_returned_in_pages_or_whole(desk: Desk) -> None:
    contract = desk.accepted()
    desk.move_to("2022-07-01")
    path = f"/v1/contracts/{contract['id']}/charges"
    whole = desk.get(path)
    assert len(whole["items"]) > 2 and whole["next"] is None
    found, cursor = [], None
    while True:
        page = desk.get(path, limit=2, **({"cursor": cursor} if cursor else {}))
        found += page["items"]
        if (cursor := page["next"]) is None:
            break
    assert found == whole["items"]


def test_a_deprecated_parameter_is_answered_with_deprecation_and_sunset(desk: Desk, document: Json) -> None:
    names = ("Deprecation", "Sunset", "Link")
    new = desk.client.get("/v1/audit/transitions", params={"cursor": 0}).headers
    old = desk.client.get("/v1/audit/transitions", params={"after": 0}).headers
    assert [new.get(name) for name in names] == [None] * 3
    assert old["Deprecation"] == "@1796083200" and old["Sunset"] == "Wed, 01 Dec 2027 00:00:00 GMT"
    listed = {(one.parameter, route) for one in DEPRECATED for route in one.routes}
    assert listed == {
        (parameter["name"], path)
        for path, item in document["paths"].items()
        for operation in item.values()
        for parameter in operation.get("parameters", ())
        if parameter.get("deprecated")
    }
    page = (ROOT / "docs" / "reference" / "versions.md").read_text("utf-8")
    for one in DEPRECATED:
        said = f"| `{one.parameter}` | `{one.instead}` | {one.since} | {one.until} |"
        assert said in page and all(f"`{route}`" in page for route in one.routes)


def test_after_is_another_name_of_cursor_in_the_feed(desk: Desk) -> None:
    for _ in range(3):
        desk.apply()
    first = desk.get("/v1/audit/transitions", limit=1)
    by_cursor = desk.get("/v1/audit/transitions", cursor=first["next"])
    assert by_cursor == desk.get("/v1/audit/transitions", after=first["next"]) and len(by_cursor["items"]) == 2
    both = desk.get("/v1/audit/transitions", 422, cursor=1, after=1)
    assert both["errors"] == [{"pointer": "/query/after", "detail": "is another name of cursor: give one of them"}]
