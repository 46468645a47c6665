"""Whether a row of an existing book was imported before: it is compared with the record of that time."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, select

from lifecycle.commands.running_contract import personal_of, running_contract
from lifecycle.commands.take_over_body import RunningContractBody
from lifecycle.history.payload import commit_to
from lifecycle.machines.entries import CLOCK, Row
from lifecycle.machines.stateless_rows import ARCHIVE, STATELESS
from lifecycle.machines.take_over import Recording, entries_of_running
from lifecycle.records import tables
from lifecycle.records.any_of import any_of
from lifecycle.terms.calendar import tokyo_day

_history, _personal = tables.history.c, tables.personal.c
_PAYLOADS = select(_history.contract_id, _history.payload)
_SALTS = select(_personal.contract_id, _personal.salt)
_OURS = frozenset(("contract_id",))  # facts that a row of a file cannot know
Said = Counter[tuple[str, str, bytes]]  # kind, event and facts


@dataclass(frozen=True, slots=True)
class RecordedContract:
    """The record of the opening of a contract. said: its entries. salt: None once personal data is erased."""

    contract_id: str
    at: datetime
    opening: Row
    said: Said
    salt: str | None

    def says(self, body: RunningContractBody) -> bool:
        """Whether a row has the same content, including personal data."""
        if self.salt is None or commit_to(personal_of(body), self.salt) != self.opening.get("personal"):
            return False
        running = running_contract(body, self.contract_id, tokyo_day(self.at))
        recording = Recording("", self.at, None)
        entries = entries_of_running(self.contract_id, running, recording, lambda kind: kind)
        return self.said == Counter(_said(e.kind, e.event.name, e.facts.to_json()) for e in entries)


def recorded(conn: Connection, contract_ids: Sequence[str]) -> dict[str, RecordedContract]:
    """What was recorded as contracts were opened, by their ids."""
    if not contract_ids:
        return {}
    rows: dict[str, list[Row]] = {}
    for contract_id, payload in any_of(conn, _PAYLOADS, _history.contract_id, contract_ids):
        rows.setdefault(contract_id, []).append(orjson.loads(payload))
    salts: dict[str, str] = dict(any_of(conn, _SALTS, _personal.contract_id, contract_ids))
    return {
        id_: _recorded(id_, found, salts.get(id_))
        for id_, found in rows.items()
        if not any(row["event"] == ARCHIVE for row in found)
    }


def _recorded(contract_id: str, rows: Sequence[Row], salt: str | None) -> RecordedContract:
    """Of the rows of one instant those with the reason of the opening: a sandbox's clock may stand still."""
    (opening,) = [row for row in rows if row["subject"] == contract_id and row["seq"] == 1]
    mine = [
        row
        for row in rows
        if row["recorded_at"] == opening["recorded_at"]
        and row["actor"] != CLOCK
        and row["caused_by"] is None
        and row["event"] not in STATELESS
        and row["reason"] == opening["reason"]
    ]
    said = Counter(_said(row["kind"], row["event"], row["facts"]) for row in mine)
    return RecordedContract(contract_id, datetime.fromisoformat(opening["recorded_at"]), opening, said, salt)


def _said(kind: str, event: str, facts: Mapping[str, Any]) -> tuple[str, str, bytes]:
    kept = {name: value for name, value in facts.items() if name not in _OURS}
    return kind, event, orjson.dumps(kept, option=orjson.OPT_SORT_KEYS)
