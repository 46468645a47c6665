"""Processes: pages, API and scheduler together on an embedded database, or each alone."""

import gc
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import uvicorn
from sqlalchemy import Engine

from api.announcing import Announce, announce
from api.app import create_app, create_small_app
from api.openid.sign_in import OpenId
from api.request.context import Context
from api.request.issuer import Issuer
from api.request.request_limits import NO_LIMITS, RequestLimits
from api.request.timeouts import HeadTimeoutProtocol
from lifecycle.audit.seal import NO_SEALS, Seals
from lifecycle.commands.command import CommandContext
from lifecycle.commands.editions import record_editions
from lifecycle.people.shown_once import ShownOnce
from lifecycle.people.tokens import weakness
from lifecycle.records.engine import writing
from lifecycle.records.standby import Standby
from lifecycle.terms.calendar import instant
from lifecycle.timers.clock import open_sandbox, refuse_sandbox
from lifecycle.timers.fuse import DEFAULT, Limits, judge
from lifecycle.timers.sweep import sweep
from lifecycle.webhooks.addresses import Network
from scheduler.announcements import AnnouncementsFollower
from scheduler.clock import Clock, sandbox_clock, steady_clock, system_clock
from scheduler.clock_doubt import ClockDoubt
from scheduler.forgetter import WINDOW
from scheduler.mailer import Mailer
from scheduler.notifier import Notifier
from scheduler.reads_writer import ReadsWriter
from scheduler.running import at_work, run_forever
from scheduler.sender import Sender
from scheduler.smtp import MailServer
from scheduler.time_slices import Fuse

YOUNG = 10_000  # allocations after which the garbage collector runs
SWITCH_S = 0.001  # thread switch interval: a thread with a long answer yields to those with short ones
NOWHERE = ShownOnce()
LAST_ANSWERS_S = 45  # that requests have to end in once it stops; the starting process waits for a minute
STARTED_BY = "service"  # the actor of the records that a start writes


class NoAddress(Exception):
    """The service cannot listen at its address."""


@dataclass(frozen=True, slots=True)
class Front:
    """The settings of the API. interval: seconds between the regular sweeps; four_eyes: see
    transaction/second_person.py.

    bounds: how much may be asked for. openid: where people sign in, None for tokens alone. networks: that webhooks
    may go to beside public ones. issuer: who sends papers, None if not set.
    public_url: where people see the pages, None where that is not said. standby: what answers lists and exports.
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
    public_url: str | None = None
    standby: Standby | None = None

    def context(self, engine: Engine, clock: Clock, **more: Any) -> Context:
        """The running service's context."""
        if self.openid:
            from api.openid.provider import Provider

            more["openid"] = Provider(self.openid)
        return Context(
            engine, clock, self.admin_token, sweep_interval_s=self.interval, four_eyes=self.four_eyes,
            bounds=self.bounds, networks=self.networks, issuer=self.issuer,
            public_url=self.public_url, standby=self.standby, **more,
        )  # fmt: skip


def serve(
    engine: Engine, front: Front, *, sandbox: bool, now: datetime | None, limits: Limits, say: Announce,
    seals: Seals = NO_SEALS, shown_once: ShownOnce = NOWHERE, keys_kept: timedelta = WINDOW,
    mail_server: MailServer | None = None,
) -> None:  # fmt: skip
    """Run API and scheduler in one process, until a signal ends it. Raises NotASandbox, Backwards."""
    if sandbox:
        _serve_sandbox(engine, front, now, say, shown_once, mail_server)
        return
    _ready(engine)
    doubt = ClockDoubt(limits.max_drift)
    fuse, networks = _fuse(engine, limits), front.networks
    with at_work(engine, system_clock, front.interval, fuse, seals, networks, keys_kept, mail_server) as waker:
        context = front.context(engine, system_clock, after_commit=waker.wake, clock_trouble=doubt)
        _run(context, front, say, shown_once)


def api_only(engine: Engine, front: Front, *, say: Announce, shown_once: ShownOnce = NOWHERE) -> None:
    """Run only the API; a commit wakes the schedulers of other processes. Raises NotASandbox."""
    _ready(engine)

    notifier = Notifier(engine)
    context = front.context(
        engine, system_clock, after_commit=notifier.ask, clock_trouble=ClockDoubt(DEFAULT.max_drift)
    )
    notifier.start()
    try:
        _run(context, front, say, shown_once)
    finally:
        notifier.stop()


