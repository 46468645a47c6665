"""Notes and the assignee of a contract: history rows that change no state, no day and no amount (R43)."""

import pytest

from lifecycle.history.payload import commit_to
from lifecycle.records import tables
from lifecycle.records.engine import reading
from tests.api.desk import Desk, Json, path_of
from tests.api.test_roles import bearer

TEXT = "山田様から電話。解約通知は書留で送付済みとのこと。"
STATELESS = ("note", "assigned_to")


def noted(desk: Desk, contract: Json, text: str = TEXT, status: int = 201, **more: Json) -> Json:
    """What writing a note answers."""
    return desk.post(f"{path_of(contract)}/notes", {"text": text}, status, **more)


def still(contract: Json) -> Json:
    """A contract without the fields that a row outside the line may change."""
    return {name: value for name, value in contract.items() if name not in STATELESS}


def test_a_note_is_answered_with_the_contract_listed_and_committed_to(desk: Desk) -> None:
    contract = desk.accepted()
    answer = noted(desk, contract)
    assert still(answer) == still(contract)
    note = {
        "id": f"{contract['id']}.3", "recorded_at": "2022-04-22T09:00:00+09:00", "actor": "admin", "stands": True,
        "text": TEXT,
    }  # fmt: skip
    assert answer["note"] == note
    assert desk.get(f"{path_of(contract)}/notes") == {"items": [note], "next": None}
    row = desk.history(contract)[-1]
    assert (row["event"], row["from_state"], row["to_state"], row["facts"]) == ("note", "accepted", "accepted", {})
    with reading(desk.engine) as conn:
        (kept,) = conn.execute(tables.note.select())
    assert row["personal"] == commit_to({"text": TEXT}, kept.salt)
    assert "山田様" not in str(desk.feed())


@pytest.mark.parametrize("state", ["applied", "withdrawn", "terminated"])
def test_a_note_is_possible_in_every_state(desk: Desk, state: str) -> None:
    contract = desk.apply()
    if state == "withdrawn":
        contract = desk.do(contract, "withdraw")
    elif state == "terminated":
        desk.accept(contract, accepted_on="2022-04-22")
        desk.do(contract, "notify_cancellation", arrived_on="2022-04-22")
        desk.move_to("2022-09-01")
        contract = desk.show(contract)
    assert contract["state"] == state
    assert still(noted(desk, contract)) == still(contract)


def test_notes_are_returned_in_pages(desk: Desk) -> None:
    contract = desk.apply()
    for number in range(3):
        noted(desk, contract, f"note {number}")
    first = desk.get(f"{path_of(contract)}/notes", limit=2)
    assert [one["text"] for one in first["items"]] == ["note 0", "note 1"]
    rest = desk.get(f"{path_of(contract)}/notes", limit=2, cursor=first["next"])
    assert ([one["text"] for one in rest["items"]], rest["next"]) == (["note 2"], None)


def test_a_dry_run_answers_the_note_and_keeps_nothing(desk: Desk) -> None:
    contract = desk.accepted()
    before = desk.counts()
    rehearsed = desk.post(f"{path_of(contract)}/notes", {"text": TEXT}, 200, dry_run="true")
    assert rehearsed["note"]["text"] == TEXT
    assert desk.counts() == before


def test_a_repeated_key_writes_one_note(desk: Desk) -> None:
    contract, key = desk.accepted(), {"Idempotency-Key": "one"}
    first = noted(desk, contract, headers=key)
    assert noted(desk, contract, headers=key) == first
    assert len(desk.get(f"{path_of(contract)}/notes")["items"]) == 1
    desk.post(f"{path_of(contract)}/notes", {"text": "another"}, 422, headers=key)


def test_a_stale_version_is_refused(desk: Desk) -> None:
    contract = desk.accepted()
    seen = {"If-Match": f'"{contract["version"]}"'}
    noted(desk, contract, headers=seen)
    noted(desk, contract, headers=seen)
    desk.do(contract, "notify_cancellation", arrived_on="2022-04-22")
    noted(desk, contract, status=412, headers=seen)


@pytest.mark.parametrize(
    "body", [{}, {"text": ""}, {"text": " "}, {"text": 1}, {"text": "x" * 2001}, {"text": "\0"}]
)
def test_an_empty_or_too_long_note_is_refused_with_its_pointer(desk: Desk, body: Json) -> None:
    answer = desk.post(f"{path_of(desk.apply())}/notes", body, 422)
    assert [error["pointer"] for error in answer["errors"]] == ["/text"]


