"""Processes: pages, API and scheduler together on an embedded database, or each alone."""

import gc
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import uvicorn
from sqlalchemy import Engine

from api.app import create_app, create_small_app
from api.openid.sign_in import OpenId
from api.request.context import Context
from api.request.issuer import Issuer
from api.request.request_limits import NO_LIMITS, RequestLimits
from api.request.timeouts import HeadTimeoutProtocol
from lifecycle.audit.seal import NO_SEALS, Seals
from lifecycle.people.sessions import LINK_LASTS, make_link
from lifecycle.people.tokens import ROLES, any_token, first_token, issue_token, token_hash
from lifecycle.records.engine import writing
from lifecycle.terms.calendar import instant
from lifecycle.timers.clock import open_sandbox, refuse_sandbox
from lifecycle.timers.fuse import Limits, judge
from lifecycle.timers.sweep import sweep
from lifecycle.webhooks.addresses import Network
from scheduler.clock import Clock, sandbox_clock, steady_clock, system_clock
from scheduler.notifier import Notifier
from scheduler.running import at_work, run_forever
from scheduler.sender import Sender
from scheduler.time_slices import Fuse

Announce = Callable[[str], object]
YOUNG = 10_000  # objects made and not gone yet, after which garbage is looked for among them
LAST_ANSWERS_S = 45  # that requests have to end in once it stops; whoever started it waits for a minute
FIRST_TOKEN = "first administrator"  # noqa: S105 - a name, not a token


@dataclass(frozen=True, slots=True)
class Front:
    """How the interface stands. interval: seconds between the regular sweeps; four_eyes: see
    transaction/second_person.py.

    bounds: how much may be asked for. openid: where people sign in, None for tokens alone. networks: that webhooks
    may go to beside public ones. issuer: who sends papers, None where nobody is named.
    """

    host: str
    port: int
    admin_token: str | None
    interval: float
    four_eyes: bool
    bounds: RequestLimits = NO_LIMITS
    openid: OpenId | None = None
    networks: Sequence[Network] = ()
    issuer: Issuer | None = None

    def context(self, engine: Engine, clock: Clock, **more: Any) -> Context:
        """The running service's context."""
        if self.openid:
            from api.openid.provider import Provider

            more["openid"] = Provider(self.openid)
        return Context(
            engine, clock, self.admin_token, sweep_interval_s=self.interval, four_eyes=self.four_eyes,
            bounds=self.bounds, networks=self.networks, issuer=self.issuer, **more,
        )  # fmt: skip


def serve(
    engine: Engine, front: Front, *, sandbox: bool, now: datetime | None, limits: Limits, say: Announce,
    seals: Seals = NO_SEALS,
) -> None:  # fmt: skip
    """API and scheduler in one process, until a signal ends it. Raises NotASandbox, Backwards."""
    if sandbox:
        _serve_sandbox(engine, front, now, say)
        return
    with writing(engine) as conn:
        refuse_sandbox(conn)
    token = _first_token(engine, front.admin_token)
    with at_work(engine, system_clock, front.interval, _fuse(engine, limits), seals, front.networks) as waker:
        _run(front.context(engine, system_clock, after_commit=waker.wake), front, token, say)


def api_only(engine: Engine, front: Front, *, say: Announce) -> None:
    """The API alone; a commit wakes the schedulers elsewhere. Raises NotASandbox."""
    with writing(engine) as conn:
        refuse_sandbox(conn)

    notifier = Notifier(engine)
    context = front.context(engine, system_clock, after_commit=notifier.ask)
    token = _first_token(engine, front.admin_token)
    notifier.start()
    try:
        _run(context, front, token, say)
    finally:
        notifier.stop()


