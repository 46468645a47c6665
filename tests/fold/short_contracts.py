"""Short contracts for tests: the entries, and when each is entered."""

from tests.fold.desk import Desk
from tests.oracle.diary import at
from tests.oracle.entries import Entry
from tests.oracle.orders import timely


def book(*entries: Entry) -> Desk:
    """Enter each entry as soon as it has happened, and return the desk."""
    desk = Desk()
    for one in timely([*entries]):
        desk.enter(one.entry, one.at)
    return desk


def key(desk: Desk, when: str, *entries: Entry) -> Desk:
    """Keys entries at an instant, after everything due by then. Raises where one is refused."""
    desk.until(at(when))
    for entry in entries:
        desk.enter(entry, at(when))
    return desk
