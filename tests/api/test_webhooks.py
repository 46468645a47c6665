"""/v1/webhooks and `lifecycle webhooks`: added by an administrator, maintained by operators, on record."""

from pathlib import Path

import pytest

from lifecycle.webhooks.addresses import networks_of, same_address
from tests.api.desk import START, Desk, Invoke, Json
from tests.api.processes import WITH_TOKEN, Server
from tests.api.running_scenes import REASON, new_webhook, not_taken
from tests.api.test_roles import bearer
from tests.scheduler.receiver import receiving

URL = "https://receiver.example.com/hooks"


def notes(desk: Desk) -> list[tuple[str, str, str]]:
    """What is on record of the running of the service, oldest first."""
    rows = desk.get("/v1/scheduler")["logbook"]
    return [(row["event"], row["actor"], row["reason"]) for row in reversed(rows)]


def test_a_receiver_is_shown_its_secret_once(desk: Desk) -> None:
    desk.accepted()
    desk.feed()
    made = new_webhook(desk, types=["option.accept", "contract.accept"])
    assert made["secret"].startswith("whsec_") and made["told_up_to"] == 1
    assert (made["state"], made["types"], made["waiting"]) == ("active", ["contract.accept", "option.accept"], 0)
    assert (made["created_by"], made["created_at"]) == ("admin", "2022-04-22T09:00:00+09:00")
    listed = desk.get("/v1/webhooks")["items"]
    assert listed == [{name: value for name, value in made.items() if name != "secret"}]
    turned = desk.post(f"/v1/webhooks/{made['id']}/rotate", REASON)
    assert turned["secret"] != made["secret"]
    assert turned["both_secrets_until_at"] > "2026-01-01"  # in real time: the clock of a sandbox is stopped
    gone = desk.post(f"/v1/webhooks/{made['id']}/remove", REASON)
    assert gone["id"] == made["id"] and desk.get("/v1/webhooks")["items"] == []
    assert notes(desk) == [
        ("webhook_add", "admin", URL), ("webhook_rotate", "admin", "looked into"),
        ("webhook_remove", "admin", "looked into"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "pointer", "detail"),
    [
        ({"url": "http://receiver.example.com/"}, "/url", "is without TLS, and no network is allowed that"),
        ({"url": "https://10.0.0.1/"}, "/url", "is at 10.0.0.1, which is not a public address"),
        ({"url": "https://user:pw@example.com/"}, "/url", "holds a password or a fragment"),
        ({"url": "receiver"}, "/url", "is not an address https://…"),
        ({"types": ["contract.explode"]}, "/types/0", "is not a type of message"),
        ({"types": [None]}, "/types/0", "is not a type of message"),
        ({"types": [["x"]]}, "/types/0", "is not a type of message"),
        ({"types": []}, "/types", "has fewer than 1 items"),
        ({"after": 1}, "/after", "lies beyond the end of the log"),
        ({"after": -2}, "/after", "is less than -1"),
    ],
)
def test_a_wrong_webhook_is_refused_with_its_pointer(
    standing_desk: Desk, body: Json, pointer: str, detail: str
) -> None:
    answer = standing_desk.post("/v1/webhooks", {"url": URL} | body, 422)
    assert answer["errors"] == [{"pointer": pointer, "detail": detail}]
    assert standing_desk.counts()["webhook"] == 0


def test_a_dry_run_adds_none_and_no_key_keeps_a_secret(desk: Desk) -> None:
    before = desk.counts()
    assert desk.post("/v1/webhooks", {"url": URL}, dry_run=True)["secret"]
    assert desk.counts() == before
    made = new_webhook(desk)
    for path, body in (("", {"url": URL}), (f"/{made['id']}/rotate", REASON)):
        refused = desk.post(f"/v1/webhooks{path}", body, 422, headers={"Idempotency-Key": "k"})
        assert refused["errors"][0]["pointer"] == "/header/Idempotency-Key"


def test_an_allowed_network_is_taken(desk: Desk) -> None:
    desk.context.networks = networks_of("10.0.0.0/8")
    assert new_webhook(desk, url="http://10.0.0.1:8080/hooks")["url"] == "http://10.0.0.1:8080/hooks"
    desk.post("/v1/webhooks", {"url": "http://127.0.0.1/"}, 422)


