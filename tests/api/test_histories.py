"""Histories: every transition with its reasons, in pages; each row is chained to the one before."""

import hashlib
from typing import Any

import orjson
import pytest

from tests.api.desk import Desk, Json, path_of


def ended_with_option(desk: Desk) -> tuple[Json, Json]:
    """A contract with an option, from application to termination."""
    contract = desk.accepted(options=[{"kind": "drm", "reference": "D"}])
    option = desk.accept(contract["options"][0], billing_starts_on="2022-05-10")
    desk.move_to("2022-06-10")
    desk.do(contract, "notify_cancellation")
    desk.move_to("2022-07-11")
    return contract, option


def test_a_history_lists_every_transition(desk: Desk) -> None:
    contract, option = ended_with_option(desk)
    told = [
        (row["event"], row["from_state"], row["to_state"], row["effective_at"], row["actor"], row["caused_by"])
        for subject in (contract, option)
        for row in desk.history(subject)
    ]
    c, o = contract["id"], option["id"]
    signed, noticed = "2022-04-22T09:00:00+09:00", "2022-06-10T09:00:00+09:00"
    over = "2022-07-11T00:00:00+09:00"
    assert told == [
        ("apply", None, "applied", signed, "admin", None),
        ("accept", "applied", "accepted", signed, "admin", None),
        ("start_billing", "accepted", "billing", "2022-05-01T00:00:00+09:00", "clock", f"{c}.2"),
        ("notify_cancellation", "billing", "cancel_notified", noticed, "admin", None),
        ("terminate", "cancel_notified", "terminated", over, "clock", f"{c}.4"),
        ("apply", None, "applied", signed, "admin", None),
        ("accept", "applied", "accepted", signed, "admin", None),
        ("start_billing", "accepted", "billing", "2022-05-10T00:00:00+09:00", "clock", f"{o}.2"),
        ("terminate", "billing", "terminated", over, "clock", f"{c}.4"),
    ]


@pytest.mark.parametrize("limit", [1, 2, 4, 5, 500])
def test_pages_of_any_size_show_every_row_once(desk: Desk, limit: int) -> None:
    contract, _ = ended_with_option(desk)
    rows: list[Json] = []
    cursor: Json = {}
    while True:
        page = desk.get(f"{path_of(contract)}/history", limit=limit, **cursor)
        rows += page["items"]
        if page["next"] is None:
            break
        assert len(rows) < 20
        assert len(page["items"]) == limit
        cursor = {"cursor": page["next"]}
    assert [row["seq"] for row in rows] == [1, 2, 3, 4, 5]
    assert rows == desk.history(contract)


def test_a_row_added_between_two_pages_is_on_the_next(desk: Desk) -> None:
    contract = desk.accepted()
    page = desk.get(f"{path_of(contract)}/history", limit=1)
    desk.do(contract, "notify_cancellation")
    rest = desk.get(f"{path_of(contract)}/history", cursor=page["next"])
    assert [row["event"] for row in rest["items"]] == ["accept", "notify_cancellation"]


STANDING = ("stands", "superseded_by", "effect", "superseded")  # added from later rows


HOLD_RULINGS = ("rulings", "rulings_before")


def as_hashed(ruling: Json) -> Json:
    """Return a ruling as it is hashed: a reference to a repeated one, or without generated sentences."""
    if "repeats" in ruling:
        return ruling["repeats"]
    spoken = ("because", "because_ja") if "parameters" in ruling else ()
    return {name: value for name, value in ruling.items() if name not in spoken}


def _hashed_rulings(row: Json) -> Json:
    return {name: [*map(as_hashed, row[name])] for name in HOLD_RULINGS if row.get(name)}


def hashed(row: Json) -> str:
    """The hash of a row as a reader computes it from the answer alone: RFC 8785 JSON, then SHA-256(0x00 ‖ it)."""
    payload: dict[str, Any] = {
        name: row[name] for name in row if name not in ("id", "index", "subject_id", "hash", *STANDING)
    }
    payload |= _hashed_rulings(payload)
    if moved := payload.get("moved"):
        payload["moved"] = [{**one, **_hashed_rulings(one)} for one in moved]
    if payload.get("line") is None:
        payload.pop("line", None)
    canonical = orjson.dumps(payload | {"subject": row["subject_id"]}, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(b"\x00" + canonical).hexdigest()


def test_a_reader_can_check_the_chain_from_the_answers_alone(desk: Desk) -> None:
    for subject in ended_with_option(desk):
        previous = None
        for row in desk.history(subject):
            assert (row["previous_hash"], row["hash"]) == (previous, hashed(row))
            previous = row["hash"]


def test_a_change_has_the_rulings_before_and_after_it(desk: Desk) -> None:
    contract = desk.accepted()
    desk.do(contract, "reschedule_billing", billing_starts_on="2022-06-01")
    row = desk.history(contract)[-1]
    before, after = (
        [r["on"] for r in row[name] if r["rule"] == "minimum_term"] for name in ("rulings_before", "rulings")
    )
    assert (before, after) == (["2022-05-31"], ["2022-06-30"])


def test_reason_and_actor_are_kept_word_for_word(desk: Desk) -> None:
    reason = "お客様のご要望 (電話)\n二行目 ☎️"
    contract = desk.do(desk.apply(), "reject", reason=reason)
    row = desk.history(contract)[-1]
    assert (row["reason"], row["actor"], row["approver"]) == (reason, "admin", None)


@pytest.mark.parametrize("path", ["contracts/c_", "options/o_"])
def test_an_unknown_subject_has_no_history(desk: Desk, path: str) -> None:
    unknown = f"/v1/{path}{'0' * 26}/history"
    assert desk.get(unknown, 404)["detail"] == f"There is no such {path.split('s/')[0]}."


def test_a_credit_and_the_usage_of_a_month_have_histories_too(desk: Desk) -> None:
    contract = desk.accepted()
    desk.move_to("2022-05-12")
    outage = {"known_at": "2022-05-10T00:00:00+09:00", "source": "alert", "attributable": True, "contracts": "all"}
    known = desk.post("/v1/outages", outage, 201)["id"]
    desk.post(f"{path_of(contract)}/credits/{known}/claim", {})
    desk.client.put(f"{path_of(contract)}/usage/2022-05", json={"live_hours": "30"})
    credit = desk.get(f"{path_of(contract)}/credits/{known}/history")["items"]
    assert [row["event"] for row in credit] == ["open", "become_claimable", "claim"]
    (usage,) = desk.get(f"{path_of(contract)}/usage/2022-05/history")["items"]
    assert (usage["event"], usage["facts"]["live_hours"]) == ("record", "30")
    correction = {"entry": usage["id"], "facts": {"live_hours": "3"}, "reason": "mistyped"}
    desk.post(f"{path_of(contract)}/corrections", correction)
    rows = desk.get(f"{path_of(contract)}/usage/2022-05/history", limit=1)
    assert (rows["items"][0]["id"], rows["next"]) == (usage["id"], "1")
    assert desk.get(f"{path_of(contract)}/usage/2022-06/history", 404)["detail"] == "There is no such usage."
    other = path_of(desk.apply())
    assert desk.get(f"{other}/credits/{known}/history", 404)["detail"] == "There is no such credit."
