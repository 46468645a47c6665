"""Common parts of the sender tests: a sender on the database of a diary, and its receivers."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from lifecycle.records.engine import reading, writing
from lifecycle.webhooks import subscriptions
from lifecycle.webhooks.addresses import networks_of
from scheduler.sender import Sender
from tests.commands.diary import Diary
from tests.scheduler.receiver import Got, soon

LOOPBACK = networks_of("127.0.0.0/8")
TRUTH = {"index", "contract_id", "subject_id", "kind", "seq", "event", "from_state", "to_state", "effective_at"}


class Office:
    """Webhooks of a diary's database, and the senders that work at them."""

    def __init__(self, diary: Diary) -> None:
        self.diary = diary
        self.secrets: dict[str, str] = {}

    def add(self, url: str, types: Sequence[str] | None = None, after: int | None = -1) -> str:
        """Add a receiver, by default one of all messages from the start; return its id."""
        with writing(self.diary.engine) as conn:
            webhook_id, self.secrets[url] = subscriptions.subscribe(
                conn, url, types, after, "admin", self.diary.now
            )
        return webhook_id

    def show(self, webhook_id: str) -> subscriptions.Webhook:
        """Return a receiver."""
        with reading(self.diary.engine) as conn:
            return subscriptions.webhook_of(conn, webhook_id)

    def left(self, webhook_id: str) -> list[subscriptions.Undelivered]:
        """What a receiver has not taken."""
        with reading(self.diary.engine) as conn:
            return subscriptions.undelivered(conn, webhook_id, None, 500)

    def resend(self, webhook_id: str, index: int | None = None) -> int:
        """Has what failed sent again."""
        with writing(self.diary.engine) as conn:
            return subscriptions.resend_undelivered(conn, webhook_id, index, "operator", self.diary.now)

    def later(self, **passed: float) -> None:
        """Lets time pass."""
        self.diary.now += timedelta(**passed)

    @contextmanager
    def sending(self, **how: Any) -> Iterator[Sender]:
        """Runs a sender by the diary's clock."""
        sender = Sender(self.diary.engine, lambda: self.diary.now, how.pop("networks", LOOPBACK), **how)
        sender.start()
        try:
            yield sender
        finally:
            sender.stop()

    def until(self, true: Callable[[], bool], **how: Any) -> None:
        """Sends until something is true, which it must become."""
        with self.sending(**how):
            assert soon(true)

    def settled(self, webhook_id: str, up_to: int) -> Callable[[], bool]:
        """Whether so much of the log is handed over."""
        return lambda: self.show(webhook_id).cursor >= up_to


def of_contract(got: Sequence[Got], contract_id: str) -> list[int]:
    """The log indices of the messages about a contract, in the order of arrival."""
    return [one.index for one in got if one.said["data"]["contract_id"] == contract_id]
