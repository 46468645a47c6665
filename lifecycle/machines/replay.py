"""Replay: the facts of a dossier from its history rows, by the same effects that wrote them. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, fields
from datetime import datetime
from typing import Any

from lifecycle.machines.effects import given_of
from lifecycle.machines.facts import CLASSES, Contract, Dossier, row_id
from lifecycle.machines.kinds import KINDS
from lifecycle.machines.settle import settle
from lifecycle.machines.thing import Thing
from lifecycle.terms.editions import EDITIONS, Editions

History = Mapping[str, Any]  # one parsed payload

_NEEDS_ACCEPTANCE = frozenset(
    (
        "reschedule_billing", "notify_cancellation", "revoke_cancellation", "end_by_company", "start_billing",
        "hold_billing", "terminate", "take_effect",
    )
)  # fmt: skip

# Their effects set fields and read none: the newest of a subject overtakes the others.
SETS_ALONE = frozenset(("reschedule_billing", "change_item", "change_administrator", "correct"))


def replay(rows: Iterable[History], editions: Editions = EDITIONS) -> Dossier | None:
    """The dossier that a contract's history leads to, or None where the contract is not in it.

    rows: parsed payloads of the contract and all that hangs on it; each one's rows in the order of seq.
    """
    by_subject: dict[str, list[History]] = {}
    for row in rows:
        by_subject.setdefault(row["subject"], []).append(row)
    things = [_thing(chain) for chain in by_subject.values() if chain[0]["seq"] == 1]
    contract = next((thing for thing in things if isinstance(thing, Contract)), None)
    if contract is None:
        return None
    dossier = Dossier(contract)
    for thing in things:
        if thing is not contract:
            dossier = dossier.with_subject(thing)
    return settle(dossier, editions)


def _thing(chain: Sequence[History]) -> Thing:
    thing = opened(chain[0])
    draft = _DRAFTS[thing.KIND].of({**vars(thing)})  # effects change it in place: nobody else sees it
    fields_, effects = vars(draft), KINDS[thing.KIND].effects
    for row in chain[1:]:
        event, seq = row["event"], row["seq"]
        if event in _NEEDS_ACCEPTANCE and fields_.get("accepted_on", draft) is None:
            continue  # the acceptance lies outside the rows asked for: nothing rests on this one yet
        effects[event](draft, given_of(row["facts"]), row_id(thing.id, seq))
        fields_["state"], fields_["seq"], fields_["version"] = row["to_state"], seq, seq
    return thing.of(fields_)


def opened(row: History) -> Thing:
    """The thing as its first row opened it: the row's facts are its fields."""
    given, kind = given_of(row["facts"]), row["kind"]
    given.pop("options", None)
    own = {"id": row["subject"], "state": row["to_state"], "seq": 1, "version": 1}
    values = _BLANK[kind] | own | given
    assert len(values) == len(_BLANK[kind])  # no name but the thing's own
    return CLASSES[kind].of(values)


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


def happened_by(rows: Iterable[History], effective_at: datetime, known_at: datetime) -> list[History]:
    """The rows whose legal instant and whose recording both lie no later than asked."""
    return [
        row
        for row in rows
        if datetime.fromisoformat(row["effective_at"]) <= effective_at
        and datetime.fromisoformat(row["recorded_at"]) <= known_at
    ]
