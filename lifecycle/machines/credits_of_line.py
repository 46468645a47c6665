"""The credits of a line, derived after it is finished from each outage's facts and the claim (R26, R27)."""

from collections.abc import Mapping
from datetime import datetime

from lifecycle.machines.check import AnyCase, Case
from lifecycle.machines.derive import derive
from lifecycle.machines.derive_credit import STATES, outcome
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.entries import CLOCK, HumanEntry
from lifecycle.machines.events.credit_due import due_facts
from lifecycle.machines.line import Line, Transition
from lifecycle.machines.parts import Credit
from lifecycle.machines.table import EVENTS
from lifecycle.terms.editions import Editions


def derive_credits(
    line: Line, entries: Mapping[str, list[HumanEntry]], until: datetime, editions: Editions
) -> None:
    """Add to the line its credits and their transitions. entries: of each credit, by its id."""
    assert line.dossier is not None
    editions = editions.governing(line.dossier.contract)
    found = tuple(_credit(own) for _, own in sorted(entries.items()))
    dossier = line.dossier._replace(credits=found)
    for credit in found:
        dossier = _derive_credit(line, dossier, credit, entries[credit.id][0], until, editions)
    line.dossier = derive(dossier, editions)


def _derive_credit(
    line: Line, dossier: Dossier, credit: Credit, opening: HumanEntry, until: datetime, editions: Editions
) -> Dossier:
    case: AnyCase = Case(dossier, credit, until, editions, opening.facts)
    path = outcome(credit, dossier, until, editions).path
    state = "open"
    for name, at in path:
        before, state = state, STATES[name]
        if name == "claim":
            continue
        event = EVENTS["credit"][name]
        facts = due_facts(outcome(credit, dossier, at, editions))
        step = case._replace(subject=credit.replace(state=before), event_facts=facts, effective_at=at)
        assert event.clock is not None
        cause = event.clock.cause(credit, dossier, editions)
        after = dossier.with_subject(credit.replace(state=state))
        line.transitions.append(Transition(step, after, event, at, before, state, CLOCK, cause=cause))
    final = outcome(credit, dossier, until, editions)
    return dossier.with_subject(credit.replace(state=final.state))


def _credit(entries: list[HumanEntry]) -> Credit:
    """A credit with the facts of its outage, of which the newest count, and its claim, of which the first
    counts.
    """
    credit = entries[0].opened()
    assert isinstance(credit, Credit)
    claims = sorted((e for e in entries[1:] if e.event.name == "claim"), key=lambda entry: (entry.at, entry.id))
    others = sorted((e for e in entries[1:] if e.event.name != "claim"), key=lambda entry: entry.number)
    for entry in (*others, *claims[:1]):
        credit = credit.replace(**entry.event.effect(credit, entry.facts, entry.id))
    return credit
