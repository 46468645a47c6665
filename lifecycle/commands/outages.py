"""Outages and their credits: recorded once, applied to the contracts in bulk, then claimed (Art. 8)."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, text

from lifecycle.commands.command import CommandContext, expect, new_id
from lifecycle.commands.corrected_facts import NOTHING_DIFFERS
from lifecycle.commands.enter_event import Executed, execute_entry, refuse_invalidated
from lifecycle.commands.outage_credits import annul_credits, correct_opening, nobody, open_credits, update_credits
from lifecycle.commands.outage_report import OutageReport, on_record_already, refuse_unknown
from lifecycle.errors import Malformed
from lifecycle.history.store import chain_entities, store
from lifecycle.machines.check import AnyCase, Case, Refused
from lifecycle.machines.dossier import row_id
from lifecycle.machines.events.attribute_outage import AttributeOutage
from lifecycle.machines.events.claim_credit import ClaimCredit
from lifecycle.machines.events.correct_outage import CorrectOutage
from lifecycle.machines.events.open_outage import OpenOutage
from lifecycle.machines.events.recover_outage import RecoverOutage
from lifecycle.machines.facts import Facts, NoFacts, When
from lifecycle.machines.parts import Outage
from lifecycle.machines.step import Act, Entry
from lifecycle.machines.table import TABLES, NotPossible
from lifecycle.queries.changes_of_many import Tell
from lifecycle.records import tables
from lifecycle.records.engine import is_sqlite
from lifecycle.records.mapping import Unknown
from lifecycle.terms import art8_credit as art8
from lifecycle.terms import order_of_days as order_rules
from lifecycle.terms.calendar import tokyo_day
from lifecycle.terms.editions import EDITIONS
from lifecycle.terms.ruling import Ruling, known

NO_CONTRACT: Any = None  # an outage is judged without one
ONE_OUTAGE = 8_000_001  # the key under which the opening of outages is locked


def open_outage(conn: Connection, context: CommandContext, found: OutageReport, tell: Tell = nobody) -> Outage:
    """Records an outage and opens a credit for every contract that it concerns (R26).

    Raises Unknown for a contract that is not there, Malformed for one of another service, Refused for an instant
    in the future, a recovery that does not follow, or an overlap.
    """
    terms = EDITIONS.on(tokyo_day(found.known_at))
    _one_at_a_time(conn)
    _refuse(
        order_rules.not_in_future("knowledge", found.known_at, context.now, terms),
        _recovery_refused(found.known_at, found.recovered_at, context.now),
        on_record_already(conn, found),
    )
    refuse_unknown(conn, found.contracts or (), found.service, "/contracts")
    outage = Outage(
        id=f"x_{new_id(context)}", state="ongoing", known_at=found.known_at, source=found.source,
        attributable=found.attributable, contracts=found.contracts, service=found.service,
    )  # fmt: skip
    facts = OpenOutage(
        known_at=found.known_at,
        source=found.source,
        attributable=found.attributable,
        contracts=found.contracts or None,
        service=found.service,
    )
    act = Act("open", outage.id, facts, context.actor, context.now, found.known_at, context.reason)
    rulings = (art8.outage_known(tokyo_day(found.known_at), terms),)
    written = _write(conn, None, outage.replace(seq=1, version=1), act, rulings)
    open_credits(conn, written, context, tell)
    return recover(conn, written.id, context, found.recovered_at, tell) if found.recovered_at else written


def recover(
    conn: Connection, outage_id: str, context: CommandContext, recovered_at: datetime, tell: Tell = nobody
) -> Outage:
    """Records the recovery, for the outage and every credit it opened; any recovery ends it (R26)."""
    outage = _expected(load_outage(conn, outage_id, lock=True), context)
    _refuse(_recovery_refused(outage.known_at, recovered_at, context.now))
    facts = RecoverOutage(recovered_at=recovered_at)
    after = _step(conn, outage, "recover", facts, context, recovered_at)
    open_credits(conn, outage, context, tell)  # contracts that began in the meantime
    update_credits(conn, after, "recover", facts, context, recovered_at, tell)
    return after


def attribute(
    conn: Connection, outage_id: str, context: CommandContext, *, attributable: bool, tell: Tell = nobody
) -> Outage:
    """Records whose fault the outage was, for it and every credit (R26)."""
    outage = _expected(load_outage(conn, outage_id, lock=True), context)
    facts = AttributeOutage(attributable=attributable)
    after = _step(conn, outage, "attribute", facts, context, context.now)
    update_credits(conn, after, "attribute", facts, context, context.now, tell)
    return after


def correct_outage(
    conn: Connection, outage_id: str, context: CommandContext, facts: CorrectOutage, tell: Tell = nobody
) -> Outage:
    """Replace wrong facts of an outage, for it and every credit (R35).

    Raises Unknown, Stale, NotPossible, Refused for an instant in the future or a recovery that does not follow,
    Malformed if nothing differs.
    """
    outage = _expected(load_outage(conn, outage_id, lock=True), context)
    terms = EDITIONS.on(tokyo_day(facts.known_at))
    _refuse(
        order_rules.not_in_future("knowledge", facts.known_at, context.now, terms),
        _recovery_refused(facts.known_at, facts.recovered_at, context.now),
    )
    refuse_unknown(conn, facts.contracts or (), outage.service, "/facts/contracts")
    if all(getattr(outage, name) == getattr(facts, name) for name in facts.names()):
        raise Malformed([("/facts", NOTHING_DIFFERS)])
    after = _step(conn, outage, "correct", facts, context, facts.known_at)
    with refuse_invalidated(conn, context):
        _correct_credits(conn, outage, after, context, tell)
    return after


def _correct_credits(conn: Connection, outage: Outage, after: Outage, context: CommandContext, tell: Tell) -> None:
    if (after.known_at, after.contracts) != (outage.known_at, outage.contracts):
        correct_opening(conn, after, context, tell)
    if after.recovered_at != outage.recovered_at:
        at = after.recovered_at or context.now
        update_credits(conn, after, "recover", RecoverOutage(recovered_at=after.recovered_at), context, at, tell)
    if after.attributable != outage.attributable:
        told = AttributeOutage(attributable=after.attributable)
        update_credits(conn, after, "attribute", told, context, context.now, tell)
    open_credits(conn, after, context, tell)


def annul_outage(conn: Connection, outage_id: str, context: CommandContext, tell: Tell = nobody) -> Outage:
    """Annul an outage that never happened, with its credits (R36). Raises Unknown, Stale, NotPossible."""
    outage = _expected(load_outage(conn, outage_id, lock=True), context)
    after = _step(conn, outage, "annul", NoFacts(), context, context.now)
    with refuse_invalidated(conn, context):
        annul_credits(conn, after, context, tell)
    return after


def claim(
    conn: Connection, contract_id: str, outage_id: str, context: CommandContext, claimed: When
) -> tuple[Executed, str]:
    """The customer claims the reduction (Art.

    8, R27); return its effect, and the credit's id. A fact given as a day is within the window if any instant of
    it is. Raises Unknown, Refused.
    """
    table = tables.SUBJECTS["credit"].c
    credit_id = conn.execute(
        select(table.id).where(table.contract_id == contract_id, table.outage_id == outage_id)
    ).scalar_one_or_none()
    if credit_id is None:
        raise Unknown("credit", outage_id)
    at = claimed.instant(context.now)
    return execute_entry(conn, credit_id, "claim", ClaimCredit(claimed_at=at), context, at), credit_id


def load_outage(conn: Connection, outage_id: str, *, lock: bool = False) -> Outage:
    """An outage. Raises Unknown."""
    statement = select(tables.SUBJECTS["outage"]).where(tables.SUBJECTS["outage"].c.id == outage_id)
    if lock and not is_sqlite(conn):
        statement = statement.with_for_update()
    row = conn.execute(statement).one_or_none()
    if row is None:
        raise Unknown("outage", outage_id)
    values = row._asdict()
    values["contracts"] = tuple(values["contracts"]) if values["contracts"] is not None else None
    return Outage.of(values)


def _expected(outage: Outage, context: CommandContext) -> Outage:
    expect(context, outage.version)
    return outage


def _step(
    conn: Connection,
    outage: Outage,
    event: str,
    facts: Facts,
    context: CommandContext,
    effective_at: datetime,
) -> Outage:
    edges = TABLES["outage"].get((outage.state, event))
    if not edges:
        raise NotPossible(event, outage.state, [e for s, e in TABLES["outage"] if s == outage.state])
    case: AnyCase = Case(NO_CONTRACT, outage, context.now, EDITIONS, facts)
    edge = next(e for e in edges if all(one(case) for one in e.conditions))
    changes = edge.event.effect(outage, facts, row_id(outage.id, outage.seq + 1))
    after = outage.replace(**changes, state=edge.target, seq=outage.seq + 1, version=outage.version + 1)
    act = Act(
        event, outage.id, facts, context.actor, context.now, effective_at, context.reason,
        approver=context.approver,
    )  # fmt: skip
    return _write(conn, outage, after, act, ())


def _write(conn: Connection, old: Outage | None, new: Outage, act: Act, rulings: tuple[Ruling, ...]) -> Outage:
    terms = EDITIONS.on(tokyo_day(new.known_at))
    was = old.state if old else None
    entry = Entry(new, act.event, was, new.state, act, None, act.facts.to_json(), rulings, (), terms)
    step = chain_entities([(old, new)], [entry])
    store(conn, [step])
    return new.replace(head_hash=step.heads[new.id])


def _one_at_a_time(conn: Connection) -> None:
    """Serialise the opening of outages, so that two overlapping ones cannot be opened at the same time."""
    if not is_sqlite(conn):
        conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": ONE_OUTAGE})


def _recovery_refused(known_at: datetime, recovered_at: datetime | None, now: datetime) -> Ruling | None:
    if recovered_at is None:
        return None
    terms = EDITIONS.on(tokyo_day(known_at))
    late = order_rules.not_in_future("recovery", recovered_at, now, terms)
    return art8.recovered_after_known(known_at, recovered_at, terms) or late


def _refuse(*refusals: Ruling | None) -> None:
    if refusing := known(refusals):
        raise Refused(refusing)
