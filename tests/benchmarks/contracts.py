"""Many contracts, made fast: a thousand real ones as patterns, the rest differ from them in their ids only."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from hashlib import sha256
from typing import Any

from sqlalchemy import Engine, insert

from lifecycle.machines.facts import Contract
from lifecycle.records import tables
from lifecycle.records.engine import writing
from lifecycle.records.mapping import columns_of
from tests.scheduler.books import DAY, Story

ARRIVED = date(2026, 1, 10)
OVER = date(2026, 2, 10)  # the first day after the end of contracts notified on that day
PATTERNS = 1000
_PART = 10_000


def id_of(number: int) -> str:
    """The id of the numbered contract."""
    return f"c_{number:026d}"


def patterns(*, notified: bool, starting: bool = False) -> list[Contract]:
    """Contracts in billing, one for each of a thousand billing starts; notified: with a notice.

    starting: instead accepted ones, of a thousand applications, whose billing starts on the day OVER.
    """
    found = []
    for number in range(PATTERNS):
        start = date(2023, 1, 1) + number * DAY
        story = Story(number).apply(start - 20 * DAY).accept(start - 10 * DAY, OVER if starting else start)
        if starting:
            found.append(story.dossier.contract)
            continue
        if notified:
            story.notify(ARRIVED)
        else:
            story.until(start)
        found.append(story.dossier.contract)
    return found


def contract(pattern: Contract, number: int) -> Contract:
    """The numbered contract after its pattern."""
    own = id_of(number)
    notices = tuple(type(n)(n.id.replace(pattern.id, own), *_rest(n)) for n in pattern.notices)
    return pattern.but(
        id=own, reference=f"R-{number}", billing_from=str(pattern.billing_from).replace(pattern.id, own),
        notices=notices, head_hash=sha256(own.encode()).hexdigest(),
    )  # fmt: skip


def fill(engine: Engine, number: int, *, notified: bool, starting: bool = False) -> None:
    """Writes numbered contracts into an empty database, without the history that led to them."""
    made = patterns(notified=notified, starting=starting)
    for start in range(0, number, _PART):
        rows = [_columns(contract(made[n % PATTERNS], n)) for n in range(start, min(start + _PART, number))]
        with writing(engine) as conn:
            conn.execute(insert(tables.contract), rows)


def _columns(made: Contract) -> dict[str, Any]:
    return columns_of({f.name: getattr(made, f.name) for f in fields(made)})


def _rest(notice: Any) -> Iterator[Any]:
    return (getattr(notice, f.name) for f in fields(notice) if f.name != "id")
