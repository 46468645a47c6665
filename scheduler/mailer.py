"""The mailer: sends mail to the mail server, one message after the other, in a thread of the scheduler process."""

import logging
import ssl
from datetime import datetime
from uuid import uuid4

from opentelemetry.trace import SpanKind
from sqlalchemy import Engine

from lifecycle.mail import outbox
from lifecycle.records.engine import reading, writing
from lifecycle.spans import span
from lifecycle.timers.parked import reason_of
from scheduler.clock import Clock
from scheduler.smtp import MailServer, SendFailed, message_bytes, send_message
from scheduler.worker import Worker

log = logging.getLogger(__name__)
INTERVAL = 30.0  # seconds between two regular checks
SANDBOX = "a sandbox sends no mail: set LIFECYCLE_SMTP_SANDBOX_TO"


class Mailer(Worker):
    """Sends at the start, every INTERVAL and on request. clock: the real one, also in a sandbox.

    A sandbox sends only to server.only_to.
    """

    def __init__(
        self, engine: Engine, clock: Clock, server: MailServer | None, interval: float = INTERVAL,
        *, sandbox: bool = False, tls: ssl.SSLContext | None = None,
    ) -> None:  # fmt: skip
        super().__init__("mailer", self._turn, interval=interval)
        self._engine, self._clock, self._server, self._tls = engine, clock, server, tls
        self._sandbox, self._name = sandbox, uuid4().hex

    def start(self) -> None:
        """Start sending if a server is set."""
        if self._server is not None:
            super().start()

    def _turn(self) -> None:
        try:
            while not self._stopping.is_set() and self._send_one():
                pass
        except Exception as error:
            log.error("cannot send mail: %s; next attempt in %.0f s", reason_of(error), INTERVAL)

    def _send_one(self) -> bool:
        """Send the next message; return whether there was one."""
        with reading(self._engine) as conn:
            due = outbox.next_at(conn, self._clock())
        if due is None or due > self._clock():
            return False
        with writing(self._engine) as conn:
            held = outbox.claim(conn, self._clock(), self._name)
        if held is None:
            return False
        self._note(held, self._tried(held))
        return True

    def _tried(self, held: outbox.LeasedMail) -> SendFailed | None:
        """Return the reason of a failure, None for success."""
        assert self._server is not None
        if self._sandbox and self._server.only_to is None:
            return SendFailed(SANDBOX, for_good=True)
        message = message_bytes(held.letter, held.id, held.created_at, self._server)
        try:
            with span("send", SpanKind.PRODUCER, messaging__system="smtp", messaging__operation__type="send"):
                send_message(self._server, held.letter, message, self._tls)
        except SendFailed as why:
            return why
        return None

    def _note(self, held: outbox.LeasedMail, why: SendFailed | None) -> None:
        now: datetime = self._clock()
        with writing(self._engine) as conn:
            if why is None:
                outbox.taken(conn, held, self._name, now)
                return
            again = outbox.failed(conn, held, self._name, now, str(why), for_good=why.for_good)
        if again is None:
            log.warning("mail failed: %s; correct the cause and resend it", why, extra={"mail": held.id})
