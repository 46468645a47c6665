"""Replay: the facts of a dossier from its history rows, by the same effects that wrote them. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields
from operator import itemgetter
from typing import Any, NamedTuple

from lifecycle.machines.derive import derive
from lifecycle.machines.dossier import CLASSES, Contract, Dossier
from lifecycle.machines.effects import Given, given_of
from lifecycle.machines.entity import Entity
from lifecycle.machines.kinds import KINDS
from lifecycle.terms.editions import EDITIONS, Editions

History = Mapping[str, Any]  # one parsed payload
RecordedEvent = tuple[str, Given]  # a row's event, and the facts given
ReplayRow = tuple[int, RecordedEvent, Any]  # as it is replayed: its seq, what it says, what its state is read from
RowsBySubject = dict[str, list[ReplayRow]]  # by subject, each in the order of seq


class RowReader(NamedTuple):
    """kind_of: a subject's kind by its id. state_of: the state after a row, by the row's last member."""

    kind_of: Callable[[str], str]
    state_of: Callable[[Any], str]


_NEEDS_ACCEPTANCE = frozenset(
    (
        "reschedule_billing", "notify_cancellation", "revoke_cancellation", "end_by_company", "start_billing",
        "hold_billing", "terminate", "take_effect",
    )
)  # fmt: skip

# Their effects set fields and read none: the newest of a subject overtakes the others.
_SETS_ALONE = frozenset(("reschedule_billing", "hold_billing", "change_item", "change_administrator", "correct"))
_TAKES_BACK = "revoke_cancellation"  # of no notice in particular: all up to it, so it overtakes those before it


def replay(rows: Iterable[History], editions: Editions = EDITIONS) -> Dossier | None:
    """The dossier that a contract's history leads to, or None where the contract is not in it.

    rows: parsed payloads of the contract and all that hangs on it; each one's rows in the order of seq.
    """
    chains: RowsBySubject = {}
    kinds = {}
    for row in rows:
        kinds[row["subject"]] = row["kind"]
        chains.setdefault(row["subject"], []).append((row["seq"], (row["event"], given_of(row["facts"])), row))
    return rebuilt(chains, RowReader(kinds.__getitem__, itemgetter("to_state")), editions)


def rebuilt(chains: RowsBySubject, reading: RowReader, editions: Editions = EDITIONS) -> Dossier | None:
    """The same, from rows whose given facts are at hand; nobody changes those."""
    entities = [_entity(subject, rows, reading) for subject, rows in chains.items() if rows[0][0] == 1]
    contract = next((entity for entity in entities if isinstance(entity, Contract)), None)
    if contract is None:
        return None
    dossier = Dossier(contract)
    for entity in entities:
        if entity is not contract:
            dossier = dossier.with_subject(entity)
    return derive(dossier, editions)


def _entity(subject: str, rows: list[ReplayRow], reading: RowReader) -> Entity:
    kind = reading.kind_of(subject)
    fields_, effects = _opened(kind, subject, rows[0][1][1]), KINDS[kind].effects
    entity = CLASSES[kind].of(fields_)  # which changes with its fields: nobody else sees it yet
    if fields_.get("accepted_on", entity) is None and not any(row[1][0] == "accept" for row in rows):
        # the acceptance lies outside the rows asked for: nothing rests on it yet
        rows = [row for row in rows if row[1][0] not in _NEEDS_ACCEPTANCE]
    row_of = f"{subject}."  # how row_id begins
    for seq, (event, given), _ in _counting(rows):
        fields_.update(effects[event](entity, given, row_of + str(seq)))
    seq, _, last = rows[-1]
    fields_ |= {"state": reading.state_of(last), "seq": seq, "version": seq}
    assert len(fields_) == len(_BLANK[kind])  # no name but the thing's own
    return entity


def _counting(rows: list[ReplayRow]) -> list[ReplayRow]:
    """A subject's rows after its first, without those that a later one overtakes."""
    overtaken: set[str] = set()
    found = []
    for row in rows[:0:-1]:
        event, given = row[1]
        if event not in overtaken:
            found.append(row)
            if event in _SETS_ALONE or (event == _TAKES_BACK and given["notice"] is None):
                overtaken.add(event)
    found.reverse()
    return found


def opened(row: History) -> Entity:
    """The thing as its first row opened it: the row's facts are its fields."""
    kind: str = row["kind"]
    return CLASSES[kind].of(_opened(kind, row["subject"], given_of(row["facts"])) | {"state": row["to_state"]})


def _opened(kind: str, subject: str, given: Given) -> dict[str, Any]:
    """The fields of a thing by its first row, but for the state."""
    own = {"id": subject, "seq": 1, "version": 1}
    values = _BLANK[kind] | own | {name: value for name, value in given.items() if name != "options"}
    assert len(values) == len(_BLANK[kind])  # no name but the thing's own
    return values


_BLANK = {
    kind: {f.name: None if f.default is MISSING else f.default for f in fields(cls)}
    for kind, cls in CLASSES.items()
}
