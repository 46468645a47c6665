"""Replay: the facts of a dossier from its history rows, by the same effects that wrote them. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields
from typing import Any, NamedTuple

from lifecycle.machines.effects import Given, given_of
from lifecycle.machines.facts import CLASSES, Contract, Dossier
from lifecycle.machines.kinds import KINDS
from lifecycle.machines.settle import settle
from lifecycle.machines.thing import Thing
from lifecycle.terms.editions import EDITIONS, Editions

History = Mapping[str, Any]  # one parsed payload
# A row as it is replayed: subject, seq, event, and what Reading reads. A plain tuple, for speed.
Row = tuple[str, int, str, Any]


class Reading(NamedTuple):
    """How rows are read. kind_of: a subject's kind by its id. given_of, state_of: the facts given, which nobody
    changes, and the state after, by the last member of a row.
    """

    kind_of: Callable[[str], str]
    given_of: Callable[[Any], Given]
    state_of: Callable[[Any], str]


_NEEDS_ACCEPTANCE = frozenset(
    (
        "reschedule_billing", "notify_cancellation", "revoke_cancellation", "end_by_company", "start_billing",
        "hold_billing", "terminate", "take_effect",
    )
)  # fmt: skip

# Their effects set fields and read none: the newest of a subject overtakes the others.
_SETS_ALONE = frozenset(("reschedule_billing", "hold_billing", "change_item", "change_administrator", "correct"))
_TAKES_BACK = "revoke_cancellation"  # of no notice in particular: all up to it, so the newest overtakes the others


def replay(rows: Iterable[History], editions: Editions = EDITIONS) -> Dossier | None:
    """The dossier that a contract's history leads to, or None where the contract is not in it.

    rows: parsed payloads of the contract and all that hangs on it; each one's rows in the order of seq.
    """
    whole = [(row["subject"], row["seq"], row["event"], row) for row in rows]
    kinds = {subject: row["kind"] for subject, _, _, row in whole}
    return rebuilt(whole, Reading(kinds.__getitem__, _given, _state), editions)


def rebuilt(rows: Iterable[Row], reading: Reading, editions: Editions = EDITIONS) -> Dossier | None:
    """The same, from rows that are read while they are replayed."""
    by_subject: dict[str, list[Row]] = {}
    for row in rows:
        if (chain := by_subject.get(row[0])) is None:
            by_subject[row[0]] = [row]
        else:
            chain.append(row)
    things = [_thing(chain, reading) for chain in by_subject.values() if chain[0][1] == 1]
    contract = next((thing for thing in things if isinstance(thing, Contract)), None)
    if contract is None:
        return None
    dossier = Dossier(contract)
    for thing in things:
        if thing is not contract:
            dossier = dossier.with_subject(thing)
    return settle(dossier, editions)


def _thing(chain: list[Row], reading: Reading) -> Thing:
    last, (kind_of, given_of_, state_of) = chain[0], reading
    kind = kind_of(last[0])
    fields_ = _opened(kind, last[0], given_of_(last[3]))
    draft, effects = _DRAFTS[kind].of(fields_), KINDS[kind].effects  # they change it in place: nobody else sees it
    accepted = fields_.get("accepted_on", draft) is not None
    for row, given in _counting(chain, given_of_):
        event = row[2]
        if not accepted and event in _NEEDS_ACCEPTANCE:
            continue  # the acceptance lies outside the rows asked for: nothing rests on this one yet
        effects[event](draft, given, f"{row[0]}.{row[1]}")  # row_id, written out: each row comes by here
        accepted = accepted or event == "accept"
        last = row
    fields_["state"], fields_["seq"], fields_["version"] = state_of(last[3]), last[1], last[1]
    return CLASSES[kind].of(fields_)


def _counting(chain: list[Row], given_of_: Callable[[Any], Given]) -> Iterable[tuple[Row, Given]]:
    """A subject's rows after its first with what was given, without those that a later one overtakes."""
    overtaken: set[str] = set()
    found = []
    for row in chain[:0:-1]:
        event = row[2]
        if event in overtaken and event in _SETS_ALONE:
            continue
        given = given_of_(row[3])
        if event in _SETS_ALONE or (event == _TAKES_BACK and given["notice"] is None):
            if event in overtaken:
                continue
            overtaken.add(event)
        found.append((row, given))
    return reversed(found)


def opened(row: History) -> Thing:
    """The thing as its first row opened it: the row's facts are its fields."""
    kind: str = row["kind"]
    return CLASSES[kind].of(_opened(kind, row["subject"], _given(row)) | {"state": row["to_state"]})


def _given(row: History) -> Given:
    return given_of(row["facts"])


def _state(row: History) -> str:
    state: str = row["to_state"]
    return state


def _opened(kind: str, subject: str, given: Given) -> dict[str, Any]:
    """The fields of a thing by its first row, but for the state."""
    own = {"id": subject, "seq": 1, "version": 1}
    values = _BLANK[kind] | own | {name: value for name, value in given.items() if name != "options"}
    assert len(values) == len(_BLANK[kind])  # no name but the thing's own
    return values


def _in_place(draft: Thing, **changes: Any) -> Thing:
    vars(draft).update(changes)
    return draft


_DRAFTS: dict[str, type[Thing]] = {
    kind: type(f"{cls.__name__}Draft", (cls,), {"but": _in_place}) for kind, cls in CLASSES.items()
}
_BLANK = {
    kind: {f.name: None if f.default is MISSING else f.default for f in fields(cls)}
    for kind, cls in CLASSES.items()
}
