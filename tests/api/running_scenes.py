"""Operations on the service itself: how each subject is created, and with which body."""

from datetime import datetime

from sqlalchemy import insert

from lifecycle.history.operations_log import TRIP, Note, note
from lifecycle.people.sessions import open_session
from lifecycle.records import tables
from lifecycle.records.engine import writing
from lifecycle.timers.parked import StepFault, park
from tests.api.desk import START, Desk, Json

REASON = {"reason": "looked into"}
NOW = datetime.fromisoformat(START)


def held(desk: Desk) -> tuple[str, Json]:
    """Ends that the fuse holds."""
    with writing(desk.engine) as conn:
        note(conn, Note(NOW, TRIP, "clock", "far more than forecast"))
    return "/v1/scheduler/resume", REASON


def set_aside(desk: Desk) -> tuple[str, Json]:
    """A timer that was parked."""
    contract = desk.accepted()
    with writing(desk.engine) as conn:
        park(conn, [StepFault(contract["id"], "start_billing", NOW, 4, "KeyError: 'x'")], NOW)
    return f"/v1/parked/{contract['id']}/retry", REASON


def receiver(desk: Desk) -> tuple[str, Json]:
    """A receiver of webhooks that is no longer wanted."""
    return f"/v1/webhooks/{new_webhook(desk)['id']}/remove", REASON


def tried(desk: Desk) -> tuple[str, None]:
    """A receiver that is being set up."""
    return f"/v1/webhooks/{new_webhook(desk)['id']}/test", None


def not_taken(desk: Desk) -> tuple[str, Json]:
    """A message that failed for good."""
    webhook = new_webhook(desk)["id"]
    row = {
        "webhook_id": webhook,
        "idx": 7,
        "contract_id": f"c_{'0' * 26}",
        "attempts": 10,
        "reason": "answered 500",
    }
    with writing(desk.engine) as conn:
        conn.execute(insert(tables.undelivered), row)
    return f"/v1/webhooks/{webhook}/resend", {"index": 7}


def new_webhook(desk: Desk, **body: object) -> Json:
    """A receiver that was added."""
    return desk.post("/v1/webhooks", {"url": "https://receiver.example.com/hooks"} | body, 201)


def somebody(desk: Desk) -> tuple[str, Json]:
    """Somebody who is signed in without a token."""
    with writing(desk.engine) as conn:
        open_session(conn, desk.context.wall(), name="person:sato", roles=["viewer"])
    return "/v1/sessions/end", REASON | {"name": "person:sato"}


def to_be_mailed(desk: Desk) -> tuple[str, Json]:
    """A document to send to the customer."""
    return f"/v1/contracts/{desk.accepted()['id']}/papers/acceptance/mail", {}


def in_the_outbox(desk: Desk, what: str) -> str:
    """Return the path of an action on a waiting test mail."""
    made = desk.post("/v1/test_mail", {"to": "desk@example.co.jp"}, 201)
    return f"/v1/mail/{made['id']}/{what}"


SCENES = {
    "mail-mail_paper": to_be_mailed,
    "mail-send_test": lambda desk: ("/v1/test_mail", {"to": "desk@example.co.jp"}),
    "mail-resend": lambda desk: (in_the_outbox(desk, "resend"), None),
    "mail-remove": lambda desk: (in_the_outbox(desk, "remove"), REASON),
    "sessions-end": somebody,
    "scheduler-resume": held, "parked-retry": set_aside, "webhooks-remove": receiver, "webhooks-resend": not_taken,
    "webhooks-send_test": tried,
}  # fmt: skip
