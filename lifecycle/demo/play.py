"""Simulates the sample contracts: a sandbox's time moves from act to act; commands and sweep are those of the
service.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine

from lifecycle.commands.command import Command
from lifecycle.commands.execute import execute
from lifecycle.commands.operations import OPERATIONS
from lifecycle.commands.service import Service
from lifecycle.demo.book import DemoBook, ScriptedAct, Story, StoryLanguage
from lifecycle.machines.check import Refused
from lifecycle.machines.table import NotPossible
from lifecycle.records.engine import reading, writing
from lifecycle.records.mapping import load
from lifecycle.terms.ruling import Ruling
from lifecycle.timers.clock import move_sandbox, open_sandbox, read_clock
from lifecycle.timers.sweep import sweep

ACTOR = "order desk"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused request, which has no history row because nothing happened."""

    story: Story
    act: ScriptedAct
    rulings: tuple[Ruling, ...]


@dataclass(slots=True)
class Played:
    """The result of the simulation. contracts: their ids by reference."""

    contracts: dict[str, str] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)


class Unexpected(Exception):
    """The sample expects a refusal, but the act was accepted."""


def play(engine: Engine, book: DemoBook, lang: StoryLanguage, tick: Callable[[], object] = lambda: None) -> Played:
    """Simulate the sample contracts on an empty, migrated database, which becomes a sandbox. tick: called after
    each act. Raises NotASandbox or Backwards if the database is not empty, Unexpected, and whatever a command
    raises unexpectedly.
    """
    with writing(engine) as conn:
        open_sandbox(conn, book.begins_at)
    played = Played()
    for story, act in book.in_order():
        _let_pass(engine, act.at)
        refusal = _perform(engine, played, story, act, lang)
        if refusal is not None:
            played.refusals.append(refusal)
        elif act.refused:
            raise Unexpected(f"{story.reference}: {act.event} on {act.on} was not refused")
        sweep(engine, act.at)  # a notice or a start entered late may be due already
        tick()
    _let_pass(engine, book.ends_at)
    return played


def _let_pass(engine: Engine, to: datetime) -> None:
    """Move the sandbox's time; what becomes due is recorded at its own instant."""
    with reading(engine) as conn:
        standing = read_clock(conn).sandbox_now
    sweep(engine, to, passing_from=standing)
    with writing(engine) as conn:
        move_sandbox(conn, to)


def _perform(
    engine: Engine, played: Played, story: Story, act: ScriptedAct, lang: StoryLanguage
) -> Refusal | None:
    """Executes one act; the refusal, where the book says that the terms refuse it."""
    service = Service(engine, lambda: act.at, wall=lambda: act.at)
    with reading(engine) as conn:
        command = _command(conn, played, story, act, lang)
    try:
        outcome = execute(service, command)
    except (Refused, NotPossible) as refusal:
        if not act.refused:
            raise
        return Refusal(story, act, refusal.rulings)
    if command.operation == "contracts-apply":
        played.contracts[story.reference] = outcome.content["id"]
    return None


def _command(conn: Connection, played: Played, story: Story, act: ScriptedAct, lang: StoryLanguage) -> Command:
    """An act as a command."""
    operation = OPERATIONS[f"{act.of}s-{act.event}"]
    assert operation.body is not None
    if act.event != "apply":
        subject_id, body = _subject_id(conn, played, story, act), _body(conn, played, story, act, lang)
    elif act.of == "option":
        subject_id = played.contracts[story.reference]
        body = {"kind": "drm", "reference": story.option, "received_on": act.arrived_on}
    else:
        subject_id, body = None, _application(story, act, lang)
    return Command(
        operation=operation.name, actor=ACTOR, subject_id=subject_id, body=operation.body.model_validate(body)
    )


def _application(story: Story, act: ScriptedAct, lang: StoryLanguage) -> dict[str, Any]:
    """Return the body of an application."""
    drm = {"kind": "drm", "reference": story.option}
    return {
        "reference": story.reference,
        "received_on": act.arrived_on,
        **_people(story, lang),
        "item": story.item,
        "requested_billing_start_on": act.billing_starts_on,
        "declarations": {"laws_accepted": story.declared, "rights_cleared": story.declared},
        "options": [drm] if story.option and story.option_with_contract else [],
    }


def _body(conn: Connection, played: Played, story: Story, act: ScriptedAct, lang: StoryLanguage) -> dict[str, Any]:
    """Return the body of another event."""
    body: dict[str, Any] = {"reason": act.reason.to(lang) if act.reason else None}
    match act.event:
        case "accept":
            body |= {"accepted_on": act.arrived_on, "billing_starts_on": act.billing_starts_on}
            if act.of == "option":
                body |= {"initial_fee_yen": act.initial_fee_yen, "monthly_fee_yen": act.monthly_fee_yen}
        case "reschedule_billing":
            body |= {"billing_starts_on": act.billing_starts_on}
        case "notify_cancellation":
            body |= {"arrived_on": act.arrived_on, "chosen_on": act.chosen_on}
        case "revoke_cancellation":
            body |= {"notice": _notice(conn, played.contracts[story.reference], act)}
    return body


def _subject_id(conn: Connection, played: Played, story: Story, act: ScriptedAct) -> str:
    dossier = load(conn, played.contracts[story.reference])
    return dossier.options[0].id if act.of == "option" else dossier.contract.id


def _notice(conn: Connection, contract_id: str, act: ScriptedAct) -> str | None:
    """The id of the notice that is meant, None for all."""
    return load(conn, contract_id).contract.notices[act.notice - 1].id if act.notice else None


def _people(story: Story, lang: StoryLanguage) -> dict[str, dict[str, str] | None]:
    """Customer and administrator, named only by their role."""
    email = f"{story.reference.lower()}@example.co.jp"
    administrator = {"name": "Head of streaming" if lang == "en" else "配信管理責任者", "email": email}
    return {
        "customer": {"name": story.customer.to(lang), "email": email},
        "administrator": administrator if story.declared else None,
    }
