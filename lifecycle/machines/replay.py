"""Replay: the facts of a dossier from its history rows, by the same effects that wrote them. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields
from operator import itemgetter
from typing import Any, NamedTuple

from lifecycle.machines.derive import derive
from lifecycle.machines.dossier import CLASSES, Contract, Dossier
from lifecycle.machines.entity import Entity
from lifecycle.machines.events.revoke_cancellation import RevokeCancellation
from lifecycle.machines.facts import Facts
from lifecycle.machines.table import event_of
from lifecycle.terms.editions import EDITIONS, Editions

History = Mapping[str, Any]  # one parsed payload
EventFacts = tuple[str, Facts]  # a row's event and its facts
Row = tuple[int, EventFacts, Any]  # as it is replayed: its seq, what it says, what its state is read from
Chains = dict[str, list[Row]]  # by subject, each in the order of seq


class Reading(NamedTuple):
    """kind_of: a subject's kind by its id. state_of: the state after a row, by the row's last member."""

    kind_of: Callable[[str], str]
    state_of: Callable[[Any], str]


def replay(rows: Iterable[History], editions: Editions = EDITIONS) -> Dossier | None:
    """The dossier that a contract's history leads to, or None where the contract is not in it.

    rows: parsed payloads of the contract and all that hangs on it; each one's rows in the order of seq.
    """
    chains: Chains = {}
    kinds = {}
    for row in rows:
        kinds[row["subject"]] = row["kind"]
        facts = facts_of(row["kind"], row["event"], row["facts"])
        chains.setdefault(row["subject"], []).append((row["seq"], (row["event"], facts), row))
    return rebuilt(chains, Reading(kinds.__getitem__, itemgetter("to_state")), editions)


def rebuilt(chains: Chains, reading: Reading, editions: Editions = EDITIONS) -> Dossier | None:
    """The same, from rows whose given facts are at hand; nobody changes those."""
    things = [_thing(subject, rows, reading) for subject, rows in chains.items() if rows[0][0] == 1]
    contract = next((thing for thing in things if isinstance(thing, Contract)), None)
    if contract is None:
        return None
    dossier = Dossier(contract)
    for thing in things:
        if thing is not contract:
            dossier = dossier.with_subject(thing)
    return derive(dossier, editions)


def _thing(subject: str, rows: list[Row], reading: Reading) -> Entity:
    kind = reading.kind_of(subject)
    fields_ = _opened(kind, subject, rows[0][1][1])
    thing = CLASSES[kind].of(fields_)  # which changes with its fields: nobody else sees it yet
    if fields_.get("accepted_on", thing) is None and not any(row[1][0] == "accept" for row in rows):
        # the acceptance lies outside the rows asked for: nothing rests on it yet
        rows = [row for row in rows if not event_of(kind, row[1][0]).rests_on_acceptance]
    row_of = f"{subject}."  # how row_id begins
    for seq, (event, facts), _ in _counting(kind, rows):
        fields_.update(event_of(kind, event).effect(thing, facts, row_of + str(seq)))
    seq, _, last = rows[-1]
    fields_ |= {"state": reading.state_of(last), "seq": seq, "version": seq}
    assert len(fields_) == len(_BLANK[kind])  # no name but the thing's own
    return thing


def _counting(kind: str, rows: list[Row]) -> list[Row]:
    """A subject's rows after its first, without those that a later one overtakes."""
    overtaken: set[str] = set()
    found = []
    for row in rows[:0:-1]:
        event, facts = row[1]
        if event not in overtaken:
            found.append(row)
            takes_back_all = isinstance(facts, RevokeCancellation) and facts.notice is None
            if takes_back_all or event_of(kind, event).overtakes:
                overtaken.add(event)
    found.reverse()
    return found


def facts_of(kind: str, event: str, stored: Mapping[str, Any]) -> Facts:
    """The facts of a history row, typed."""
    facts: Facts = event_of(kind, event).facts.from_json(stored)
    return facts


def opened(row: History) -> Entity:
    """The thing as its first row opened it: the row's facts are its fields."""
    kind: str = row["kind"]
    facts = facts_of(kind, row["event"], row["facts"])
    return CLASSES[kind].of(_opened(kind, row["subject"], facts) | {"state": row["to_state"]})


def _opened(kind: str, subject: str, facts: Facts) -> dict[str, Any]:
    """The fields of a thing by its first row, but for the state."""
    own = {"id": subject, "seq": 1, "version": 1}
    values = _BLANK[kind] | own | {name: getattr(facts, name) for name in facts.names() if name != "options"}
    assert len(values) == len(_BLANK[kind])  # no name but the thing's own
    return values


_BLANK = {
    kind: {f.name: None if f.default is MISSING else f.default for f in fields(cls)}
    for kind, cls in CLASSES.items()
}