def scheduler_only(
    engine: Engine, interval: float, limits: Limits, metrics_port: int | None, seals: Seals = NO_SEALS,
    networks: Sequence[Network] = (),
) -> None:  # fmt: skip
    """The clock alone, until a signal ends it. Raises NotASandbox.

    metrics_port: where it tells of itself to the machine it runs on and its network, None where it does not.
    """
    with writing(engine) as conn:
        refuse_sandbox(conn)
    _loaded()
    with _telling(Context(engine, system_clock, None, sweep_interval_s=interval), metrics_port):
        run_forever(engine, system_clock, interval, _fuse(engine, limits), seals, networks)


def _loaded() -> None:
    """What is loaded stays: searches for garbage leave it out, or stop every thread for a tenth of a second.

    They are made seldom, for what a request leaves behind goes without them: a tenth of an application's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)


def _fuse(engine: Engine, limits: Limits) -> Fuse:
    return lambda now, counting: judge(engine, now, steady_clock(), limits, counting=counting)


@contextmanager
def _telling(context: Context, port: int | None) -> Iterator[None]:
    """Answers /healthz, /readyz and /metrics from a thread while the block runs."""
    if port is None:
        yield
        return
    config = uvicorn.Config(create_small_app(context), host="0.0.0.0", port=port, log_config=None,  # noqa: S104
                            access_log=False, server_header=False)  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


def _serve_sandbox(engine: Engine, front: Front, now: datetime | None, say: Announce) -> None:
    with writing(engine) as conn:
        standing = open_sandbox(conn, now)
    clock = sandbox_clock(engine)
    say(f"A sandbox: its time stands at {instant(standing)} until PUT /v1/clock moves it.")
    sweep(engine, standing)
    sender = Sender(engine, system_clock, front.networks, sandbox=True)  # a receiver's time does not stand still

    def committed() -> None:
        sweep(engine, clock())
        sender.ask()

    context = front.context(engine, clock, sandbox=True, after_commit=committed)
    token = _first_token(engine, front.admin_token)
    sender.start()
    try:
        _run(context, front, token, say)
    finally:
        sender.stop()


def _first_token(engine: Engine, admin_token: str | None) -> str | None:
    """A token made now because there is none yet, None where one is there already."""
    if admin_token:
        return None
    with writing(engine) as conn:
        return None if any_token(conn) else issue_token(conn, FIRST_TOKEN, ROLES, system_clock())


def _sign_in_link(context: Context) -> str | None:
    """A link's secret for whoever reads what the start prints: the administrator, or the first token's holder."""
    with writing(context.engine) as conn:
        hashed = token_hash(context.admin_token) if context.admin_token else first_token(conn)
        return None if hashed is None else make_link(conn, context.wall(), hashed)


def _run(context: Context, front: Front, token: str | None, say: Announce) -> None:
    host, port = front.host, front.port
    address = f"http://{'[' + host + ']' if ':' in host else host}:{port}"
    say(f"Contract lifecycle service on {address} (interface: {address}/docs)")
    if (link := _sign_in_link(context)) is not None:
        say(f"Pages: {address}/sign-in?link={link} (signs in once, within {LINK_LASTS.seconds // 60} minutes)")
    if token:
        say(f"Token, shown this once: {token}")
    elif context.admin_token:
        say("Token: the one in LIFECYCLE_ADMIN_TOKEN")
    else:
        say("Token: as made before (lifecycle token create makes another)")
    shown = token or ("$LIFECYCLE_ADMIN_TOKEN" if context.admin_token else "$TOKEN")
    say(f'Try: curl -H "Authorization: Bearer {shown}" {address}/v1/clock')
    config = uvicorn.Config(
        create_app(context), host=host, port=port, http=HeadTimeoutProtocol, log_config=None, access_log=False,
        server_header=False, timeout_graceful_shutdown=LAST_ANSWERS_S,
    )  # fmt: skip
    server = uvicorn.Server(config)
    _loaded()
    for number in (signal.SIGTERM, signal.SIGINT):  # uvicorn raises them again after its end: ours must go on
        signal.signal(number, server.handle_exit)
    server.run()
