"""Ways to write rows that are correctly chained but do not follow from the terms; the judge must find each."""

import json
import re
from collections.abc import Callable
from copy import deepcopy
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from lifecycle.audit.judge import Judge, Unjust
from tests.fold.desk import Desk
from tests.fold.lives import ORDERS, life, order_of
from tests.oracle.lives import ends_at

Row = dict[str, Any]
FIRST = 2  # the line of an export with its first row
CLOCK = "clock"


class Found(NamedTuple):
    """The result of the judge: the line of the first row that does not follow and the reason, or None."""

    line: int | None
    says: str
    judge: Judge


def judge(rows: list[Row]) -> Found:
    """Judges rows in their order."""
    one = Judge()
    try:
        for line, row in enumerate(rows, start=FIRST):
            one.add(row, line)
        one.over()
    except Unjust as unjust:
        return Found(unjust.line, str(unjust), one)
    return Found(None, one.says(), one)


def random_history(seed: int) -> list[Row]:
    """Return the rows of a random contract, entered in time, late or in any order, in the order of writing."""
    entries, order = life(seed), order_of(seed)
    keyed = ORDERS[order](entries, seed)
    desk = Desk().live(keyed)
    desk.until(max(ends_at(entries, seed), keyed[-1].at))
    desk.rows()
    return deepcopy(desk.payloads)


def full_in(row: Row) -> list[Any]:
    """The rulings of a row that repeat none of an earlier row."""
    return [ruling for ruling in row["rulings"] if isinstance(ruling, dict)]


def another_repeat(rows: list[Row], chance: Random) -> int | None:
    """A ruling that repeats another one of the row that it names, or one of no row."""
    places = [
        (n, place)
        for n, row in enumerate(rows)
        for place, one in enumerate(row["rulings"])
        if isinstance(one, str)
    ]
    place = _some(chance, places)
    if place is None:
        return None
    rulings = rows[place[0]]["rulings"]
    at, _, rest = rulings[place[1]].partition(" ")
    seq, _, number = at.partition(".")
    rulings[place[1]] = f"{seq}.{int(number) + chance.choice((1, 7))} {rest}"
    return int(place[0])


def _some(chance: Random, found: list[Any]) -> Any:
    return chance.choice(found) if found else None


def _value(name: str, change: Callable[[Any], Any]) -> Callable[[list[Row], Random], int | None]:
    """One value of one ruling, written otherwise."""

    def tamper(rows: list[Row], chance: Random) -> int | None:
        places = [(n, one) for n, row in enumerate(rows) for one in full_in(row) if one.get(name) is not None]
        place = _some(chance, places)
        if place is None:
            return None
        place[1][name] = change(place[1][name])
        return int(place[0])

    return tamper


def _next_day(text: str) -> str:
    return (date.fromisoformat(text) + timedelta(days=1)).isoformat()


def end_a_day_later(rows: list[Row], chance: Random) -> int | None:
    """A contract or an option ends a day later: in the row's instants, facts and rulings alike."""
    place = _some(chance, [n for n, row in enumerate(rows) if row["event"] == "terminate"])
    if place is None:
        return None
    row = rows[place]
    for name in ("effective_at", "due_at"):
        row[name] = (datetime.fromisoformat(row[name]) + timedelta(days=1)).isoformat()
    row["facts"]["terminated_on"] = _next_day(row["facts"]["terminated_on"])
    for ruling in full_in(row):
        ruling["on"] = _next_day(ruling["on"])
    return int(place)


def a_fact_of_the_clock(rows: list[Row], chance: Random) -> int | None:
    """A day or an amount among the facts of a row of the clock."""
    places = [
        (n, name)
        for n, row in enumerate(rows)
        for name, value in row["facts"].items()
        if row["actor"] == CLOCK
        and value is not None
        and (name.endswith("_on") or name in ("units", "amount_yen"))
    ]
    place = _some(chance, places)
    if place is None:
        return None
    facts = rows[place[0]]["facts"]
    facts[place[1]] = _next_day(facts[place[1]]) if place[1].endswith("_on") else facts[place[1]] + 1
    return int(place[0])


def another_cause(rows: list[Row], chance: Random) -> int | None:
    """A row of the clock that names another row as its cause."""
    place = _some(chance, [n for n, row in enumerate(rows) if row["actor"] == CLOCK and row["caused_by"]])
    if place is None:
        return None
    subject, _, seq = rows[place]["caused_by"].rpartition(".")
    rows[place]["caused_by"] = f"{subject}.{int(seq) + 40}"
    return int(place)