def test_an_operator_sees_what_failed_and_sends_it_again(desk: Desk) -> None:
    path, body = not_taken(desk)
    who, place = bearer(desk, "operator", name="sato"), path.removesuffix("/resend")
    failed = desk.get(f"{place}/undelivered")["items"]
    assert [(one["index"], one["state"], one["tries"], one["reason"]) for one in failed] == [
        (7, "failed", 10, "answered 500")
    ]
    assert desk.get("/v1/webhooks")["items"][0]["failed"] == 1
    assert 'lifecycle_webhook_messages{state="failed"} 1.0' in desk.client.get("/metrics").text
    desk.post(f"{place}/resend", {"index": 8}, 404, headers=who)
    assert desk.post(path, body, headers=who) == {"resent": 1}
    assert desk.post(path, {"index": None}, headers=who) == {"resent": 0}
    again = desk.get(f"{place}/undelivered", after=6)["items"][0]
    assert (again["state"], again["tries"]) == ("waiting", 0)
    assert notes(desk)[-1] == ("webhook_resend", "sato", "message 7")
    desk.post("/v1/webhooks", {"url": URL}, 403, headers=who)
    desk.post(f"{place}/remove", REASON, 403, headers=who)


def test_the_command_line_does_the_same(desk: Desk, invoke: Invoke) -> None:
    given = ("--database-url", desk.engine.url.render_as_string(hide_password=False))
    made, secret = invoke("webhooks", "add", "--url", URL, "--type", "contract.accept", *given).split()
    assert secret.startswith("whsec_")
    assert "contract.accept" in invoke("webhooks", "list", *given)
    assert invoke("webhooks", "rotate", made, "--reason", "seen", *given).startswith("whsec_")
    assert "0 sent again" in invoke("webhooks", "resend", made, *given)
    assert "index" in invoke("webhooks", "failed", made, *given)
    assert "on record" in invoke("webhooks", "remove", made, "--reason", "left", "--by", "sato", *given)
    assert notes(desk)[-1] == ("webhook_remove", "sato", "left")
    for words in (["failed", made], ["resend", made], ["remove", made, "--reason", "left"]):
        assert made in invoke("webhooks", *words, *given, status=1)


@pytest.mark.parametrize(
    "words",
    [["--url", "https://127.0.0.1/"], ["--url", URL, "--type", "x"], ["--url", URL, "--webhook-networks", "x"],
     ["--url", URL, "--after", "9"]],
)  # fmt: skip
def test_the_command_line_refuses_what_cannot_do(sqlite_url: str, invoke: Invoke, words: list[str]) -> None:
    invoke("webhooks", "add", *words, "--database-url", sqlite_url, status=2)
    allowed = ("--webhook-networks", "127.0.0.0/8")
    invoke("webhooks", "add", "--url", "http://127.0.0.1/", *allowed, "--database-url", sqlite_url)


def test_an_address_can_be_registered_only_once_in_any_spelling(desk: Desk) -> None:
    url = "https://receiver.example.com/hooks"
    desk.post("/v1/webhooks", {"url": url}, 201)
    for same in (url, "https://RECEIVER.example.com:443/hooks"):
        assert desk.post("/v1/webhooks", {"url": same}, 409)["title"] == "The address is taken"
    desk.post("/v1/webhooks", {"url": f"{url}?second"}, 201)
    assert same_address("https://a.example", "https://a.example/")


def test_a_sandbox_sends_webhooks_while_its_time_moves(tmp_path: Path, document: dict[str, object]) -> None:
    with receiving() as receiver:
        settings = WITH_TOKEN | {"LIFECYCLE_WEBHOOK_NETWORKS": "127.0.0.0/8"}
        url = f"sqlite:///{tmp_path / 'sandbox.db'}"
        words = ("serve", "--sandbox", "--now", START)
        with Server(tmp_path / "log", document, url, *words, **settings) as server:
            desk = server.desk()
            desk.post("/v1/webhooks", {"url": receiver.url}, 201)
            desk.accept(desk.apply(), billing_starts_on="2022-05-01")
            desk.move_to("2022-05-02")
            assert receiver.has(3)
    events = [got.said["data"]["event"] for got in receiver.got]
    assert events[:3] == ["apply", "accept", "start_billing"]
    assert receiver.got[2].said["data"]["effective_at"] == "2022-05-01T00:00:00+09:00"
    assert all(got.headers["x-lifecycle-sandbox"] == "true" for got in receiver.got)
