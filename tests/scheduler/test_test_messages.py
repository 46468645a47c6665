"""Development of a receiver: test messages, unique addresses, Retry-After as a date, an own certificate."""

from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime

import pytest
from pydantic import TypeAdapter

from lifecycle.queries.views.webhooks import WebhookMessage
from lifecycle.records.engine import writing
from lifecycle.webhooks import subscriptions
from scheduler import sender
from scheduler.http_client import retry_after
from tests.commands.diary import Diary
from tests.scheduler.receiver import TAKEN, Receiver, receiving
from tests.scheduler.sending import Office


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for the next look."""
    monkeypatch.setattr(sender, "SPACING", 0.01)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def office(diary: Diary) -> Office:
    return Office(diary)


def ask_for_test(office: Office, webhook: str) -> None:
    with writing(office.diary.engine) as conn:
        subscriptions.send_test(conn, webhook, "admin", office.diary.now)


def test_a_test_message_reaches_a_receiver_whatever_types_it_wants(office: Office, receiver: Receiver) -> None:
    webhook = office.add(receiver.url, ["contract.terminate"])
    office.diary.accepted()
    ask_for_test(office, webhook)
    office.until(lambda: bool(receiver.taken) and office.show(webhook).waiting == 0)
    (got,) = receiver.got
    said = TypeAdapter(WebhookMessage).validate_python(got.said)
    assert said["type"] == "test" and said["data"]["index"] < 0
    assert got.headers["webhook-id"].startswith("test_") and "." not in got.headers["webhook-id"]


def test_a_failed_test_message_is_listed_with_the_reason_and_retried(office: Office, receiver: Receiver) -> None:
    webhook = office.add(receiver.url)
    receiver.answer = lambda said, before: TAKEN if before else (500, {}, b"")
    ask_for_test(office, webhook)
    office.until(lambda: bool(office.left(webhook)) and office.left(webhook)[0].attempts == 1)
    assert office.left(webhook)[0].reason == "answered 500"
    office.later(seconds=10)
    office.until(lambda: not office.left(webhook))
    first, second = receiver.got
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


def test_a_receiver_with_retry_after_as_a_date_is_not_called_before_it(office: Office, receiver: Receiver) -> None:
    webhook = office.add(receiver.url)
    office.diary.accepted()
    until = office.diary.now.replace(microsecond=0) + timedelta(minutes=2)
    receiver.answer = lambda said, before: (503, {"retry-after": format_datetime(until.astimezone())}, b"")
    office.until(lambda: office.show(webhook).backoff_until is not None)
    assert office.show(webhook).backoff_until == until


@pytest.mark.parametrize("said", ["", "soon", "-3", "99999999", "Fri, 99 Abc", "Wed, 21 Oct 2015 07:28:00"])
def test_an_invalid_retry_after_is_ignored(said: str) -> None:
    assert retry_after(said) is None or said.startswith("Wed")


def test_the_documented_variable_names_the_certificates_that_are_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    import httpx2

    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/ca.pem")
    with pytest.raises(OSError):  # noqa: PT011 - it is read: there is none
        httpx2.create_ssl_context()
