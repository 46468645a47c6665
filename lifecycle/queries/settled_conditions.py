"""The day on which each condition of Art. 3(1) was met or waived, by the entries that stand (R28)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from lifecycle.history.rows import judged_from, rows_of
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.entries import entries_of
from lifecycle.machines.fold import fold
from lifecycle.machines.line import Transition
from lifecycle.queries.views.conditions import SettledCondition
from lifecycle.queries.views.fields import Answer
from lifecycle.terms.calendar import tokyo_day
from lifecycle.terms.editions import EDITIONS

SETTLES = {"meet_condition": "met", "waive_condition": "waived"}


def with_settled(conn: Connection, dossier: Dossier, content: Answer, now: datetime) -> Answer:
    """The answer about a contract, with the days where conditions were met or waived. Raises Archived."""
    contract = dossier.contract
    if not (contract.met or contract.waived):
        return content
    line = fold(entries_of(rows_of(conn, contract.id)), now, EDITIONS, judged_from=judged_from(conn))
    return settled_in(dossier, content, line.transitions)


def settled_in(dossier: Dossier, content: Answer, transitions: Sequence[Transition]) -> Answer:
    """The same by the transitions of a fold."""
    days: dict[tuple[str, str], str] = {}
    for one in transitions:
        if one.event.name in SETTLES:
            facts: Any = one.case.facts
            days[SETTLES[one.event.name], facts.condition] = tokyo_day(one.at).isoformat()
    contract = dossier.contract
    wanted = [("met", name) for name in contract.met] + [("waived", name) for name in contract.waived]
    found: list[SettledCondition] = [
        {"condition": name, "how": how, "on": days[how, name]} for how, name in wanted if (how, name) in days
    ]
    return {**content, "conditions": {**content["conditions"], "settled": found}} if found else content
