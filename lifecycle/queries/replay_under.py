"""The same facts under other settings: what people recorded is carried out again, in memory, by the same steps."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from lifecycle.commands.execute import catch_up
from lifecycle.machines.check import Refused
from lifecycle.machines.derive import derive
from lifecycle.machines.dossier import PARTS, Contract, Dossier, row_id
from lifecycle.machines.effects import given_of
from lifecycle.machines.replay import opened
from lifecycle.machines.step import CLOCK, Act, apply_act
from lifecycle.machines.table import NotPossible
from lifecycle.terms.editions import Editions

RecordedRow = Mapping[str, Any]
_ORDER = {kind: rank for rank, kind in enumerate(("contract", *PARTS))}
_NAMES_A_ROW = ("notice", "report")  # facts that point to another row by its id


class Replayed(NamedTuple):
    """Where the facts lead under some settings. refused: the ids of recorded rows that these would refuse."""

    dossier: Dossier
    refused: tuple[str, ...]


def replay_under(rows: Iterable[RecordedRow], now: datetime, editions: Editions) -> Replayed | None:
    """A contract's history ruled once more as of now; None where the contract is not in it.

    rows: the parsed payloads of the contract and all that hangs on it. What the clock did, and what followed
    from another row of the contract, is not taken from them: it follows again.
    """
    whole = list(rows)
    mine = {row["subject"] for row in whole}
    told = [r for r in whole if r["actor"] != CLOCK and not _follows(r, mine)]
    told.sort(key=lambda r: (datetime.fromisoformat(r["recorded_at"]), _ORDER[r["kind"]], r["subject"], r["seq"]))
    again = _Replay(editions)
    while told:
        at = told[0]["recorded_at"]
        number = next((n for n, row in enumerate(told) if row["recorded_at"] != at), len(told))
        again.at_one_instant(told[:number])
        told = told[number:]
    if again.dossier is None:
        return None
    return Replayed(catch_up(again.dossier, now, editions)[0], tuple(again.refused))


class _Replay:
    """A life led once more. rows: which row of it stands for which recorded one."""

    def __init__(self, editions: Editions) -> None:
        self.editions = editions
        self.dossier: Dossier | None = None
        self.refused: list[str] = []
        self.rows: dict[str, str] = {}

    def at_one_instant(self, rows: list[RecordedRow]) -> None:
        """Rows recorded at one instant do not tell their order: the one that refuses the least is taken."""
        start = self.dossier, tuple(self.refused), dict(self.rows)
        ends = []
        for parts_first in (True, False):
            self.dossier, self.refused, self.rows = start[0], list(start[1]), dict(start[2])
            self._in_order(rows, parts_first=parts_first)
            ends.append((self.dossier, self.refused, self.rows))
            if self.refused == list(start[1]):
                break
        self.dossier, self.refused, self.rows = min(ends, key=lambda end: len(end[1]))

    def _in_order(self, rows: list[RecordedRow], *, parts_first: bool) -> None:
        """Each subject's rows in their order; after each one those that could not come before are tried again."""
        waiting: dict[str, list[RecordedRow]] = {}
        for row in rows:
            waiting.setdefault(row["subject"], []).append(row)
        while waiting:
            names = list(reversed(waiting) if parts_first else waiting)
            done = next((name for name in names if self._tried(waiting[name][0])), None)
            if done is None:
                done = names[-1] if parts_first else names[0]
                row = waiting[done][0]
                self.refused.append(row_id(row["subject"], row["seq"]))
            waiting[done] = waiting[done][1:]
            waiting = {name: rest for name, rest in waiting.items() if rest}

    def _tried(self, row: RecordedRow) -> bool:
        try:
            self._carry_out(row)
        except (NotPossible, Refused, KeyError):
            return False
        return True

    def _carry_out(self, row: RecordedRow) -> None:
        now = datetime.fromisoformat(row["recorded_at"])
        if row["seq"] == 1:
            entity = opened(row)
            if isinstance(entity, Contract):
                self.dossier = derive(Dossier(entity), self.editions)
                return
            self.dossier = derive(self._due(now).with_subject(entity), self.editions)
            return
        dossier = self._due(now)
        given = given_of(row["facts"]) | {"at": datetime.fromisoformat(row["effective_at"])}
        given |= {name: self.rows.get(given[name], given[name]) for name in _NAMES_A_ROW if given.get(name)}
        act = Act(
            row["event"], row["subject"], given, row["actor"], now, given["at"], row["reason"], row["caused_by"]
        )
        self.dossier, _ = apply_act(dossier, act, self.editions)
        mine = self.dossier.subject(row["subject"])
        self.rows[row_id(row["subject"], row["seq"])] = row_id(mine.id, dossier.subject(mine.id).seq + 1)

    def _due(self, now: datetime) -> Dossier:
        if self.dossier is None:
            raise KeyError("the contract's application comes first")
        return catch_up(self.dossier, now, self.editions)[0]


def _follows(row: RecordedRow, mine: set[str]) -> bool:
    """Whether a row followed at once from another one of the same contract."""
    cause: str | None = row["caused_by"]
    return cause is not None and cause.rpartition(".")[0] in mine
