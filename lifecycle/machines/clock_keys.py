"""Matches recorded rows of the clock with the transitions of a fold."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import orjson

from lifecycle.machines.dossier import row_id
from lifecycle.machines.entries import CLOCK, REWRITES, Row, follows
from lifecycle.machines.line import Key, Line
from lifecycle.machines.table import event_of


def clock_rows(rows: Sequence[Row]) -> dict[Key, list[Row]]:
    """Return the valid rows that no person entered, by the key of the same transition in a fold."""
    gone = {(r["subject"], seq) for r in rows if r.get("line") for seq in r["line"].get("supersedes", ())}
    mine = {row["subject"] for row in rows}
    by_clock = {row_id(row["subject"], row["seq"]): row for row in rows if row["actor"] == CLOCK}
    found: dict[Key, list[Row]] = {}
    for row in rows:
        if row["actor"] != CLOCK and (not follows(row, mine) or row["event"] in REWRITES):
            continue
        if (row["subject"], row["seq"]) not in gone:
            found.setdefault(_key_of(row, by_clock), []).append(row)
    return found


def _key_of(row: Row, by_clock: Mapping[str, Row]) -> Key:
    facts = event_of(row["kind"], row["event"]).facts.from_json(row["facts"]).to_json()
    named = row["caused_by"]
    if (cause := by_clock.get(named or "")) is not None:
        named = f"{cause['subject']}~{cause['event']}"
    at = datetime.fromisoformat(row["effective_at"])
    return row["subject"], row["event"], at, orjson.dumps(facts, option=orjson.OPT_SORT_KEYS), named


def clock_keys(line: Line) -> Iterator[Key]:
    return (transition.key for transition in line.transitions if transition.entry is None)


def take_one(left: Counter[Key], key: Key) -> bool:
    """Remove one row of a key; return whether there was one."""
    if not left[key]:
        return False
    left[key] -= 1
    return True
