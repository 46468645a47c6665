"""The sender: sends webhook messages as soon as the log has them, in a thread of the scheduler's process.

One process at a time sends to a receiver, and no receiver waits for another.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from ssl import SSLContext
from uuid import uuid4

import httpx2
from sqlalchemy import Engine

from lifecycle.audit.log import anything_in_outbox, move_all_pending
from lifecycle.records.engine import reading, writing
from lifecycle.timers.parked import reason_of
from lifecycle.webhooks.addresses import Network
from lifecycle.webhooks.deliveries import BATCH, FEW, Turn, any_receiver, claim_turn, ready_receivers
from lifecycle.webhooks.delivery_results import TurnResult, record_result
from scheduler.clock import Clock
from scheduler.delivery import TurnDelivery
from scheduler.http_client import TIMEOUT, ReceiverConnection, Resolve, resolve

log = logging.getLogger(__name__)
INTERVAL = 30.0  # seconds between two regular checks
SPACING = 0.5  # seconds between two requested checks
SOON = 2.0  # seconds until the next check while another process moves pending rows
GRACE = 3.0  # seconds for messages in flight after a stop


class Sender:
    """Sends at the start, at least every INTERVAL, and on request. networks: allowed besides public ones. tls,
    resolve: replacements of the machine's TLS and name resolution. sandbox: whether messages say that they come
    from one.
    """

    def __init__(
        self, engine: Engine, clock: Clock, networks: Sequence[Network] = (), interval: float = INTERVAL,
        *, tls: SSLContext | None = None, resolve: Resolve = resolve, timeout: float = TIMEOUT,
        sandbox: bool = False,
    ) -> None:  # fmt: skip
        self._engine, self._clock, self._networks, self._interval = engine, clock, networks, interval
        self._tls, self._resolve, self._timeout = tls, resolve, timeout
        self._marks = {"x-lifecycle-sandbox": "true"} if sandbox else {}
        self._name = uuid4().hex
        self._loop = asyncio.new_event_loop()
        self._asked, self._ending = asyncio.Event(), asyncio.Event()
        self._turns: dict[str, asyncio.Task[None]] = {}
        self._thread = threading.Thread(target=self._run, daemon=True, name="sender")

    def start(self) -> None:
        """Starts sending."""
        self._thread.start()

    def ask(self) -> None:
        """Request a check soon. Any thread may call it; cheap."""
        self._tell(self._asked.set)

    def stop(self) -> None:
        """End within GRACE; the next process resends undelivered messages. Cannot be started again."""
        self._tell(self._ending.set)
        self.ask()
        if self._thread.is_alive():
            self._thread.join()
        self._loop.close()

    def _tell(self, what: Callable[[], object]) -> None:
        with suppress(RuntimeError):  # it has ended
            self._loop.call_soon_threadsafe(what)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._send())

    async def _send(self) -> None:
        self._tls = self._tls or httpx2.create_ssl_context()
        while not self._ending.is_set():
            self._asked.clear()
            begun, wait = time.monotonic(), await self._look()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), wait)
            if not self._ending.is_set():
                await asyncio.sleep(max(0.0, begun + SPACING - time.monotonic()))
        await asyncio.gather(*self._turns.values())

    async def _look(self) -> float:
        """Begin a turn with every receiver that has messages; return the seconds until the next check."""
        try:
            ready, later, taking = await asyncio.to_thread(self._waiting)
        except Exception as error:
            log.error("cannot read webhooks: %s; next attempt in %.0f s", reason_of(error), self._interval)
            return self._interval
        for webhook_id in ready:
            if webhook_id not in self._turns:
                self._turns[webhook_id] = asyncio.create_task(self._serve(webhook_id))
        until = (later - self._clock()).total_seconds() if later is not None else self._interval
        return max(0.0, min(until, SOON if taking else self._interval))

    def _waiting(self) -> tuple[list[str], datetime | None, bool]:
        with reading(self._engine) as conn:
            if not any_receiver(conn):
                return [], None, False
        taken = move_all_pending(self._engine)
        with reading(self._engine) as conn:
            return *ready_receivers(conn, self._clock(), self._name), not taken and anything_in_outbox(conn)

    async def _serve(self, webhook_id: str) -> None:
        """Run turn after turn while they are full and the receiver accepts its messages."""
        try:
            while not self._ending.is_set():
                turn = await asyncio.to_thread(self._take, webhook_id)
                if turn is None:
                    return
                result = (await self._deliver(turn)).result
                await asyncio.to_thread(self._record_result, turn, result)
                if len(turn.messages) < BATCH or result.failures >= FEW:
                    self.ask()
                    return
        except Exception as error:
            log.error("cannot send to a webhook: %s; next attempt in %.0f s", reason_of(error), self._interval)
            log.debug("cannot send to a webhook", exc_info=error)
        finally:
            del self._turns[webhook_id]

    async def _deliver(self, turn: Turn) -> TurnDelivery:
        assert self._tls is not None
        line = ReceiverConnection(
            turn.url, self._networks, self._tls, self._resolve, self._timeout, marks=self._marks
        )
        delivery = TurnDelivery(turn, line, self._clock, lambda: not self._ending.is_set())
        work, ending = asyncio.create_task(delivery.run()), asyncio.create_task(self._ending.wait())
        await asyncio.wait({work, ending}, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait({work}, timeout=GRACE)
        for task in (work, ending):
            task.cancel()
        await asyncio.gather(work, ending, return_exceptions=True)
        await line.close()
        if work.done() and not work.cancelled() and (error := work.exception()) is not None:
            raise error
        return delivery

    def _take(self, webhook_id: str) -> Turn | None:
        with writing(self._engine) as conn:
            return claim_turn(conn, webhook_id, self._clock(), self._name)

    def _record_result(self, turn: Turn, result: TurnResult) -> None:
        with writing(self._engine) as conn:
            record_result(conn, turn, result, self._clock())
        if result.gone:
            told = {"webhook": turn.webhook_id}
            log.warning("a webhook is disabled: its receiver answered 410; remove it", extra=told)
