"""A token limited to one service neither shows nor changes contracts of another."""

from collections.abc import Iterator
from datetime import datetime

import httpx2
import pytest

from api.access.limits import OtherService, service_asked
from api.access.roles import Principal, operation_of
from api.request.query import parameters_of
from lifecycle.audit.keys import SigningKey
from lifecycle.audit.seal import Seals, seal
from lifecycle.errors import Malformed
from lifecycle.people.reads import Read, write_reads
from lifecycle.people.tokens import ROLES, is_grant, split_grants
from lifecycle.records.engine import writing
from lifecycle.webhooks.deliveries import claim_turn
from tests.api.both_services import ARCHIVE, of_both_services
from tests.api.desk import ADDRESS, Desk, InContext, Json, OpenDesk, application, path_of
from tests.api.inprocess import InProcess

MEDIA, OTHER = "media_sphere", "cloud_archive"
NOW = datetime.fromisoformat("2022-06-03T09:00:00+09:00")
UNTIL = "2022-08-01T00:00:00+09:00"
ASKED = {"until": UNTIL, "actor": "admin", "reading": "R8", "old": 1, "known_at": UNTIL, "item": "basic",
         "billing_starts_on": "2022-05-01"}  # fmt: skip


@pytest.fixture
def desk(open_desk: OpenDesk) -> Iterator[Desk]:
    with of_both_services(open_desk()) as one:
        yield one


@pytest.fixture
def limited(desk: Desk) -> Desk:
    """A desk with all roles, limited to the second service."""
    made = desk.post("/v1/tokens", {"name": "mori", "roles": [*ROLES], "expires_on": None, "service": OTHER}, 201)
    assert (made["service"], made["roles"]) == (OTHER, [*ROLES])
    headers = {"Authorization": f"Bearer {made['token']}"}
    return Desk(httpx2.Client(transport=InProcess(InContext(desk.context)), base_url=ADDRESS, headers=headers))


def test_lists_are_cut_to_what_the_caller_may_see(desk: Desk, limited: Desk) -> None:
    media, archive = desk.accepted(), desk.accepted(**ARCHIVE)
    desk.move_to("2022-06-03")
    for one in (media, archive):
        desk.do(one, "notify_cancellation", arrived_on="2022-06-03")
        desk.post(f"{path_of(one)}/statements/2022-05/issue", {})
    seal(desk.engine, NOW, Seals(SigningKey("contracts.example.com", bytes(32))))
    refused, shown = set(), set()
    for path, operation, names in every_look():
        asked = {name: ASKED[name] for name in names if name in ASKED}
        answer = limited.client.get(path.replace("{form}", "csv").replace("{month}", "2022-05"), params=asked)
        assert media["id"] not in answer.text and media["reference"] not in answer.text, path
        assert answer.status_code in (200, 403), answer.text
        (refused if answer.status_code == 403 else shown).add(operation)
        if answer.status_code == 403:
            assert answer.json()["type"] == "/problems/other-service"
            assert answer.json()["detail"] == (
                "It is about contracts of a service that is not yours, or of all. Yours: cloud_archive."
            )
        elif "service" in names and operation != "terms-terms":
            assert limited.client.get(path, params={**asked, "service": MEDIA}).status_code == 403, path
    assert {"contracts-list_contracts", "waiting-list_waiting", "money-find_issued", "audit-transitions"} <= shown
    assert {"tokens-list_tokens", "parked-list_parked", "mail-list_mail"} <= refused
    assert {"audit-reads", "webhooks-list_webhooks"} <= shown
    assert [one["id"] for one in limited.get("/v1/contracts")["items"]] == [archive["id"]]


def every_look() -> Iterator[tuple[str, str, set[str]]]:
    """Every question to /v1 that names nothing: its path, operation and parameters."""
    for route in application(True).routes:
        path = getattr(route, "path", "")
        ids = path.replace("{form}", "").replace("{month}", "")
        if path.startswith("/v1/") and "{" not in ids and "GET" in route.methods and not path.endswith(".ics"):
            yield path, operation_of(route), parameters_of(route.dependant)


def test_contracts_of_another_service_are_neither_shown_nor_changed(desk: Desk, limited: Desk) -> None:
    media, archive = desk.accepted(), desk.apply(**ARCHIVE)
    found = {
        "known_at": "2022-04-22T08:00:00+09:00",
        "source": "own alert",
        "attributable": True,
        "contracts": "all",
    }
    theirs = desk.post("/v1/outages", found | {"service": MEDIA}, 201)
    for path in (path_of(media), f"{path_of(media)}/history", f"/v1/outages/{theirs['id']}",
                 f"/v1/audit/why/{media['reference']}", f"{path_of(media)}/notes"):  # fmt: skip
        assert limited.get(path, 403)["type"] == "/problems/other-service", path
    limited.get("/v1/audit/believed", 403, contract=media["id"], known_at=UNTIL)
    limited.post(f"{path_of(media)}/notify_cancellation", {"arrived_on": "2022-04-22"}, 403)
    limited.post(f"/v1/outages/{theirs['id']}/recover", {"recovered_at": "2022-04-22T08:30:00+09:00"}, 403)
    for query in ({}, {"dry_run": "true"}):
        limited.post("/v1/contracts", desk.application | {"reference": "K-9"}, 403, **query)
    assert limited.accept(archive)["state"] == "accepted"
    body = limited.application | ARCHIVE | {"options": [], "reference": "K-9"}
    assert limited.post("/v1/contracts", body, 201)["service"] == OTHER
    assert [one["id"] for one in desk.get("/v1/contracts", service=MEDIA)["items"]] == [media["id"]]


