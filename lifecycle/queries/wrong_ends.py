"""Ends by the clock that are no longer valid: until they were corrected, the customer was not served (R36)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, literal_column, select

from lifecycle.machines.dossier import row_id
from lifecycle.records import tables
from lifecycle.records.any_of import any_of
from lifecycle.records.compiled import decoded, decoders

_s, _h = tables.superseded.c, tables.history.c
_TERMINATE: ColumnElement[str] = literal_column("'terminate'")  # a compiled statement has no values of its own
_JOINED = tables.superseded.join(
    tables.history, (_h.subject_id == _s.subject_id) & (_h.seq == _s.seq) & (_h.event == _TERMINATE)
)
_COLUMNS = (_s.contract_id, _s.subject_id, _h.effective_at, _h.recorded_at, _s.recorded_at, _s.by_seq)
_ENDS = select(*(column.label(f"c{n}") for n, column in enumerate(_COLUMNS))).select_from(_JOINED)


class WrongEnd(NamedTuple):
    """An end of a contract or an option that is no longer valid.

    from_at: when it took effect, or was recorded, if later. known_at: when it turned out to be wrong. cause: the
    row that says so.
    """

    subject_id: str
    from_at: datetime
    known_at: datetime
    cause: str


def wrong_ends(conn: Connection, contract_ids: Sequence[str]) -> Mapping[str, Sequence[WrongEnd]]:
    """Ends that no longer stand, by contract, in the order in which that became known."""
    found: dict[str, list[WrongEnd]] = {}
    for row in any_of(conn, _ENDS, _s.contract_id, contract_ids):
        contract_id, subject_id, effective, recorded, known, by_seq = decoded(
            row, decoders(_COLUMNS, conn.dialect)
        )
        end = WrongEnd(subject_id, max(effective, recorded), known, row_id(subject_id, by_seq))
        found.setdefault(contract_id, []).append(end)
    return {id_: sorted(ends, key=lambda end: (end.known_at, end.subject_id)) for id_, ends in found.items()}


def contracts_ended_wrongly(condition: ColumnElement[bool]) -> Select[tuple[str]]:
    """The ids of contracts with such an end. condition: on the column `superseded.contract_id`."""
    return select(_s.contract_id.label("id")).select_from(_JOINED).where(condition)
