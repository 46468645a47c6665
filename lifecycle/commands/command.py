"""Commands and outcomes: for requests, forms of the pages, rows of files and approvals."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

import orjson
from pydantic import BaseModel
from sqlalchemy import Connection
from ulid import ULID

from lifecycle.commands.service import Service
from lifecycle.commands.together import Together
from lifecycle.errors import DomainError, TryAgain
from lifecycle.queries.views.fields import Answer


class ExpectedVersion(NamedTuple):
    """The version that a caller knows. parts: the sum of its parts' versions, None for any."""

    version: int
    parts: int | None = None


@dataclass(frozen=True, slots=True)
class CommandContext:
    """Who asks, when, why. now: the instant of recording. expected: refuse if the subject is at none of these.

    approver: the second person, where one was needed. accept_invalidated: ids of entries that may lose their
    effect (R37). together: where it is one of many commands that are read and stored together. looks_again:
    whether it is tried again, by the clock of then, where a row is recorded after `now`.
    """

    actor: str
    now: datetime
    reason: str | None = None
    expected: tuple[ExpectedVersion, ...] = ()
    approver: str | None = None
    accept_invalidated: frozenset[str] = frozenset()
    together: Together | None = None
    looks_again: bool = False


class RecordedSince(TryAgain):
    """The contract has rows recorded after the command's instant: one of the clock before it would fire twice."""

    def __init__(self, at: datetime) -> None:
        super().__init__(f"a row was recorded at {at}")
        self.at = at


class Stale(DomainError):
    """The subject is no longer at the version the caller knows."""

    status, kind, title = 412, "stale", "It has changed since"

    def __init__(self, expected: int, found: int) -> None:
        super().__init__(
            f"version {expected} was expected, version {found} is there"
            if expected != found
            else f"version {found} is there, but a part has changed since"
        )
        self.expected, self.found = expected, found

    @property
    def extras(self) -> Mapping[str, Any]:
        """The version it is at."""
        return {"version": self.found}


def expect(context: CommandContext, version: int, parts: int = 0) -> None:
    """Raises Stale where the subject is at no version that the caller names. parts: as in ExpectedVersion."""
    known = context.expected
    if known and not any(one.version == version and one.parts in (None, parts) for one in known):
        raise Stale(known[0].version, version)


def new_id(context: CommandContext) -> str:
    """A new id, sortable by the instant of recording: a ULID."""
    return str(ULID.from_datetime(context.now)).lower()


class Approver(NamedTuple):
    """The second person. approval_id: the proposal; digest: of what they saw."""

    approval_id: str
    name: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command. operation: its id in the OpenAPI document, as contracts-accept. subject_id: its subject, None for
    a creation. part: a part of the subject without an id of its own: the outage of a claim, the month of usage.
    service: whose contracts, for a command about many. body: the request body. expected: refuse if the subject is
    at none of these versions. key, fingerprint: of a request with an idempotency key. path: of the request, for
    answers. actor: the caller; in an approved command, the proposer. approver: the second person.
    """

    operation: str
    actor: str
    path: str = ""
    subject_id: str | None = None
    part: str | None = None
    service: str | None = None
    body: BaseModel | None = None
    expected: tuple[ExpectedVersion, ...] = ()
    key: str | None = None
    fingerprint: str = ""
    dry_run: bool = False
    approver: Approver | None = None

    @property
    def reason(self) -> str | None:
        """The reason in the body."""
        return getattr(self.body, "reason", None)

    @property
    def sender(self) -> str:
        """The sender: the approver of another person's proposal. Idempotency keys belong to the sender."""
        return self.approver.name if self.approver else self.actor

    @property
    def subject(self) -> str:
        """The id of the subject, which must exist."""
        assert self.subject_id is not None, self.operation
        return self.subject_id

    def context(self, now: datetime, *, looks_again: bool = False) -> CommandContext:
        """The context: actor, instant, reason. looks_again: as in `CommandContext`."""
        approver = self.approver.name if self.approver else None
        accepted = frozenset(getattr(self.body, "accept_invalidated", ()))
        return CommandContext(
            self.actor, now, self.reason, self.expected, approver, accepted, looks_again=looks_again
        )


@dataclass(frozen=True)
class Outcome:
    """The outcome of a command or a query. created: a subject was created. proposed: it waits for a second person.
    begun: it continues in the background. version: the subject's; parts: the sum of its parts' versions. location:
    its address. replayed: the stored answer of the key. waits: of a dry run, whether it would become a proposal.
    """

    content: Answer
    created: bool = False
    proposed: bool = False
    begun: bool = False
    version: int | None = None
    parts: int = 0
    location: str | None = None
    replayed: bool = False
    waits: bool = False

    @property
    def status(self) -> int:
        """Its status in HTTP."""
        return 202 if self.proposed or self.begun else 201 if self.created else 200

    @property
    def etag(self) -> str | None:
        """The version as an entity tag, with that of the parts where there are any."""
        if self.version is None:
            return None
        return f'"{self.version}.{self.parts}"' if self.parts else f'"{self.version}"'

    @cached_property
    def body(self) -> bytes:
        """Return the content as JSON."""
        return orjson.dumps(self.content)


class Call(NamedTuple):
    """A running command: in an open transaction, at an instant."""

    service: Service
    conn: Connection
    command: Command
    context: CommandContext

    @property
    def now(self) -> datetime:
        """The instant of recording."""
        return self.context.now

    @property
    def subject_id(self) -> str:
        """The id of the command's subject."""
        return self.command.subject

    @property
    def body(self) -> Any:
        """The request body as the operation's model."""
        return self.command.body
