"""Acts that are entered before they happen: one for each event whose own instant may not lie in the future."""

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from lifecycle.machines.check import AnyCase
from lifecycle.machines.table import EVENTS
from tests.machines.event_rows import ROWS, case_of_row, key, leads_to

HOUR = timedelta(hours=1)
READINGS = {"arrival": "R7", "declaration": "R31", "lifting": "R30"}  # all others go by R34


class ToCome(NamedTuple):
    """An event asked for an hour before it happens, where nothing else refuses it; its rule, and the reading."""

    kind: str
    event: str
    rule: str
    reading: str
    case: AnyCase


def acts_to_come() -> Iterator[ToCome]:
    """One for each event of a person that has such a rule, from the first state in which it is possible."""
    seen: set[tuple[str, str]] = set()
    for row in ROWS:
        kind, _, event = key(row)
        found = EVENTS[kind][event]
        own = [rule.__name__ for rule in found.rules if rule.__name__.endswith("_not_in_future")]
        if not leads_to(row) or not found.by_hand or not own or (kind, event) in seen:
            continue
        if own == ["claim_not_in_future"]:  # judges a fact
            continue
        seen.add((kind, event))
        # the event's own instant; a second rule, as of a consent, judges a day of its facts
        reading = READINGS.get(own[0].removesuffix("_not_in_future"), "R34")
        yield ToCome(kind, event, own[0], reading, case_of_row(row, ahead=HOUR))


TO_COME = list(acts_to_come())