def test_the_assignee_is_shown_now_and_as_of_the_past(desk: Desk) -> None:
    contract = desk.accepted()
    assert contract["assigned_to"] is None
    desk.move_to("2022-04-25")
    assigned = desk.do(contract, "assign", to="田中")
    assert (assigned["assigned_to"], still(assigned)) == ("田中", still(contract))
    assert desk.do(contract, "assign", to="田中")["version"] == assigned["version"]
    desk.move_to("2022-04-27")
    assert desk.do(contract, "assign", to=None, reason="the team does")["assigned_to"] is None
    assert [row["facts"] for row in desk.history(contract)[2:]] == [{"to": "田中"}, {"to": None}]
    at = {day: f"2022-04-{day}T12:00:00+09:00" for day in (24, 26, 28)}
    shown = {day: desk.show(contract, effective_at=instant)["assigned_to"] for day, instant in at.items()}
    assert shown == {24: None, 26: "田中", 28: None}
    assert desk.show(contract, effective_at=at[28], known_at=at[26])["assigned_to"] == "田中"


def test_late_facts_and_corrections_do_not_affect_notes_and_attachments(desk: Desk) -> None:
    contract = desk.accepted()
    noted(desk, contract)
    desk.do(contract, "assign", to="田中")
    desk.move_to("2022-06-11")
    entry = desk.do(contract, "notify_cancellation", arrived_on="2022-06-10")
    noted(desk, contract, "the notice is on file")
    row = desk.history(contract)[-2]["id"]
    desk.move_to("2022-08-02")
    assert desk.show(contract)["state"] == "terminated"
    noted(desk, contract, "the customer asks why it ended")
    body = {"entry": row, "facts": {"arrived_on": "2022-07-20"}, "reason": "mistyped"}
    corrected = desk.post(f"{path_of(contract)}/corrections", body)
    assert (entry["cancellation"]["effective_on"], corrected["cancellation"]["effective_on"]) == (
        "2022-07-10", "2022-08-19",
    )  # fmt: skip
    assert (corrected["state"], corrected["assigned_to"]) == ("cancel_notified", "田中")
    late = desk.do(contract, "notify_cancellation", arrived_on="2022-07-12", reason="found in the post box")
    assert late["cancellation"]["effective_on"] == "2022-08-11"
    assert all(row["stands"] for row in desk.history(contract) if row["event"] in ("note", "assign"))
    assert desk.show(contract, effective_at="2022-07-15T12:00:00+09:00")["state"] == "cancel_notified"


def test_a_note_is_not_corrected_but_annulled(desk: Desk) -> None:
    contract = desk.accepted()
    note = noted(desk, contract)["note"]["id"]
    correction = {"entry": note, "facts": {"text": "x"}, "reason": "a slip"}
    refused = desk.post(f"{path_of(contract)}/corrections", correction, 409)
    assert refused["detail"] == "It stands as it was written: write another one, or annul this one."
    annulment = {"entries": [note], "ground": "never_happened", "reason": "it is about another contract"}
    annulled = desk.post(f"{path_of(contract)}/annulments", annulment)
    moved = {"version": contract["version"] + 1, "changes": annulled["changes"]}
    assert still(annulled) == still(contract) | moved
    (listed,) = desk.get(f"{path_of(contract)}/notes")["items"]
    assert (listed["text"], listed["stands"]) == (TEXT, False)
    desk.post(f"{path_of(contract)}/annulments", annulment, 409)


def test_an_assignment_is_neither_corrected_nor_annulled(desk: Desk) -> None:
    contract = desk.accepted()
    desk.do(contract, "assign", to="田中")
    row = desk.history(contract)[-1]["id"]
    annulment = {"entries": [row], "ground": "never_happened", "reason": "wrong"}
    refused = desk.post(f"{path_of(contract)}/annulments", annulment, 409)
    assert refused["detail"] == "An assignment stands until the next one: assign the contract anew."


def test_the_desk_and_the_operator_write_and_who_sees_personal_data_reads(desk: Desk) -> None:
    contract = desk.accepted()
    path = f"{path_of(contract)}/notes"
    for role in ("order_desk", "operator"):
        noted(desk, contract, headers=bearer(desk, role))
        assert len(desk.client.get(path, headers=bearer(desk, role, name=f"reader {role}")).json()["items"]) >= 1
    for role in ("auditor", "viewer", "admin"):
        theirs = bearer(desk, role)
        noted(desk, contract, status=403, headers=theirs)
        assert desk.client.get(path, headers=theirs).status_code == 403
        assert desk.client.get(f"{path_of(contract)}/attachments", headers=theirs).status_code == 403
        desk.post(f"{path_of(contract)}/assign", {"to": "x"}, 403, headers=theirs)
    granted = bearer(desk, "auditor", "personal_data")
    assert len(desk.client.get(path, headers=granted).json()["items"]) == 2


def test_notes_of_no_contract_are_not_found(desk: Desk) -> None:
    nowhere = f"/v1/contracts/c_{'0' * 26}"
    desk.post(f"{nowhere}/notes", {"text": TEXT}, 404)
    desk.get(f"{nowhere}/notes", 404)
    desk.get(f"{nowhere}/attachments", 404)
    desk.post(f"{nowhere}/assign", {"to": "x"}, 404)
