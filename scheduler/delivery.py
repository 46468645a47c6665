"""One delivery turn of a receiver: messages of one contract in order, those of other contracts in parallel."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

from opentelemetry.trace import SpanKind

from lifecycle.spans import span
from lifecycle.webhooks.deliveries import FEW, Message, Turn
from lifecycle.webhooks.delivery_results import TurnResult
from lifecycle.webhooks.signature import headers
from scheduler.clock import Clock
from scheduler.http_client import NotAccepted, ReceiverConnection

AT_ONCE = 10  # concurrent messages to one receiver
LONGEST = 30.0  # seconds after which a turn begins no further message


class TurnDelivery:
    """A running turn. goes_on: checked before each message."""

    def __init__(self, turn: Turn, line: ReceiverConnection, clock: Clock, goes_on: Callable[[], bool]) -> None:
        self._turn, self._line, self._clock, self._wanted = turn, line, clock, goes_on
        self._ends = time.monotonic() + LONGEST
        groups: dict[str, deque[Message]] = {}
        for message in sorted(turn.messages, key=lambda message: message.index):
            groups.setdefault(message.contract_id, deque()).append(message)
        self._groups = deque(groups.values())
        self.result = TurnResult({}, turn.failures)

    async def run(self) -> None:
        """Send one message at a time until the receiver has accepted one, then several in parallel."""
        await self._work(until_taken=True)
        await asyncio.gather(*(self._work() for _ in range(AT_ONCE)))

    async def _work(self, *, until_taken: bool = False) -> None:
        while self._groups and self._goes_on():
            group = self._groups.popleft()
            while group and self._goes_on():
                if not await self._try(group.popleft()):
                    break  # later messages of this contract wait
                if until_taken:
                    self._groups.appendleft(group)
                    return

    async def _try(self, message: Message) -> bool:
        signed = headers(message.id, int(self._clock().timestamp()), message.body, self._turn.secrets)
        try:
            with span("POST", SpanKind.CLIENT, http__request__method="POST"):
                await self._line.post(signed, message.body)
        except NotAccepted as error:
            rest = error.rest
            if isinstance(rest, datetime):
                rest = max(rest - self._clock(), timedelta(0))
            self.result.failed(message.index, str(error), gone=error.gone, rest=rest)
            return False
        self.result.taken(message.index)
        return True

    def _goes_on(self) -> bool:
        found = self.result
        fine = not found.gone and found.rest is None and (found.failures < FEW or not found.tried)
        return fine and self._wanted() and time.monotonic() < self._ends
