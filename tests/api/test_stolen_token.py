"""The limits of a stolen token: what it cannot do alone, and what is not approved after its revocation."""

import pytest

from tests.api.desk import Desk, path_of
from tests.api.parts import asked, entered
from tests.api.test_four_eyes import FEES, approve, proposed, sato, tanaka, watched
from tests.api.test_limits import bounded
from tests.api.test_roles import Headers, bearer

__all__ = ("sato", "tanaka", "watched")
WHY = {"reason": "asked for in writing"}


def test_a_proposal_of_a_revoked_token_can_only_be_declined(watched: Desk, tanaka: Headers, sato: Headers) -> None:
    contract = watched.apply()
    waiting = proposed(watched, contract, "accept", tanaka)
    watched.post("/v1/tokens/tanaka/revoke", {"reason": "found in a log"})
    for query in ({"dry_run": True}, {}):
        assert approve(watched, waiting, sato, 409, **query)["type"].endswith("/proposer-revoked")
    assert watched.show(contract)["state"] == "applied"
    watched.post(f"/v1/approvals/{waiting['id']}/decline", {"reason": "not ours"}, headers=sato)


def test_fees_of_an_item_change_need_two_people(watched: Desk, tanaka: Headers, sato: Headers) -> None:
    watched.context.four_eyes = False
    change = asked(watched, entered(watched, "2022-03-01"), "premium")
    watched.context.four_eyes = True
    waiting = proposed(watched, change, "accept", tanaka, effective_on="2022-06-01")
    done = approve(watched, waiting, sato)
    assert (done["item_change"]["state"], done["item_change"]["fee_yen"], done["contract"]) == (
        "accepted", None, None
    )  # fmt: skip
    waiting = proposed(watched, change, "set_fee", tanaka, fee_yen=20_000)
    assert watched.show(change)["fee_yen"] is None
    assert approve(watched, waiting, sato)["item_change"]["fee_yen"] == 20_000


def test_an_approval_holds_only_while_the_parts_are_as_they_were_seen(
    watched: Desk, tanaka: Headers, sato: Headers
) -> None:
    contract = watched.apply()
    waiting = proposed(watched, contract, "accept", tanaka)
    option = watched.apply_for_option(contract)
    assert approve(watched, waiting, sato, 412)["type"].endswith("/stale")
    approve(watched, proposed(watched, contract, "accept", tanaka), sato)
    assert approve(watched, proposed(watched, option, "accept", tanaka, **FEES), sato)["option"]["state"]


def test_acceptances_beyond_the_hourly_number_wait_for_a_second_person(desk: Desk) -> None:
    robot, person = bearer(desk, "operator", name="robot"), bearer(desk, "operator", name="sato")
    contracts = [desk.apply() for _ in range(3)]
    with bounded(desk, acceptances_per_hour=2):
        for contract in contracts[:2]:
            desk.post(f"{path_of(contract)}/accept", {}, headers=robot)
        waiting = proposed(desk, contracts[2], "accept", robot)
        assert desk.show(contracts[2])["state"] == "applied"
        assert approve(desk, waiting, person)["contract"]["state"] == "accepted"


def test_erasures_beyond_the_hourly_number_wait_for_a_second_person(desk: Desk) -> None:
    robot, person = bearer(desk, "operator", name="robot"), bearer(desk, "operator", name="sato")
    first, second = (desk.do(desk.apply(), "withdraw") for _ in range(2))
    with bounded(desk, erasures_per_hour=1):
        desk.post(f"{path_of(first)}/erase_personal_data", WHY, headers=robot)
        waiting = desk.post(f"{path_of(second)}/erase_personal_data", WHY, 202, headers=robot)
        assert desk.show(second)["customer"] is not None
        assert approve(desk, waiting, person)["contract"]["customer"] is None
        row = desk.history(second)[-1]
    assert row["event"] == "withdraw"  # the erasure is a part with a history of its own
    fed = desk.feed()[-1]
    assert (fed["event"], fed["actor"], fed["approver"]) == ("erase_personal_data", "robot", "sato")


@pytest.mark.parametrize("kind", ["acceptances_per_hour", "erasures_per_hour"])
def test_a_limit_of_zero_never_requires_approval(desk: Desk, kind: str) -> None:
    with bounded(desk, **{kind: 0}):
        desk.do(desk.do(desk.accepted(), "notify_cancellation"), "accept", 409)
        desk.do(desk.do(desk.apply(), "withdraw"), "erase_personal_data", **WHY)
