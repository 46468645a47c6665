"""Resettlement with four eyes: one person proposes it for all contracts, another approves it."""

from datetime import date

from sqlalchemy import update

from lifecycle.records import tables
from lifecycle.records.engine import writing
from tests.api.desk import Desk, Json
from tests.api.terms_scenes import ANNOUNCED, recorded
from tests.api.test_four_eyes import approve, sato, tanaka, watched
from tests.api.test_roles import Headers

__all__ = ["sato", "tanaka", "watched"]
PATH, BODY = "/v1/terms/resettle", {"reason": "a fault of an earlier version", "limit": 2}


def wrong(desk: Desk, *references: str) -> list[str]:
    """Contracts whose stored end differs from the end by their notices, in the order of id."""
    recorded(desk)
    desk.context.four_eyes = False
    made = [desk.accepted(reference=one) for one in references]
    desk.move_to("2022-06-10")
    for contract in made:
        desk.do(contract, "notify_cancellation", arrived_on="2022-06-10")
    desk.context.four_eyes = True
    spoil(desk)
    return sorted(contract["id"] for contract in made)


def spoil(desk: Desk, on: date = date(2022, 8, 9)) -> None:
    with writing(desk.engine) as conn:
        conn.execute(update(tables.contract).values(effective_on=on))


def newest(desk: Desk, contract_id: str) -> Json:
    return desk.get(f"/v1/contracts/{contract_id}/history")["items"][-1]


def test_the_approval_carries_out_what_was_previewed_and_covers_the_contracts_that_follow(
    watched: Desk, tanaka: Headers, sato: Headers
) -> None:
    ids = wrong(watched, "R-1", "R-2", "R-3")
    waiting = watched.post(PATH, BODY, 202, headers=tanaka)
    assert (waiting["operation"], waiting["subject"], waiting["state"]) == ("terms-resettle", "terms", "proposed")
    assert [newest(watched, one)["event"] for one in ids] == ["notify_cancellation"] * 3
    approve(watched, waiting, tanaka, 403)
    seen = approve(watched, waiting, sato, dry_run=True)
    done = approve(watched, waiting, sato)
    assert done["resettlement"] == seen["resettlement"]
    assert [one["contract_id"] for one in done["resettlement"]["items"]] == ids[:2]
    following = BODY | {"cursor": done["resettlement"]["next"], "approval": waiting["id"]}
    rest = watched.post(PATH, following, headers=sato)
    assert ([one["contract_id"] for one in rest["items"]], rest["next"]) == (ids[2:], None)
    for one in ids:
        row = newest(watched, one)
        assert (row["event"], row["actor"], row["approver"]) == ("resettle", "tanaka", "sato")
    approve(watched, waiting, sato, 409)
    for other in ({"reason": "another"}, {"approval": "a_01g1793000mdgr1ppmy0ffgaq8"}):
        watched.post(PATH, following | other, 409 if "reason" in other else 404, headers=sato)


def test_a_resettlement_that_has_changed_must_be_proposed_again(
    watched: Desk, tanaka: Headers, sato: Headers
) -> None:
    wrong(watched, "R-1")
    waiting = watched.post(PATH, BODY, 202, headers=tanaka)
    spoil(watched, date(2022, 9, 9))
    assert approve(watched, waiting, sato, 412)["type"].endswith("stale")
    again = watched.post(PATH, BODY, 202, headers=tanaka)
    watched.post("/v1/terms/announce", ANNOUNCED, headers=tanaka)
    assert approve(watched, again, sato, 412)["detail"].startswith("The terms on record")
    declined = watched.post(f"/v1/approvals/{again['id']}/decline", {"reason": "no"}, headers=sato)
    assert (declined["state"], watched.get("/v1/waiting")["items"][0]["waits_for"]) == ("declined", "approval")
