"""What every request needs: the database, the time, who may come in, and what to do after a commit."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Request
from sqlalchemy import Engine

from api.request.batching import Batching
from api.request.request_limits import NO_LIMITS, ConcurrencyLimit, RateLimit, RequestLimits
from lifecycle.webhooks.addresses import Network
from scheduler.clock import system_clock

if TYPE_CHECKING:
    from api.openid.provider import Provider


@dataclass(slots=True)
class Context:
    """One running service.

    clock: the time now, with zone. admin_token: from the environment, None where tokens are in the database.
    wall: the real time, also in a sandbox; sessions go by it.
    after_commit: told that timers may have changed.
    four_eyes: acceptance, revocation and the company's end need a second person.
    sandbox: time stands still and moves on request. running_keys: idempotency keys being worked on.
    seen: whose each token was when it was seen last, by its hash. kept: what pages draw up now and then, by its
    name. bounds: how much may be asked for; by default anything.
    openid: where people sign in, None where they do with tokens alone. networks: that webhooks may go to beside
    public ones.
    rate_limit, failed: the requests of each principal, the failed sign-ins of each address. batches: what is
    asked together, by its name. importing, exporting: the room that files are taken in, and sent out of.
    """

    engine: Engine
    clock: Callable[[], datetime]
    admin_token: str | None
    sandbox: bool = False
    after_commit: Callable[[], object] = lambda: None
    wall: Callable[[], datetime] = system_clock
    sweep_interval_s: float = 30.0
    four_eyes: bool = False
    bounds: RequestLimits = NO_LIMITS
    openid: "Provider | None" = None
    networks: Sequence[Network] = ()
    running_keys: set[tuple[str, str]] = field(default_factory=set)
    seen: dict[str, Any] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)
    batches: dict[str, Batching[Any, Any]] = field(default_factory=dict)
    rate_limit: RateLimit = field(init=False)
    failed: RateLimit = field(init=False)
    importing: ConcurrencyLimit = field(init=False)
    exporting: ConcurrencyLimit = field(init=False)

    def __post_init__(self) -> None:
        """Fills the buckets, empties the rooms."""
        self.importing, self.exporting = (
            ConcurrencyLimit(self.bounds.imports_at_once),
            ConcurrencyLimit(self.bounds.exports_at_once),
        )
        self.rate_limit, self.failed = (
            RateLimit(self.bounds.rate_per_minute),
            RateLimit(self.bounds.failures_per_minute),
        )

    def batching(self, name: str, work: Callable[["Context", Sequence[Any]], Sequence[Any]]) -> Batching[Any, Any]:
        """The one of that name; work: is told the context, and what is asked."""
        if name not in self.batches:
            self.batches[name] = Batching(name, lambda asked: work(self, asked))
        return self.batches[name]


def context_of(request: Request) -> Context:
    """The running service's context."""
    context: Context = request.app.state.context
    return context


async def exporting(request: Request) -> AsyncIterator[None]:
    """A place among the files being sent, until the last of it is sent or nobody takes it. Raises Problem 503."""
    with context_of(request).exporting.entered():
        yield


Exporting = Annotated[None, Depends(exporting)]
