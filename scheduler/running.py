"""The background threads of a process: waker, sealer, sender and forgetter; with the API or alone."""

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import Engine

from lifecycle.audit.seal import NO_SEALS, Seals
from lifecycle.timers.fuse import permit_all
from lifecycle.webhooks.addresses import Network
from scheduler.clock import Clock
from scheduler.forgetter import WINDOW, Forgetter
from scheduler.mailer import Mailer
from scheduler.sealer import Sealer
from scheduler.sender import Sender
from scheduler.smtp import MailServer
from scheduler.time_slices import Fuse
from scheduler.waker import Waker


@contextmanager
def at_work(
    engine: Engine, clock: Clock, interval: float = 30.0, fuse: Fuse = permit_all, seals: Seals = NO_SEALS,
    networks: Sequence[Network] = (), keys_kept: timedelta = WINDOW, mail_server: MailServer | None = None,
) -> Iterator[Waker]:  # fmt: skip
    """Run the threads while the block runs; end after the current batch. networks: additional networks for
    webhooks. keys_kept: retention of idempotency keys. mail_server: None if no mail is sent.
    """
    sender = Sender(engine, clock, networks)
    mailer = Mailer(engine, clock, mail_server)

    def woken() -> None:
        sender.ask()
        mailer.ask()

    sealer = Sealer(engine, clock, seals, after=sender.ask)
    waker = Waker(engine, clock, interval, fuse=fuse, after_sweep=sealer.ask, on_wake=woken)
    forgetter = Forgetter(engine, clock, keys_kept)
    for one in (sender, mailer, sealer, waker, forgetter):
        one.start()
    try:
        yield waker
    finally:
        for one in (waker, sealer, sender, mailer, forgetter):
            one.stop()


def run_forever(
    engine: Engine, clock: Clock, interval: float = 30.0, fuse: Fuse = permit_all, seals: Seals = NO_SEALS,
    networks: Sequence[Network] = (), keys_kept: timedelta = WINDOW, mail_server: MailServer | None = None,
) -> None:  # fmt: skip
    """Run the threads until SIGTERM or SIGINT. Only in the main thread."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with at_work(engine, clock, interval, fuse, seals, networks, keys_kept, mail_server):
        ended.wait()