def a_ruling_less(rows: list[Row], chance: Random) -> int | None:
    """A ruling left out."""
    place = _some(chance, [n for n, row in enumerate(rows) if row["rulings"]])
    if place is None:
        return None
    del rows[place]["rulings"][-1]
    return int(place)


def a_row_of_the_clock_less(rows: list[Row], chance: Random) -> int | None:
    """Remove a row of the clock; the later rows of its chain move up, with all references to them."""
    named = {str(row["caused_by"]) for row in rows}
    gone = {(row["subject"], seq) for row in rows for seq in (row.get("line") or {}).get("supersedes", ())}
    free = [
        n
        for n, row in enumerate(rows)
        if row["actor"] == CLOCK
        and (row["subject"], row["seq"]) not in gone
        and f"{row['subject']}.{row['seq']}" not in named
        and any(other["recorded_at"] > row["recorded_at"] for other in rows)  # else nothing came after it
    ]
    place = _some(chance, free)
    if place is None:
        return None
    subject, seq = rows[place]["subject"], rows[place]["seq"]
    del rows[place]

    def moved(found: re.Match[str]) -> str:
        number = int(found[1])
        return f'"{subject}.{number - 1 if number > seq else number}"'

    for n, row in enumerate(rows):
        row = json.loads(re.sub(rf'"{re.escape(subject)}\.(\d+)"', moved, json.dumps(row)))
        if row["subject"] == subject:
            row["seq"] -= row["seq"] > seq
            if "supersedes" in row.get("line", {}):
                row["line"]["supersedes"] = [one - (one > seq) for one in row["line"]["supersedes"]]
        rows[n] = row
    return -1


def a_row_that_should_stand(rows: list[Row], chance: Random) -> int | None:
    """A late row supersedes a valid row of the clock."""
    places = []
    standing: dict[str, set[int]] = {}
    gone = {(row["subject"], seq) for row in rows for seq in row.get("line", {}).get("supersedes", ())}
    for n, row in enumerate(rows):
        mine = standing.setdefault(row["subject"], set())
        if "supersedes" in row.get("line", {}):
            places += [(n, seq) for seq in sorted(mine)]
        if row["actor"] == CLOCK and (row["subject"], row["seq"]) not in gone:
            mine.add(row["seq"])
    place = _some(chance, places)
    if place is None:
        return None
    rows[place[0]]["line"]["supersedes"] = sorted({*rows[place[0]]["line"]["supersedes"], place[1]})
    return -1


def a_row_that_should_not_stand(rows: list[Row], chance: Random) -> int | None:
    """A late row does not supersede a row of the clock that it should supersede."""
    clock = {(row["subject"], row["seq"]) for row in rows if row["actor"] == CLOCK}
    places = [
        (n, seq)
        for n, row in enumerate(rows)
        for seq in row.get("line", {}).get("supersedes", ())
        if (row["subject"], seq) in clock
    ]
    place = _some(chance, places)
    if place is None:
        return None
    rows[place[0]]["line"]["supersedes"].remove(place[1])
    return -1


# what is written → how; its answer: the number of the row, -1 where another may be named, None for no room
WRONGS: dict[str, Callable[[list[Row], Random], int | None]] = {
    "a day more": _value("on", _next_day),
    "a yen more": _value("amount_yen", lambda yen: yen + 1),
    "days counted": _value("days", lambda days: days + 1),
    "another article": _value("article", lambda article: "Art. 9" if article != "Art. 9" else "Art. 1"),
    "another reading": _value("reading", lambda reading: "R5" if reading != "R5" else "R6"),
    "another rule": _value("rule", lambda rule: f"{rule}_2"),
    "an end a day later": end_a_day_later,
    "a fact of the clock": a_fact_of_the_clock,
    "another cause": another_cause,
    "a ruling less": a_ruling_less,
    "another repeat": another_repeat,
    "a row of the clock less": a_row_of_the_clock_less,
    "a superseded row that should stand": a_row_that_should_stand,
    "a standing row that should be superseded": a_row_that_should_not_stand,
}


def missed(seed: int, what: str, rows: list[Row]) -> str | None:
    """What the judge does not find of a wrong; None where it does, or where there is no room for it."""
    tampered = deepcopy(rows)
    place = WRONGS[what](tampered, Random(f"{what} {seed}"))
    if place is None:
        return None
    found = judge(tampered)
    if found.line is None and not (what == "a row of the clock less" and found.judge.overdue):
        return f"{what}, life {seed}: not found"
    if place >= 0 and found.line is not None and found.line > place + FIRST:
        return f"{what}, life {seed}: line {place + FIRST} is wrong, and line {found.line} is named"
    return None
