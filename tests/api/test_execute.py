"""Limits, four eyes and idempotency apply where a command is executed, whatever its entry point."""

import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from itertools import cycle, product
from typing import Any

import orjson
import pytest

from lifecycle.commands.event_operations import EVENT_ROUTES
from tests.api.desk import Desk, Json, OpenDesk, path_of
from tests.api.test_four_eyes import FEES, approve
from tests.api.test_roles import Headers, bearer
from tests.how_many import IN_FULL

KEY = {"Idempotency-Key": "the-same-key"}
PROPOSING = sorted(route.operation for route in EVENT_ROUTES if route.input.second_person or route.event.ends)
ENCODINGS = ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le")
SENT = (
    list(product(PROPOSING, ENCODINGS)) if IN_FULL else list(zip(PROPOSING, cycle(ENCODINGS), strict=False))
)  # every operation, and every encoding


@pytest.fixture
def watched(desk: Desk) -> Iterator[Desk]:
    """A desk where weighty commands and every end need two."""
    desk.context.four_eyes, desk.context.ends_per_hour = True, 1
    yield desk
    desk.context.four_eyes, desk.context.ends_per_hour = False, 0


@pytest.fixture
def tanaka(desk: Desk) -> Headers:
    return bearer(desk, "operator", "order_desk", name="tanaka")


def subject(desk: Desk, operation: str, who: Headers) -> tuple[str, Json]:
    """The path on which an operation is proposed, and its body; the hour's one end is used up."""
    desk.context.four_eyes, desk.context.ends_per_hour = False, 0
    kind, _, event = operation.partition("-")
    found = desk.apply() if operation == "contracts-accept" else desk.accepted()
    if kind == "options":
        found = desk.apply_for_option(found)
        found = found if event == "accept" else desk.accept(found)
    if kind == "parts":
        event = event.removesuffix("_item_change")
        found = desk.post(f"{path_of(found)}/item_changes", {"item": "basic", "reference": "I-1"}, 201)
        found = found if event == "accept" else desk.do(found, "accept", effective_on="2022-06-01")
    if event == "revoke_cancellation":
        desk.do(found, "notify_cancellation")
    desk.post(f"{path_of(desk.accepted())}/notify_cancellation", {}, headers=who)
    desk.context.four_eyes, desk.context.ends_per_hour = True, 1
    bodies: dict[str, Json] = {
        "contracts-accept": {"reason": "承諾"},
        "options-accept": {**FEES, "reason": "承諾"},
        "parts-accept_item_change": {"effective_on": "2022-06-01", "fee_yen": 20_000},
        "parts-set_fee_item_change": {"fee_yen": 20_000},
        "contracts-end_by_agreement": {"ends_on": "2022-06-30", "reason": "合意解約"},
        "contracts-end_by_company": {"ends_on": "2022-06-30", "ground": "第25条", "reason": "滞納"},
    }
    if operation == "contracts-end_by_agreement":
        bodies[operation] = {"agreed_on": "2022-04-22", "ends_on": "2022-06-30", "reason": "合意"}
    return f"{path_of(found)}/{event}", bodies.get(operation, {"reason": "理由"})


@pytest.mark.parametrize(("operation", "encoding"), SENT)
def test_a_body_in_any_encoding_of_json_is_proposed_as_it_was_meant(
    watched: Desk, tanaka: Headers, operation: str, encoding: str
) -> None:
    path, body = subject(watched, operation, tanaka)
    text = orjson.dumps(body).decode()
    headers = tanaka | {"Content-Type": "application/json"}
    answer = watched.client.post(path, content=text.encode(encoding), headers=headers)
    assert answer.status_code == 202, answer.text
    assert body.items() <= answer.json()["body"].items()


@pytest.mark.parametrize("operation", PROPOSING)
def test_an_approver_s_key_is_their_own_whatever_the_proposer_used(
    watched: Desk, tanaka: Headers, operation: str
) -> None:
    path, body = subject(watched, operation, tanaka)
    waiting = watched.post(path, body, 202, headers=tanaka | KEY)
    assert watched.post(path, body, 202, headers=tanaka | KEY) == waiting
    sato = bearer(watched, "operator", "order_desk", name="sato")
    done = approve(watched, waiting, sato | KEY)
    assert (done["approval"]["state"], done["approval"]["decided_by"]) == ("approved", "sato")
    assert approve(watched, waiting, sato | KEY) == done


