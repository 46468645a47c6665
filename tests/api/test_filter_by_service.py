"""Lists, counts and bulk changes can be limited to the contracts of one service."""

from collections.abc import Iterator

import pytest

from lifecycle.audit.checks.check import Checker
from tests.api.both_services import ARCHIVE, of_both_services
from tests.api.desk import Desk, Json, OpenDesk, path_of

MEDIA, OTHER = "media_sphere", "cloud_archive"
BARE = ARCHIVE | {"options": []}


@pytest.fixture
def desk(open_desk: OpenDesk) -> Iterator[Desk]:
    with of_both_services(open_desk()) as one:
        yield one


def ids(desk: Desk, path: str, service: str | None, name: str = "contract_id", **query: str) -> list[str]:
    asked = query | ({"service": service} if service else {})
    return [one[name] for one in desk.get(path, **asked)["items"]]


def test_the_worklist_can_be_limited_to_one_service(desk: Desk) -> None:
    contracts = {MEDIA: desk.apply(), OTHER: desk.apply(**ARCHIVE)}
    for service, contract in contracts.items():
        found = ids(desk, "/v1/waiting", service)
        assert set(found) == {contract["id"]}, service
        assert ids(desk, "/v1/waiting", service, limit="1") == found[:1]
    assert len(ids(desk, "/v1/waiting", None)) == len(ids(desk, "/v1/waiting", MEDIA)) + 2
    desk.get("/v1/waiting", 422, service="nowhere")


def test_waiting_money_can_be_limited_to_one_service(desk: Desk) -> None:
    contracts = {MEDIA: desk.accepted(), OTHER: desk.accepted(**BARE)}
    desk.move_to("2022-06-03")
    for one in contracts.values():
        desk.post(f"{path_of(one)}/statements/2022-05/issue", {})
        desk.do(one, "notify_cancellation", arrived_on="2022-04-25", reason="It came late.")
    for service, contract in contracts.items():
        assert ids(desk, "/v1/waiting", service) == [contract["id"]] * len(ids(desk, "/v1/waiting", service))


def test_an_outage_of_a_service_touches_its_contracts_alone(desk: Desk) -> None:
    media, archive = desk.accepted(), desk.accepted(**BARE)
    desk.move_to("2022-06-03")
    body = {
        "known_at": "2022-06-01T08:00:00+09:00",
        "source": "own alert",
        "attributable": True,
        "contracts": "all",
    }
    own = desk.post("/v1/outages", body | {"service": OTHER}, 201)
    assert (own["service"], own["concerned"]) == (OTHER, 1)
    assert desk.get(f"{path_of(media)}/credits")["items"] == []
    assert len(desk.get(f"{path_of(archive)}/credits")["items"]) == 1
    later = desk.accepted(requested_billing_start_on="2022-06-03")
    assert desk.get(f"{path_of(later)}/credits")["items"] == []

    of_media = desk.post("/v1/outages", body | {"service": MEDIA}, 201)
    assert ids(desk, "/v1/outages", OTHER, "id") == [own["id"]]
    assert ids(desk, "/v1/outages", MEDIA, "id") == [of_media["id"]]
    desk.post("/v1/outages", body, 409)  # it covers both
    shared = desk.post("/v1/outages", body | {"known_at": "2022-06-02T08:00:00+09:00"}, 201)
    assert (shared["service"], shared["concerned"]) == (None, 3)
    assert ids(desk, "/v1/outages", OTHER, "id") == [shared["id"], own["id"]]
    assert [one for part in Checker(desk.engine).parts() for one in part.findings] == []

    wrong = body | {"known_at": "2022-06-02T09:00:00+09:00", "service": OTHER, "contracts": [media["id"]]}
    (error,) = desk.post("/v1/outages", wrong, 422)["errors"]
    assert error == {"pointer": "/contracts/0", "detail": f"is no contract of the service {OTHER}"}
    facts = {"contracts": [media["id"]]}
    refused = desk.post(f"/v1/outages/{own['id']}/corrections", {"facts": facts, "reason": "It was theirs."}, 422)
    assert refused["errors"][0]["pointer"] == "/facts/contracts/0"


def test_the_feed_and_audit_questions_can_be_limited_to_one_service(desk: Desk) -> None:
    contracts = {MEDIA: desk.accepted(), OTHER: desk.accepted(**BARE)}
    desk.move_to("2022-06-03")
    for one in contracts.values():
        desk.do(one, "notify_cancellation", arrived_on="2022-06-01", reason="It lay about.")
    questions: list[tuple[str, Json]] = [
        ("/v1/audit/transitions", {}), ("/v1/audit/actions", {"actor": "admin"}), ("/v1/audit/rests_on", {}),
        ("/v1/audit/late_entries", {"more_than_days": "1"}), ("/v1/audit/late_firings", {"more_than_s": "0"}),
    ]  # fmt: skip
    for service, contract in contracts.items():
        for path, query in questions:
            rows = ids(desk, path, service, "id", **query)
            assert {row.partition(".")[0] for row in rows} <= {contract["id"]}, (service, path)
            assert bool(rows) == ("firings" not in path), path  # a sandbox is never late
        found = desk.get("/v1/audit/otherwise", reading="R8", service=service)
        assert found["looked_through"] == 1
    everything = desk.feed()
    of_each = [desk.get("/v1/audit/transitions", service=one)["items"] for one in contracts]
    assert sorted(row["index"] for rows in of_each for row in rows) == [
        row["index"] for row in everything if row["id"].startswith("c_")
    ]


def test_a_month_is_issued_for_one_service(desk: Desk) -> None:
    desk.accepted(), desk.accepted(**BARE)
    desk.move_to("2022-06-03")
    at = "/v1/statements/2022-05/issue"
    assert desk.get(at, service=OTHER)["left"] == 1
    assert desk.post(at, service=OTHER, dry_run="true")["issued"] == 1
    assert desk.post(at, service=OTHER) == {"month": "2022-05", "issued": 1, "already": 0}
    assert [desk.get(at, service=one)["state"] for one in (OTHER, MEDIA)] == ["done", "open"]
    assert desk.post(at) == {"month": "2022-05", "issued": 1, "already": 1}


def test_contracts_are_rehearsed_and_resettled_by_their_service(desk: Desk) -> None:
    desk.accepted(), desk.accepted(), desk.accepted(**BARE)
    file = "in_force_from = 2023-04-01\nannounced_on = 2023-02-01\nvalues_from = {}\n"
    for service, version, number in ((MEDIA, "2022-05-01", 2), (OTHER, "2020-04-01", 1)):
        rehearsed = desk.post("/v1/terms/rehearse", {"file": file.format(version), "service": service})
        assert rehearsed["totals"]["contracts"] == number
        body = {"reason": "The file came late.", "service": service}
        assert desk.post("/v1/terms/resettle", body, dry_run="true")["examined"] == number


def test_the_calendar_shows_one_service(desk: Desk) -> None:
    contracts = {MEDIA: desk.accepted(), OTHER: desk.accepted(**BARE)}
    token = desk.post("/v1/tokens", {"name": "diary", "roles": ["calendar"], "expires_on": None}, 201)["token"]
    desk.move_to("2022-06-03")
    for one in contracts.values():
        desk.do(one, "notify_cancellation", arrived_on="2022-06-03")
    for service, contract in contracts.items():
        text = desk.client.get("/v1/calendar.ics", params={"token": token, "service": service}).text
        assert [one["id"] for one in contracts.values() if one["id"] in text] == [contract["id"]]
