"""Operations on the terms: rehearse a file, record an announcement, resettle contracts (R42)."""

from dataclasses import replace
from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field

from lifecycle.commands.command import Call, Command, Outcome
from lifecycle.commands.editions import announce_edition
from lifecycle.commands.operation import AnyOperation, LongOperation, Operation
from lifecycle.commands.proposal_errors import OtherContent, TermsMoved
from lifecycle.commands.resettle import ResettledPart, resettle_part
from lifecycle.commands.service import Service
from lifecycle.errors import Malformed
from lifecycle.history.editions_known import adopt_announcements, announcements, rows_of_editions
from lifecycle.history.rows import judged_from
from lifecycle.machines.body import Examples, Input
from lifecycle.machines.event import OPERATOR
from lifecycle.machines.field_types import Day, EntryId, LongText, Name
from lifecycle.machines.names_of_services import ServiceName
from lifecycle.queries.approvals import APPROVED, approval_of
from lifecycle.queries.questions import terms_in_force
from lifecycle.queries.rehearsal import Rehearsal, RehearsalTotals, followed_until, rehearse
from lifecycle.queries.views.rehearsal import RehearsedView
from lifecycle.records.engine import reading
from lifecycle.terms.default_service import DEFAULT_SERVICE
from lifecycle.terms.editions import EDITIONS
from lifecycle.terms.terms_file import LONGEST, BadTermsFile, read_terms

AUDITOR = frozenset({"auditor"})
MOST = 1_000  # contracts rehearsed in one request
PART = 200  # contracts resettled in one request
FILE = """\
in_force_from = 2023-04-01
announced_on = 2023-02-01
values_from = 2022-05-01
"""
After = EntryId | None


class RehearsalBody(Input):
    """A file of terms that is not in force, and the contracts to try it on."""

    file: Annotated[str, Field(min_length=1, max_length=LONGEST)]
    service: ServiceName = DEFAULT_SERVICE
    until: Day | None = None
    cursor: After = None
    limit: int = Field(default=500, ge=1, le=MOST)
    examples: ClassVar[Examples] = [{"file": FILE}, {"file": FILE, "until": "2024-03-31", "limit": 100}]


class AnnouncementBody(Input):
    """When a version was made known to the customers, and how."""

    version: Day
    service: ServiceName = DEFAULT_SERVICE
    announced_on: Day
    how: Name
    reason: LongText
    examples: ClassVar[Examples] = [
        {
            "version": "2022-05-01", "announced_on": "2022-04-01", "how": "website and e-mail",
            "reason": "The file did not name the day.",
        }
    ]  # fmt: skip


class ResettlementBody(Input):
    """The contracts to which terms or facts that came late are applied: the next ones after a cursor."""

    reason: LongText
    service: ServiceName | None = None
    accept_invalidated: list[EntryId] = Field(default=[], max_length=100)
    cursor: After = None
    limit: int = Field(default=100, ge=1, le=PART)
    approval: Annotated[str, Field(pattern=r"^a_[0-9a-z]{26}$")] | None = None
    examples: ClassVar[Examples] = [{"reason": "The file of 1 May came on 20 May."}]


def rehearsed(service: Service, file: str, until: date | None, of: str = DEFAULT_SERVICE) -> Rehearsal:
    """Return the comparison for an uploaded file. of: the service whose terms they are. Raises Malformed."""
    editions = EDITIONS.of(of)
    try:
        terms = read_terms(file, editions)
        now = service.clock()
        with reading(service.engine) as conn:
            adopt_announcements(conn)
            return Rehearsal(terms, followed_until(terms, now, until), judged_from(conn), editions)
    except BadTermsFile as error:
        raise Malformed([("/file", f"{place}: {why}" if place else why) for place, why in error.wrong]) from None
    except ValueError as error:
        raise Malformed([("/until", str(error))]) from None


def _rehearse(service: Service, command: Command) -> Outcome:
    body = command.body
    assert isinstance(body, RehearsalBody)
    rehearsal, totals = rehearsed(service, body.file, body.until, body.service), RehearsalTotals()
    items: list[RehearsedView] = []
    last: str | None = None
    with reading(service.engine) as conn:
        for contract_id, found in rehearse(conn, rehearsal, body.cursor or "", body.limit):
            last = contract_id
            totals.add(found)
            items += [found] if found is not None else []
    more = last if totals.contracts == body.limit else None
    return Outcome({"totals": totals.view(rehearsal), "items": items, "next": more})


def _announce(call: Call) -> Outcome:
    body: AnnouncementBody = call.body
    announce_edition(call.conn, body.version.isoformat(), body.announced_on, body.how, call.context, body.service)
    return Outcome(terms_in_force(body.version, EDITIONS.of(body.service), announcements(call.conn, body.service)))


def _resettle(call: Call) -> ResettledPart:
    body: ResettlementBody = call.body
    context = call.context
    if body.approval is not None:
        approval = approval_of(call.conn, body.approval)
        context = replace(context, actor=approval.proposed_by, approver=approval.decided_by)
    return resettle_part(call.conn, body.cursor or "", body.limit, context, service=body.service)


def _covered(call: Call) -> bool:
    """Whether it continues what a second person has approved. Raises Unknown, OtherContent, TermsMoved."""
    body: ResettlementBody = call.body
    if body.approval is None:
        return False
    approval = approval_of(call.conn, body.approval)
    proposed = ResettlementBody.model_validate_json(approval.body) if approval.about_terms else None
    alike = proposed is not None and _means(proposed) == _means(body)
    if approval.state != APPROVED or not alike:
        raise OtherContent("it is no approved resettlement with this reason, service and entries.")
    if approval.version != rows_of_editions(call.conn):
        raise TermsMoved(approval.version)
    return True


def _means(body: ResettlementBody) -> tuple[str, str | None, list[str]]:
    return body.reason, body.service, body.accept_invalidated


def _resettled(call: Call, part: ResettledPart) -> Outcome:
    return Outcome(
        {"examined": part.examined, "items": [*part.items], "waiting": [*part.waiting], "next": part.last}
    )


TERMS_OPERATIONS: tuple[AnyOperation | LongOperation, ...] = (
    LongOperation(name="terms-rehearse", body=RehearsalBody, run=_rehearse, roles=OPERATOR | AUDITOR),
    Operation(
        name="terms-announce", body=AnnouncementBody, run=_announce, show=lambda call, done: done, roles=OPERATOR
    ),
    Operation(
        name="terms-resettle",
        body=ResettlementBody,
        run=_resettle,
        show=_resettled,
        roles=OPERATOR,
        second_person=True,
        covered=_covered,
    ),
)
