"""Applications: the first row of a contract or an option."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, select

from lifecycle.commands.application import Application as Application
from lifecycle.commands.application import Duplicate as Duplicate
from lifecycle.commands.book import locked
from lifecycle.commands.command import CommandContext, new_id
from lifecycle.commands.enter_event import Executed, open_subject
from lifecycle.history.payload import commit_to
from lifecycle.history.store import ChainedStep, chain_dossier, store
from lifecycle.machines.check import Refused
from lifecycle.machines.compared import reference_key
from lifecycle.machines.dossier import Contract, Dossier, Option, row_id
from lifecycle.machines.entries import HISTORY_ALONE
from lifecycle.machines.events.apply import APPLY
from lifecycle.machines.events.apply_for_option import ApplyForOption
from lifecycle.machines.facts import When
from lifecycle.machines.names_of_services import refuse_option_of_another_service
from lifecycle.machines.open import open_contract, open_part
from lifecycle.machines.step import Act, Entry
from lifecycle.machines.table import NotPossible
from lifecycle.records import tables
from lifecycle.records.mapping import load
from lifecycle.records.references import bearers
from lifecycle.records.search_folding import customer_number, fold_people
from lifecycle.terms.editions import NotInForce, option_kinds

ReceivedApplication = tuple[Dossier, bool]


def apply(conn: Connection, application: Application, context: CommandContext) -> ReceivedApplication:
    """Receive an application for a contract and its options; return the dossier, and whether it is new.

    An identical application returns the contract as it is now, and False. Raises Duplicate for another application
    with the same reference, Refused.
    """
    (found,) = apply_all(conn, [(application, context)])
    if isinstance(found, Exception):
        raise found
    return found


def apply_all(
    conn: Connection, asked: Sequence[tuple[Application, CommandContext]]
) -> list[ReceivedApplication | Exception]:
    """Receive applications in bulk; for each, what `apply` returns or raises. A refused one leaves no changes."""
    found, steps = open_all(conn, asked)
    store(conn, steps)
    return found


def open_all(
    conn: Connection, asked: Sequence[tuple[Application, CommandContext]], *, all_new: bool = False
) -> tuple[list[ReceivedApplication | Exception], list[ChainedStep]]:
    """As `apply_all`, but without storing the new ones. all_new: do not look up references; the database refuses a
    duplicate (IntegrityError). Applications are processed in the order of their references, so that two
    transactions cannot deadlock.
    """
    receiver = _Receiver(conn, [] if all_new else [application for application, _ in asked])
    found: dict[int, ReceivedApplication | Exception] = {}
    for place in sorted(range(len(asked)), key=lambda place: asked[place][0].reference):
        try:
            found[place] = receiver.receive(*asked[place])
        except (Duplicate, Refused, NotInForce, NotPossible) as error:
            found[place] = error
    return [found[place] for place in range(len(asked))], receiver.steps


@dataclass(slots=True)
class _Receiver:
    """Processes applications. taken: the bearers of requested references, by kind; steps: to be stored."""

    conn: Connection
    asked: Sequence[Application]
    taken: dict[str, dict[str, str]] = field(init=False)
    steps: list[ChainedStep] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.taken = {
            "contract": taken_references(self.conn, "contract", [a.reference for a in self.asked]),
            "option": taken_references(self.conn, "option", [name for a in self.asked for _, name in a.options]),
        }

    def receive(self, application: Application, context: CommandContext) -> ReceivedApplication:
        existing = self.taken["contract"].get(reference_key(application.reference))
        if existing is None:
            return self._open(application, context), True
        store(self.conn, self.steps)  # it may be one of those just received
        self.steps.clear()
        if _identical(self.conn, existing, application, context):
            return load(self.conn, existing), False
        raise Duplicate("contract", application.reference, existing)

    def _open(self, application: Application, context: CommandContext) -> Dossier:
        facts, at = application.facts(context), application.received.instant(context.now)
        contract = Contract(
            id=f"c_{new_id(context)}", state="applied", line_at=at, line_rank=APPLY.rank,
            **{name: getattr(facts, name) for name in facts.names() if name not in HISTORY_ALONE},
        )  # fmt: skip
        act = Act("apply", contract.id, facts, context.actor, context.now, at, context.reason)
        dossier, entry = open_contract(contract, act)
        entries = [entry]
        for kind, reference in application.options:
            _refuse_taken(self.taken["option"], reference)
            filed = {"in_form": application.in_form, **application.filed}
            dossier, entry = _with_option(dossier, kind, reference, application.received, context, filed)
            entries.append(entry)
        salt = secrets.token_hex(32)
        commitments = {row_id(contract.id, 1): commit_to(application.personal, salt)}
        personal = dict(application.personal)
        people = (contract.id, salt, personal, fold_people(personal), customer_number(personal))
        self.taken["contract"][reference_key(application.reference)] = contract.id
        self.taken["option"] |= {reference_key(option.reference): option.id for option in dossier.options}
        step = chain_dossier(None, dossier, entries, commitments, people)
        self.steps.append(step)
        return step.in_dossier(dossier)


def apply_for_option(
    conn: Connection,
    contract_id: str,
    reference: str,
    received: When,
    context: CommandContext,
    filed: Mapping[str, Any] | None = None,
    kind: str | None = None,
) -> tuple[Executed, str, bool]:
    """Receive an application for an option of a contract; return the effect, the option's id, and whether it is
    new. filed: form, channel, and whether it is in the company's form. kind: by default the option of its service.
    Raises Unknown, Duplicate, NotPossible (the contract is over), Refused (R17), Malformed for a kind of another
    service.
    """
    before = locked(conn, contract_id, context)
    kind = kind or option_kinds(before.service)[-1]
    refuse_option_of_another_service(kind, before.service)
    if (existing := bearer_of(conn, "option", reference, context)) is not None:
        same = next((o for o in before.options if o.id == existing), None)
        if same is None or (received != When() and received.day(context.now) != same.received_on):
            raise Duplicate("option", reference, existing)
        return Executed.nothing(before), existing, False
    option, facts, at = _option(contract_id, kind, reference, received, context, filed or {})
    return open_subject(conn, option, "apply", facts, context, at), option.id, True


def _option(
    contract_id: str, kind: str, reference: str, received: When, context: CommandContext, filed: Mapping[str, Any]
) -> tuple[Option, ApplyForOption, datetime]:
    """Build an option, the facts of its application and the instant of receipt."""
    facts = ApplyForOption(
        received_on=received.day(context.now), reference=reference, kind=kind, contract_id=contract_id, **filed
    )
    option = Option(
        id=f"o_{new_id(context)}", contract_id=contract_id, reference=reference, state="applied",
        received_on=facts.received_on, kind=kind, in_form=facts.in_form,
    )  # fmt: skip
    return option, facts, received.instant(context.now)


def _with_option(
    before: Dossier, kind: str, reference: str, received: When, context: CommandContext, filed: Mapping[str, Any]
) -> tuple[Dossier, Entry]:
    """Add the option that was applied for together with the contract."""
    option, facts, at = _option(before.contract.id, kind, reference, received, context, filed)
    return open_part(
        before, option, Act("apply", option.id, facts, context.actor, context.now, at, context.reason)
    )


def bearer_of(conn: Connection, kind: str, reference: str, context: CommandContext) -> str | None:
    """Return the subject that has a reference, None if it is free."""
    if context.together is not None and context.together.is_free(reference):
        return None
    return next(iter(bearers(conn, kind, [reference]).get(reference, ())), None)


def taken_references(conn: Connection, kind: str, references: Sequence[str]) -> dict[str, str]:
    """Return the taken ones of the references, by their keys, with their bearers."""
    return {reference_key(name): ids[0] for name, ids in bearers(conn, kind, references).items()}


def _refuse_taken(taken: Mapping[str, str], reference: str) -> None:
    if (existing := taken.get(reference_key(reference))) is not None:
        raise Duplicate("option", reference, existing)


def _identical(conn: Connection, contract_id: str, application: Application, context: CommandContext) -> bool:
    """Whether the application equals the one that opened the contract, including personal data."""
    salt = conn.execute(
        select(tables.personal.c.salt).where(tables.personal.c.contract_id == contract_id)
    ).scalar_one_or_none()
    first = conn.execute(
        select(tables.history.c.payload).where(
            tables.history.c.subject_id == contract_id, tables.history.c.seq == 1
        )
    ).scalar_one_or_none()
    if first is None:  # archived
        return False
    recorded = orjson.loads(first)
    facts = orjson.loads(orjson.dumps(application.facts(context).to_json()))
    if application.received == When():
        facts["received_on"] = recorded["facts"]["received_on"]
    same_person = salt is not None and commit_to(application.personal, salt) == recorded["personal"]
    return same_person and facts == recorded["facts"]