def scheduler_only(
    engine: Engine, interval: float, limits: Limits, metrics_port: int | None, seals: Seals = NO_SEALS,
    networks: Sequence[Network] = (), keys_kept: timedelta = WINDOW, mail_server: MailServer | None = None,
) -> None:  # fmt: skip
    """Run only the scheduler, until a signal ends it.

    Raises NotASandbox. metrics_port: the port of health checks and metrics, None for none.
    """
    _ready(engine)
    _loaded()
    with _telling(Context(engine, system_clock, None, sweep_interval_s=interval), metrics_port):
        run_forever(engine, system_clock, interval, _fuse(engine, limits), seals, networks, keys_kept, mail_server)


def _ready(engine: Engine) -> None:
    """Return a live database with the loaded terms recorded. Raises NotASandbox, EditionDiffers."""
    with writing(engine) as conn:
        refuse_sandbox(conn)
        record_editions(conn, CommandContext(STARTED_BY, system_clock()))


def _loaded() -> None:
    """What is loaded stays: searches for garbage leave it out, or stop every thread for a tenth of a second.

    They are made seldom, for what a request leaves behind goes without them: a tenth of an application's time.
    No thread computes for long while others wait.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)
    sys.setswitchinterval(SWITCH_S)


def _fuse(engine: Engine, limits: Limits) -> Fuse:
    return lambda now, counting: judge(engine, now, steady_clock(), limits, counting=counting)


@contextmanager
def _telling(context: Context, port: int | None) -> Iterator[None]:
    """Serve /healthz, /readyz and /metrics from a thread while the block runs."""
    if port is None:
        yield
        return
    listening = _listening("0.0.0.0", port)  # noqa: S104
    config = uvicorn.Config(create_small_app(context), log_config=None, access_log=False, server_header=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=(listening,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


def _serve_sandbox(
    engine: Engine, front: Front, now: datetime | None, say: Announce, shown_once: ShownOnce,
    mail_server: MailServer | None = None,
) -> None:  # fmt: skip
    with writing(engine) as conn:
        standing = open_sandbox(conn, now)
        record_editions(conn, CommandContext(STARTED_BY, standing))
    clock = sandbox_clock(engine)
    say(f"A sandbox: its time stands at {instant(standing)} until PUT /v1/clock moves it.")
    if front.admin_token and (why := weakness(front.admin_token)):
        say(f"LIFECYCLE_ADMIN_TOKEN {why}: a live service would refuse it.")
    sweep(engine, standing)
    sender = Sender(engine, system_clock, front.networks, sandbox=True)  # a receiver's time does not stand still

    mailer = Mailer(engine, system_clock, mail_server, sandbox=True)

    def committed() -> None:
        sweep(engine, clock())
        sender.ask()
        mailer.ask()

    context = front.context(engine, clock, sandbox=True, after_commit=committed)
    sender.start()
    mailer.start()
    try:
        _run(context, front, say, shown_once)
    finally:
        sender.stop()
        mailer.stop()


def _run(context: Context, front: Front, say: Announce, shown_once: ShownOnce) -> None:
    host, port = front.host, front.port
    listening = _listening(host, port)
    announce(context, f"http://{'[' + host + ']' if ':' in host else host}:{port}", say, shown_once)
    config = uvicorn.Config(
        create_app(context), host=host, port=port, http=HeadTimeoutProtocol, log_config=None, access_log=False,
        server_header=False, timeout_graceful_shutdown=LAST_ANSWERS_S,
    )  # fmt: skip
    server = uvicorn.Server(config)
    _loaded()
    # uvicorn raises them again after its end: our process must continue
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, server.handle_exit)
    writer, follower = ReadsWriter(context.engine, context.reads), AnnouncementsFollower(context.engine)
    writer.start()
    follower.start()
    try:
        server.run(sockets=listening)
    finally:
        follower.stop()
        writer.stop()
        for one in listening:
            one.close()


def _listening(host: str, port: int) -> list[socket.socket]:
    """Return sockets at an address, one for each family of its name. Raises NoAddress."""
    found: list[socket.socket] = []
    try:
        for family, kind, protocol, _, place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            one = socket.socket(family, kind, protocol)
            found.append(one)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            one.bind(place)
    except OSError as error:
        for one in found:
            one.close()
        raise NoAddress(f"cannot listen on {host}, port {port}: {error.strerror}") from None
    return found
