"""The operations on the running of the service: how the place is made on which each is tried, with what body."""

from datetime import datetime

from lifecycle.desk.logbook import TRIP, Note, note
from lifecycle.desk.parked import Fault, park
from lifecycle.records.engine import writing
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
        park(conn, [Fault(contract["id"], "start_billing", NOW, 4, "KeyError: 'x'")], NOW)
    return f"/v1/parked/{contract['id']}/retry", REASON


SCENES = {"scheduler-resume": held, "parked-retry": set_aside}
