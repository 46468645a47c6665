"""The context of every request: the database, the time, access, and the actions after a commit."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from fastapi import Depends, Request
from sqlalchemy import Connection, Engine

from api.request.batching import Batching
from api.request.issuer import Issuer
from api.request.request_limits import NO_LIMITS, ConcurrencyLimit, RateLimit, RequestLimits, caller_of
from api.request.slow_lane import SlowRequestQueue
from lifecycle.commands.service import Service, Time
from lifecycle.people.reads import Reads
from lifecycle.records.engine import reading
from lifecycle.records.standby import Standby
from scheduler.clock import system_clock

if TYPE_CHECKING:
    from api.openid.provider import Provider

Answer = TypeVar("Answer")
WAITING_MONEY = "waiting money"  # the cache of refunds and payments due


@dataclass(slots=True)
class Context(Service):
    """One running service with its API. admin_token: from the environment, None if tokens are in the database.
    seen: the owner of each token when it was last seen, by its hash. kept: caches of pages, by name. bounds: the
    limits of requests; by default none. openid: the provider, None for sign-in by tokens only. issuer: the sender
    of papers, None for none. public_url: the address of the pages. rate_limit, failed: the requests of each
    principal, the failed sign-ins of each address. batches: by name. importing, exporting: the concurrency limits
    of imports and exports. slow_lane: the queue of slow requests. reads: reads of personal data that are not
    written yet. standby: a server for answers on which no command decides; None if the primary answers all.
    """

    admin_token: str | None
    wall: Time = field(default=system_clock, kw_only=True)
    sweep_interval_s: float = field(default=30.0, kw_only=True)
    bounds: RequestLimits = field(default=NO_LIMITS, kw_only=True)
    openid: "Provider | None" = field(default=None, kw_only=True)
    issuer: Issuer | None = field(default=None, kw_only=True)
    public_url: str | None = field(default=None, kw_only=True)
    standby: Standby | None = field(default=None, kw_only=True)
    seen: dict[str, Any] = field(default_factory=dict, kw_only=True)
    kept: dict[str, Any] = field(default_factory=dict, kw_only=True)
    batches: dict[str, Batching[Any, Any]] = field(default_factory=dict, kw_only=True)
    reads: Reads = field(default_factory=Reads, kw_only=True)
    rate_limit: RateLimit = field(init=False)
    failed: RateLimit = field(init=False)
    importing: ConcurrencyLimit = field(init=False)
    exporting: ConcurrencyLimit = field(init=False)
    slow_lane: SlowRequestQueue = field(default_factory=SlowRequestQueue, kw_only=True)

    def __post_init__(self) -> None:
        """Create rate limits and concurrency limits."""
        self.ends_per_hour = self.bounds.ends_per_hour
        self.acceptances_per_hour = self.bounds.acceptances_per_hour
        self.erasures_per_hour = self.bounds.erasures_per_hour
        self.importing, self.exporting = (
            ConcurrencyLimit(self.bounds.imports_at_once),
            ConcurrencyLimit(self.bounds.exports_at_once),
        )
        self.rate_limit, self.failed = (
            RateLimit(self.bounds.rate_per_minute),
            RateLimit(self.bounds.failures_per_minute),
        )

    def figures(self, question: Callable[[Connection], Answer]) -> Answer:
        """Run a query on which no command decides, on the standby if there is one."""
        return self.ask(question) if self.standby is None else self.standby.ask(self.engine, question)

    def ask(self, question: Callable[[Connection], Answer]) -> Answer:
        """Run a query on the primary, after its last commit."""
        with reading(self.engine) as conn:
            return question(conn)

    def export_engine(self) -> Engine:
        """The engine for lists and exports."""
        return self.engine if self.standby is None else self.standby.engine_for(self.engine)

    def batching(self, name: str, work: Callable[["Context", Sequence[Any]], Sequence[Any]]) -> Batching[Any, Any]:
        """Return the batching of that name; work: gets the context and the requests."""
        if name not in self.batches:
            self.batches[name] = Batching(name, lambda asked: work(self, asked))
        return self.batches[name]


def context_of(request: Request) -> Context:
    """Return the context of the running service."""
    context: Context = request.app.state.context
    return context


async def exporting(request: Request) -> AsyncIterator[None]:
    """Hold a place among the concurrent exports until the last byte is sent or the client leaves.

    Raises Problem 503.
    """
    with context_of(request).exporting.entered(caller_of(request)):
        yield


Exporting = Annotated[None, Depends(exporting)]