def test_two_approvers_with_one_key_do_not_meet(watched: Desk, tanaka: Headers) -> None:
    contracts = [watched.apply() for _ in range(2)]
    waiting = [watched.post(f"{path_of(one)}/accept", {}, 202, headers=tanaka) for one in contracts]
    for proposal, name in zip(waiting, ("sato", "ito"), strict=True):
        done = approve(watched, proposal, bearer(watched, "operator", name=name) | KEY)
        assert (done["approval"]["id"], done["approval"]["decided_by"]) == (proposal["id"], name)
    assert [watched.show(one)["state"] for one in contracts] == ["accepted"] * 2


def test_a_key_that_approved_one_proposal_does_not_approve_another(watched: Desk, tanaka: Headers) -> None:
    first, second = (watched.post(f"{path_of(watched.apply())}/accept", {}, 202, headers=tanaka) for _ in range(2))
    sato = bearer(watched, "operator", name="sato")
    approve(watched, first, sato | KEY)
    assert approve(watched, second, sato | KEY, 422)["type"].endswith("key-reused")


@pytest.mark.parametrize("event", ["notify_cancellation", "end_by_company"])
def test_only_the_allowed_number_of_concurrent_ends_is_executed(desk: Desk, tanaka: Headers, event: str) -> None:
    contracts = [desk.accepted() for _ in range(20)]
    body = {"ends_on": "2022-06-30", "ground": "Art. 25", "reason": "unpaid"} if event == "end_by_company" else {}
    desk.context.ends_per_hour = 10

    def send(contract: Json) -> int:
        answer = desk.client.post(f"{path_of(contract)}/{event}", json=body, headers=tanaka)
        assert answer.status_code in (200, 202), answer.text
        return int(answer.status_code)

    with ThreadPoolExecutor(20) as pool:
        statuses = Counter(pool.map(send, contracts))
    desk.context.ends_per_hour = 0
    assert statuses == {200: 10, 202: 10}
    assert Counter(desk.show(one)["state"] for one in contracts) == {"cancel_notified": 10, "accepted": 10}


def test_the_ends_of_another_person_are_counted_separately(desk: Desk, tanaka: Headers) -> None:
    desk.context.ends_per_hour = 1
    for who, status in ((tanaka, 200), (bearer(desk, "order_desk", name="ito"), 200), (tanaka, 202)):
        desk.post(f"{path_of(desk.accepted())}/notify_cancellation", {}, status, headers=who)
    desk.context.ends_per_hour = 0


DAYS = (-400, -40, -32, -31, -30, -1, 0, 1, 31, 60)


@pytest.mark.parametrize("start", DAYS)
def test_the_preview_refuses_what_the_command_refuses(open_desk: OpenDesk, start: int) -> None:
    """Enter the command with a reason, on the day of arrival if that is in the future."""
    today = date(2021, 3, 1)
    desk = open_desk(f"{today}T09:00:00+09:00")
    starts_on = max(today + timedelta(days=start), date(2020, 12, 1))
    for arrived in (-100, -89, -32, -31, 0, 10):
        arrived_on = today + timedelta(days=arrived)
        asked = {"item": "basic", "billing_starts_on": str(starts_on), "arrived_on": str(arrived_on)}
        foreseen = desk.client.get("/v1/preview/cancellation", params=asked)
        accepted_on = min(starts_on, arrived_on)
        if accepted_on < date(2020, 12, 1):
            assert [one["rule"] for one in foreseen.json()["rulings"]] == ["terms_in_force"]
            continue
        facts = {"received_on": str(accepted_on), "requested_billing_start_on": str(starts_on)}
        if accepted_on > today:
            continue
        contract = desk.accept(desk.apply(item="basic", **facts), accepted_on=str(accepted_on), reason="late")
        if arrived_on > today:
            desk.move_to(arrived_on)
        real = notified(desk, contract, arrived_on)
        assert real.status_code == foreseen.status_code == 200
        assert real.json()["cancellation"]["effective_on"] == foreseen.json()["effective_on"]


def notified(desk: Desk, contract: Json, arrived_on: date) -> Any:
    body = {"arrived_on": str(arrived_on), "reason": "entered late"}
    return desk.client.post(f"{path_of(contract)}/notify_cancellation", json=body)


def test_no_module_calls_another_through_http_or_the_asgi_scope() -> None:
    from tests.docs.pages import files, text

    sources = "\n".join(text(path) for path in files() if path.suffix == ".py" and path.parts[-3:-1] != ("tests",))
    assert not re.search(r'scope\["lifecycle\.|scope\.get\("lifecycle\.', sources)


def test_a_limit_of_nothing_is_no_limit(desk: Desk) -> None:
    assert replace(desk.context).ends_per_hour == 0
