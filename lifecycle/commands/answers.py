"""The answers about subjects, with their versions, for the commands that change them and for reads."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from lifecycle.commands.command import Call, Outcome
from lifecycle.commands.enter_event import Executed, changes_of
from lifecycle.history.rows import judged_from, rows_of
from lifecycle.machines.dossier import Contract, Dossier, Option
from lifecycle.machines.entries import entries_of
from lifecycle.machines.fold import fold
from lifecycle.machines.line import Line, Transition
from lifecycle.machines.parts import Outage
from lifecycle.machines.rewrite import Rewrite
from lifecycle.queries.views.changes import Changes
from lifecycle.queries.views.conditions import SettledCondition
from lifecycle.queries.views.contracts import contract_view
from lifecycle.queries.views.fields import Answer
from lifecycle.queries.views.options import option_view
from lifecycle.queries.views.outages import outage_view
from lifecycle.queries.views.parts import credit_view, item_change_view, measure_view, usage_view
from lifecycle.records import tables
from lifecycle.records.people import personal_of
from lifecycle.terms.calendar import Month, tokyo_day
from lifecycle.terms.editions import EDITIONS

PLACES = {"option": "options", "item_change": "item_changes", "measure": "measures"}
# Agreements that may reach back without changing a row: they are in time by their own day.
AGREED_FOR_THE_PAST = frozenset(("end_by_agreement", "set_fee", "change_fees"))
SETTLES = {"meet_condition": "met", "waive_condition": "waived"}
_VIEWS: Mapping[str, Any] = {"option": option_view, "item_change": item_change_view, "measure": measure_view}


def event_answer(call: Call, done: Executed) -> Outcome:
    """Return the subject of an event as it is then. done.rewritten: how a late entry changed the history."""
    outcome = subject_answer(call.conn, done.dossier, call.subject_id, call.now)
    agreed = call.command.operation.rpartition("-")[2] in AGREED_FOR_THE_PAST
    if done.rewritten is None and (agreed or _ended_before_this_month(call, done)):
        return _with_past_money(call, outcome, done)
    return with_changes(call, outcome, done)


def _ended_before_this_month(call: Call, done: Executed) -> bool:
    """Whether a late notice, although in order, ended the contract or option in a past month."""
    ended, was = done.dossier.subject(call.subject_id), done.before.subject(call.subject_id)
    if not isinstance(ended, Contract | Option) or ended.terminated_on is None or was.terminated_on is not None:
        return False
    return Month.of(ended.terminated_on) < Month.of(tokyo_day(call.now))


def _with_past_money(call: Call, outcome: Outcome, done: Executed) -> Outcome:
    """Return the answer, with the changes if an agreement or a late finding moves money of past months."""
    found = _changes_in_time(call, done)
    this_month = str(Month.of(tokyo_day(call.now)))
    if all(one["month"] >= this_month for one in found["money"]):
        return outcome
    return replace(outcome, content={**outcome.content, "changes": found})


def with_sent_money(call: Call, outcome: Outcome, done: Executed) -> Outcome:
    """Return the answer, with the changes if an entry in time moves money of a month that was sent."""
    if done.rewritten is not None:
        return with_changes(call, outcome, done)
    found = _changes_in_time(call, done)
    if not any(one["issued"] for one in found["money"]):
        return outcome
    return replace(outcome, content={**outcome.content, "changes": found})


def _changes_in_time(call: Call, done: Executed) -> Changes:
    before, after = Line(dossier=done.before), Line(dossier=done.dossier)
    return changes_of(call.conn, Rewrite(done.dossier, (), (), (), (), lambda: before, after), call.now)


def with_changes(call: Call, outcome: Outcome, done: Executed) -> Outcome:
    """Return an answer with the changes that a late entry, a correction or an annulment made to the record."""
    if done.rewritten is None:
        return outcome
    changes = changes_of(call.conn, done.rewritten, call.now, done.lapsed, renamed=done.renamed)
    return replace(outcome, content={**outcome.content, "changes": changes})


def subject_answer(conn: Connection, dossier: Dossier, subject_id: str, now: datetime) -> Outcome:
    """A contract, with customer and administrator, or a part of it."""
    if subject_id == dossier.contract.id:
        found = contract_answer(dossier, personal_of(conn, subject_id), now)
        return replace(found, content=with_settled(conn, dossier, found.content, now))
    return part_answer(dossier, subject_id, now)


def contract_answer(dossier: Dossier, people: Mapping[str, Any] | None, now: datetime) -> Outcome:
    """Return a contract. people: customer and administrator, None if the caller may not see them."""
    content = contract_view(dossier, people, now)
    return Outcome(content, version=dossier.contract.version, parts=dossier.parts_version)


def application_answer(dossier: Dossier, people: Mapping[str, Any] | None, now: datetime, *, new: bool) -> Outcome:
    """Return the contract of an application. new: whether this command created it."""
    return replace(
        contract_answer(dossier, people, now), created=new, location=f"/v1/contracts/{dossier.contract.id}"
    )


def part_answer(dossier: Dossier, part_id: str, now: datetime, *, created: bool = False) -> Outcome:
    """An option, an item change or a measure. created: it was made by this command."""
    part = dossier.subject(part_id)
    location = f"/v1/{PLACES[part.KIND]}/{part_id}" if created else None
    return Outcome(_VIEWS[part.KIND](dossier, part_id, now), created, version=part.version, location=location)


def usage_answer(dossier: Dossier, usage_id: str) -> Outcome:
    """A month's usage."""
    return Outcome(usage_view(dossier, usage_id), version=dossier.subject(usage_id).version)


def credit_answer(dossier: Dossier, credit_id: str, now: datetime) -> Outcome:
    """Return the credit of a contract for an outage."""
    credit = dossier.subject(credit_id)
    return Outcome(credit_view(dossier, credit, now), version=credit.version)


def outage_answer(conn: Connection, outage: Outage, *, created: bool = False) -> Outcome:
    """Return an outage with the number of its contracts."""
    credit = tables.SUBJECTS["credit"]
    concerned = conn.execute(
        select(func.count()).select_from(credit).where(credit.c.outage_id == outage.id, ~credit.c.annulled)
    ).scalar_one()
    location = f"/v1/outages/{outage.id}" if created else None
    return Outcome(outage_view(outage, concerned), created, version=outage.version, location=location)


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
