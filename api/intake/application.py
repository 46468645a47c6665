"""One application over HTTP: those that wait at the same moment are received together and committed once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from api.auth import Principal
from api.context import Context, context_of
from api.inputs import ContractApplication
from api.keyed import Asked, asked_of, first_answers, keep, not_running_twice
from api.query import Commanded
from api.transact import Reply, Work, alone, kept_refusal, tell, transact
from lifecycle.desk import applications
from lifecycle.desk.order import Order
from lifecycle.desk.view import contract_view
from lifecycle.machines.facts import Dossier
from lifecycle.records.engine import writing
from lifecycle.records.reading import personal_of


class Job(NamedTuple):
    """An application that waits, and what of its request concerns the transaction."""

    asked: Asked
    application: applications.Application

    @property
    def order(self) -> Order:
        """Who applies, and when."""
        return Order(self.asked.actor, self.asked.now)


async def receive(request: Request, caller: Principal, command: Commanded, body: ContractApplication) -> Response:
    """Receives an application and answers with its contract, once it is committed."""
    application = application_of(body)
    asked = await asked_of(request, caller, dry_run=command.dry_run, key=command.key)
    if asked.dry_run or asked.witness is not None:
        return await transact(
            request, caller, _work(application, caller.name), dry_run=command.dry_run, key=command.key
        )
    with not_running_twice(asked):
        answer: Response = await context_of(request).together("applications", take).ask(Job(asked, application))
    return answer


def take(context: Context, jobs: Sequence[Job]) -> Sequence[Response | Exception]:
    """Receives a lot in one transaction. Where that cannot be written, each alone: a bad one spoils no other."""
    try:
        with writing(context.engine) as conn:
            answers = _received(conn, jobs)
    except (OperationalError, PoolTimeout):
        raise
    except Exception:
        return [_alone(job) for job in jobs]
    tell(context)
    return answers


def _received(conn: Connection, jobs: Sequence[Job]) -> Sequence[Response | Exception]:
    """Each as if it came alone: the first answer to its key, a contract, or why there is none."""
    answers: dict[int, Response | Exception] = dict(first_answers(conn, [job.asked for job in jobs]))
    new = [(place, job) for place, job in enumerate(jobs) if place not in answers]
    found = applications.apply_all(conn, [(job.application, job.order) for _, job in new]) if new else []
    kept: list[tuple[Asked, Response]] = []
    for (place, job), outcome in zip(new, found, strict=True):
        if isinstance(outcome, Exception):
            answer: Response | Exception = kept_refusal(outcome, job.asked) or outcome
        else:
            answer = _answer(conn, job.application, outcome, job.asked.now).response()
        answers[place] = answer
        if isinstance(answer, Response):
            kept.append((job.asked, answer))
    keep(conn, kept)
    return [answers[place] for place in range(len(jobs))]


def _alone(job: Job) -> Response | Exception:
    try:
        return alone(job.asked, _work(job.application, job.asked.actor))
    except Exception as error:
        return error


def _work(application: applications.Application, actor: str) -> Work:
    def work(conn: Connection, now: datetime) -> Reply:
        return _answer(conn, application, applications.apply(conn, application, Order(actor, now)), now)

    return work


def _answer(
    conn: Connection, application: applications.Application, received: applications.Received, now: datetime
) -> Reply:
    dossier, new = received
    people = application.personal if new else personal_of(conn, dossier.contract.id)
    headers = {"Location": f"/v1/contracts/{dossier.contract.id}"}
    return shown_to(dossier, people, now, status=201 if new else 200, headers=headers)


def application_of(body: ContractApplication) -> applications.Application:
    """The application that a body holds."""
    people = body.model_dump(include={"customer", "administrator"}, mode="json")
    return applications.Application(
        reference=body.reference,
        received=body.received,
        personal=people,
        item=body.item,
        requested_billing_start_on=body.requested_billing_start_on,
        laws_accepted=body.declarations.laws_accepted,
        rights_cleared=body.declarations.rights_cleared,
        delivery=body.delivery.model_dump(mode="json", exclude_none=False),
        options=[(option.kind, option.reference) for option in body.options],
    )


def shown(conn: Connection, dossier: Dossier, now: datetime, **reply: Any) -> Reply:
    """A contract as an answer to whom works with it, with its version as ETag."""
    return shown_to(dossier, personal_of(conn, dossier.contract.id), now, **reply)


def shown_to(dossier: Dossier, people: Mapping[str, Any] | None, now: datetime, **reply: Any) -> Reply:
    """A contract as an answer. people: customer and administrator, None for whom may not see them."""
    headers = {"ETag": f'"{dossier.contract.version}"'} | reply.pop("headers", {})
    return Reply(contract_view(dossier, people, now), headers=headers, **reply)
