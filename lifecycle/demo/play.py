"""Playing the book: a sandbox's time moves from act to act; commands and sweep are those of the service."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, Engine

from lifecycle.commands import applications
from lifecycle.commands import contracts as commands
from lifecycle.commands.context import CommandContext, When
from lifecycle.demo.book import Book, ScriptedAct, Story, StoryLanguage
from lifecycle.machines.check import Refused
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.table import NotPossible
from lifecycle.records.engine import reading, writing
from lifecycle.records.mapping import load
from lifecycle.terms.ruling import Ruling
from lifecycle.timers.clock import move_sandbox, open_sandbox, read_clock
from lifecycle.timers.sweep import sweep

ACTOR = "order desk"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that was refused: it stands in no history, for nothing happened."""

    story: Story
    act: ScriptedAct
    rulings: tuple[Ruling, ...]


@dataclass(slots=True)
class Played:
    """What came of the book. contracts: their ids by reference."""

    contracts: dict[str, str] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)


class Unexpected(Exception):
    """The book says that an act is refused, and it was not."""


def play(engine: Engine, book: Book, lang: StoryLanguage, tick: Callable[[], object] = lambda: None) -> Played:
    """Plays a book on an empty, migrated database, which becomes a sandbox. tick: told after each act.

    Raises NotASandbox or Backwards where the database is not empty, Unexpected, and whatever a command raises
    that the book does not expect.
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
    """Moves the sandbox's time; what falls due on the way is recorded at its own instant."""
    with reading(engine) as conn:
        standing = read_clock(conn).sandbox_now
    sweep(engine, to, passing_from=standing)
    with writing(engine) as conn:
        move_sandbox(conn, to)


def _perform(
    engine: Engine, played: Played, story: Story, act: ScriptedAct, lang: StoryLanguage
) -> Refusal | None:
    """Does one act in a transaction of its own; the refusal, where the book says that the terms refuse it."""
    order = CommandContext(ACTOR, act.at, act.reason.to(lang) if act.reason else None)
    try:
        with writing(engine) as conn:
            if act.event == "apply":
                _apply(conn, played, story, act, order, lang)
            else:
                _step(conn, _subject_id(conn, played, story, act), act, order)
    except (Refused, NotPossible) as refusal:
        if not act.refused:
            raise
        return Refusal(story, act, refusal.rulings)
    return None


def _apply(
    conn: Connection, played: Played, story: Story, act: ScriptedAct, order: CommandContext, lang: StoryLanguage
) -> None:
    if act.of == "option":
        assert story.option is not None
        contract_id = played.contracts[story.reference]
        applications.apply_for_option(conn, contract_id, story.option, When(act.arrived_on), order)
        return
    application = applications.Application(
        reference=story.reference,
        received=When(act.arrived_on),
        personal=_people(story, lang),
        item=story.item,
        requested_billing_start_on=act.billing_starts_on,
        laws_accepted=story.declared,
        rights_cleared=story.declared,
        delivery={"custom_domain": None, "https": False, "certificate_obtained": None},
        options=[("drm", story.option)] if story.option and story.option_with_contract else [],
    )
    dossier, _ = applications.apply(conn, application, order)
    played.contracts[story.reference] = dossier.contract.id


def _step(conn: Connection, subject_id: str, act: ScriptedAct, order: CommandContext) -> Dossier:
    """One event of a contract or its option, by the desk's command of that name."""
    arrived, starts_on = When(act.arrived_on), act.billing_starts_on
    match act.event:
        case "accept" if act.of == "option":
            assert starts_on is not None
            fees = {"initial_fee_yen": act.initial_fee_yen, "monthly_fee_yen": act.monthly_fee_yen}
            return commands.accept_option(conn, subject_id, order, arrived, starts_on, **fees)
        case "accept":
            return commands.accept(conn, subject_id, order, arrived, starts_on)
        case "reschedule_billing":
            assert starts_on is not None
            return commands.reschedule_billing(conn, subject_id, order, starts_on)
        case "notify_cancellation":
            return commands.notify_cancellation(conn, subject_id, order, arrived, act.chosen_on)
        case "revoke_cancellation":
            return commands.revoke_cancellation(conn, subject_id, order, _notice(conn, subject_id, act))
        case "reject":
            return commands.reject(conn, subject_id, order)
        case _:
            return commands.withdraw(conn, subject_id, order)


def _subject_id(conn: Connection, played: Played, story: Story, act: ScriptedAct) -> str:
    dossier = load(conn, played.contracts[story.reference])
    return dossier.options[0].id if act.of == "option" else dossier.contract.id


def _notice(conn: Connection, contract_id: str, act: ScriptedAct) -> str | None:
    """The id of the notice that is meant, None for all."""
    return load(conn, contract_id).contract.notices[act.notice - 1].id if act.notice else None


def _people(story: Story, lang: StoryLanguage) -> dict[str, dict[str, str] | None]:
    """Customer and administrator, named by their office alone."""
    email = f"{story.reference.lower()}@example.co.jp"
    administrator = {"name": "Head of streaming" if lang == "en" else "配信管理責任者", "email": email}
    return {
        "customer": {"name": story.customer.to(lang), "email": email},
        "administrator": administrator if story.declared else None,
    }
