"""An application over HTTP: what a body holds, and what is answered; received alone here, in a lot in lot.py."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import Connection

from api.access.auth import Principal
from api.request.query import CommandOptions
from api.schemas.inputs.contracts import ContractApplication
from api.transaction.transact import Reply, Work, transact
from lifecycle.commands import applications
from lifecycle.commands.context import CommandContext
from lifecycle.machines.dossier import Dossier
from lifecycle.queries.views import contract_view
from lifecycle.records.reading import personal_of


async def receive(
    request: Request, caller: Principal, command: CommandOptions, body: ContractApplication
) -> Response:
    """Receives an application alone and answers with its contract."""
    work = _work(application_of(body), caller.name)
    return await transact(request, caller, work, dry_run=command.dry_run, key=command.key)


def _work(application: applications.Application, actor: str) -> Work:
    def work(conn: Connection, now: datetime) -> Reply:
        return application_reply(
            conn, application, applications.apply(conn, application, CommandContext(actor, now)), now
        )

    return work


def application_reply(
    conn: Connection,
    application: applications.Application,
    received: applications.ReceivedApplication,
    now: datetime,
) -> Reply:
    """An application's answer: its contract, 201 where it is new."""
    dossier, new = received
    people = application.personal if new else personal_of(conn, dossier.contract.id)
    headers = {"Location": f"/v1/contracts/{dossier.contract.id}"}
    return contract_answer(dossier, people, now, status=201 if new else 200, headers=headers)


def application_of(body: ContractApplication) -> applications.Application:
    """The application that a body holds."""
    people = body.model_dump(include={"customer", "administrator", "delivery"}, mode="json")
    delivery = people.pop("delivery")
    return applications.Application(
        reference=body.reference,
        received=body.received,
        personal=people,
        item=body.item,
        requested_billing_start_on=body.requested_billing_start_on,
        laws_accepted=body.declarations.laws_accepted,
        rights_cleared=body.declarations.rights_cleared,
        delivery=delivery,
        options=[(option.kind, option.reference) for option in body.options],
    )


def contract_response(conn: Connection, dossier: Dossier, now: datetime, **reply: Any) -> Reply:
    """A contract as an answer to whom works with it, with its version as ETag."""
    return contract_answer(dossier, personal_of(conn, dossier.contract.id), now, **reply)


def contract_answer(dossier: Dossier, people: Mapping[str, Any] | None, now: datetime, **reply: Any) -> Reply:
    """A contract as an answer. people: customer and administrator, None for whom may not see them."""
    headers = {"ETag": f'"{dossier.contract.version}"'} | reply.pop("headers", {})
    return Reply(contract_view(dossier, people, now), headers=headers, **reply)