def test_an_outage_of_all_services_is_shown_and_not_changed(desk: Desk, limited: Desk) -> None:
    archive = desk.accepted(**ARCHIVE | {"options": []})
    found: Json = {"known_at": "2022-04-22T08:00:00+09:00", "source": "own alert", "attributable": True}
    limited.post("/v1/outages", found | {"contracts": "all"}, 403)
    shared = desk.post("/v1/outages", found | {"contracts": "all"}, 201)
    assert limited.get(f"/v1/outages/{shared['id']}")["concerned"] == 1
    body = {"recovered_at": "2022-04-22T08:30:00+09:00"}
    limited.post(f"/v1/outages/{shared['id']}/recover", body, 403)
    of_one = found | {"known_at": "2022-04-22T08:10:00+09:00", "contracts": "all", "service": OTHER}
    own = limited.post("/v1/outages", of_one, 201)
    assert limited.post(f"/v1/outages/{own['id']}/recover", body)["state"] == "recovered"
    assert len(limited.get(f"{path_of(archive)}/credits")["items"]) == 2


def test_receivers_are_of_a_service(desk: Desk, limited: Desk) -> None:
    hook = {"url": "https://billing.example.com/hooks"}
    of_all = desk.post("/v1/webhooks", hook, 201)
    limited.post("/v1/webhooks", hook, 403)
    own = limited.post("/v1/webhooks", {"url": "https://archive.example.com/hooks", "service": OTHER}, 201)
    media = desk.post("/v1/webhooks", {"url": "https://archive.example.com/hooks", "service": MEDIA}, 201)
    assert [one["service"] for one in desk.get("/v1/webhooks")["items"]] == [None, OTHER, MEDIA]
    for asked in ({}, {"service": OTHER}):
        assert [one["id"] for one in limited.get("/v1/webhooks", **asked)["items"]] == [own["id"]]
    for one in (of_all, media):
        limited.get(f"/v1/webhooks/{one['id']}/undelivered", 403)
        limited.post(f"/v1/webhooks/{one['id']}/remove", {"reason": "mine"}, 403)
    assert limited.post(f"/v1/webhooks/{own['id']}/test", {})["service"] == OTHER
    of_all_again = {"url": "https://archive.example.com/hooks"}  # every message would come twice
    assert desk.post("/v1/webhooks", of_all_again, 409)["type"] == "/problems/duplicate"


def test_a_receiver_gets_messages_of_its_service_alone(desk: Desk) -> None:
    hook = {"after": -1, "url": "https://archive.example.com/hooks", "service": OTHER}
    told = desk.post("/v1/webhooks", hook, 201)["id"]
    media, archive = desk.accepted(), desk.accepted(**ARCHIVE | {"options": []})
    found = {"known_at": "2022-04-22T08:00:00+09:00", "source": "own alert", "attributable": True}
    of_all, theirs = (
        desk.post(
            "/v1/outages", found | {"contracts": contracts, "known_at": f"2022-04-22T08:{minute}:00+09:00"}, 201
        )
        for contracts, minute in (("all", "00"), ([media["id"]], "10"))
    )
    seal(desk.engine, NOW, Seals(SigningKey("contracts.example.com", bytes(32))))
    with writing(desk.engine) as conn:
        turn = claim_turn(conn, told, NOW, "this process")
    assert turn is not None and turn.up_to > len(turn.messages)
    about = [one.contract_id for one in turn.messages]
    assert {*about} == {archive["id"], of_all["id"]} and theirs["id"] not in about


def test_reads_are_cut_to_the_contracts_of_a_service(desk: Desk, limited: Desk) -> None:
    media, archive = desk.accepted(), desk.accepted(**ARCHIVE)
    at = datetime.fromisoformat("2022-04-22T10:00:00+09:00")
    both = Read(at, "suzuki", "contracts-list_contracts", (media["id"], archive["id"]))
    with writing(desk.engine) as conn:
        write_reads(conn, [both, Read(at, "suzuki", "contracts-get_contract", (media["id"],))])
    found = limited.get("/v1/audit/reads", actor="suzuki")
    assert [one["contracts"] for one in found["items"]] == [[archive["id"]]] and found["next"] is None
    assert limited.get("/v1/audit/reads", 403, subject=media["id"])["type"] == "/problems/other-service"
    assert len(desk.get("/v1/audit/reads", service=MEDIA, actor="suzuki")["items"]) == 2


def test_grants_are_split_into_roles_and_services() -> None:
    assert split_grants(["operator", "personal_data"]) == ({"operator", "personal_data"}, None)
    assert split_grants(["operator@b", "viewer"]) == ({"operator", "viewer"}, {"b"})
    assert split_grants(["operator@a", "viewer@b"])[1] == {"a", "b"}
    assert [is_grant(one) for one in ("operator@media_sphere", "operator@nowhere", "boss@media_sphere")] == [
        True, False, False,
    ]  # fmt: skip
    both = Principal.of("mori", {"operator@a", "viewer@b"})
    assert service_asked(both, "b") == "b"
    with pytest.raises(Malformed):
        service_asked(both, None)
    with pytest.raises(OtherService):
        service_asked(both, "c")
