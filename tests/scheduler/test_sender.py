"""Webhooks: every transition reaches its receivers, in the order of its contract, signed, after any failure."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import Engine, event

from lifecycle.audit.log import move_all_pending
from lifecycle.records.engine import is_sqlite, open_engine, writing
from lifecycle.webhooks import subscriptions
from lifecycle.webhooks.deliveries import FEW, HELD, claim_turn
from lifecycle.webhooks.delivery_results import DELAYS, JITTER, LONGEST_REST, TurnResult, record_result
from lifecycle.webhooks.signature import signature
from scheduler import sender
from scheduler.running import at_work
from tests.commands.diary import Diary
from tests.scheduler.receiver import TAKEN, Answer, Got, Receiver, receiving, soon
from tests.scheduler.sending import LOOPBACK, TRUTH, Office, of_contract

BROKEN: Answer = (500, {}, b"no")


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


def book(diary: Diary, number: int = 3) -> list[str]:
    """Accepted contracts, two rows of the log each."""
    return [diary.accepted(reference=f"OD-{place}") for place in range(number)]


def good(got: Got, *secrets: str) -> bool:
    """Whether a message has a signature for each of the secrets and no other."""
    at = int(got.headers["webhook-timestamp"])
    made = [f"v1,{signature(secret, got.headers['webhook-id'], at, got.body)}" for secret in secrets]
    return got.headers["webhook-signature"].split(" ") == made


def test_every_transition_is_sent_once_signed_and_in_the_order_of_its_contract(
    office: Office, receiver: Receiver
) -> None:
    diary = office.diary
    webhook = office.add(receiver.url)
    contract, option = diary.accepted_with_option()
    book(diary)
    office.until(office.settled(webhook, 9))
    assert sorted(receiver.taken) == list(range(10)) and office.left(webhook) == []
    assert of_contract(receiver.got, contract) == [0, 1, 2, 3]
    assert all(good(one, office.secrets[receiver.url]) for one in receiver.got)
    last = next(one for one in receiver.got if one.index == 3)
    assert last.said["type"] == "option.accept" and last.headers["webhook-id"] == f"{option}_2"
    assert set(last.said["data"]) == TRUTH and set(last.said) == {"type", "timestamp", "data"}
    assert last.said["data"]["effective_at"] == last.said["timestamp"] == "2022-04-22T09:00:00+09:00"
    assert "サンプル" not in str([one.said for one in receiver.got])


def test_a_receiver_gets_new_events_or_selected_types_or_all_from_a_log_index(
    office: Office, receiver: Receiver
) -> None:
    diary = office.diary
    book(diary)
    move_all_pending(diary.engine)
    hooks = [office.add(receiver.url, after=None), office.add(f"{receiver.url}?some", ["contract.accept"], 2)]
    with pytest.raises(subscriptions.NotYetLogged):
        office.add(f"{receiver.url}?late", after=6)
    with office.sending() as asked:
        assert soon(office.settled(hooks[1], 5))
        assert receiver.taken == [3, 5]
        diary.apply(reference="OD-later")
        asked.ask()
        assert soon(office.settled(hooks[0], 6)) and soon(office.settled(hooks[1], 6))
    assert receiver.taken == [3, 5, 6]


def test_receivers_add_no_database_statement_to_a_command(office: Office) -> None:
    said: list[str] = []
    event.listen(office.diary.engine, "before_cursor_execute", lambda *given: said.append(given[2]))
    office.diary.apply(reference="OD-alone")
    alone = list(said)
    for place in range(3):
        office.add(f"https://example.com/{place}")
    said.clear()
    office.diary.apply(reference="OD-with")
    assert said == alone != []


def test_a_failed_message_is_retried_with_its_id_and_only_its_contract_waits(
    office: Office, receiver: Receiver
) -> None:
    diary = office.diary
    webhook = office.add(receiver.url)
    first, other = book(diary, 2)
    receiver.answer = lambda said, before: BROKEN if said["data"]["index"] == 0 and len(tries()) < 3 else TAKEN
    tries = lambda: [one for one in receiver.got if one.index == 0]  # noqa: E731
    office.until(lambda: receiver.taken == [2, 3] and office.show(webhook).waiting == 2)
    failed, behind = office.left(webhook)
    assert (failed.attempts, failed.reason, behind.attempts, behind.reason) == (1, "answered 500", 0, None)
    assert failed.next_try_at is not None and failed.tried_at == diary.now
    assert DELAYS[0] <= failed.next_try_at - diary.now <= DELAYS[0] * (1 + JITTER)
    diary.apply_for_option(first)  # one more about that contract, which is in the log by the next look
    office.until(office.settled(webhook, 4))
    office.later(seconds=7)
    office.until(lambda: office.left(webhook)[0].attempts == 2)
    failed, *behind = office.left(webhook)
    assert [(one.index, one.attempts, one.next_try_at) for one in behind] == [
        (index, 0, failed.next_try_at) for index in (1, 4)
    ]
    diary.now += DELAYS[1] * (1 + JITTER)
    office.until(lambda: office.show(webhook).waiting == 0)
    assert receiver.taken == [2, 3, 0, 1, 4] and of_contract(receiver.got, first) == [0, 0, 0, 1, 4]
    assert of_contract(receiver.got, other) == [2, 3]
    times = [int(one.headers["webhook-timestamp"]) for one in tries()]
    assert len({one.headers["webhook-id"] for one in tries()}) == 1 and times == sorted(set(times))


def test_a_failed_message_is_listed_after_its_last_attempt_and_can_be_resent(
    office: Office, receiver: Receiver
) -> None:
    diary = office.diary
    webhook = office.add(receiver.url)
    book(diary, 1)
    down = True
    receiver.answer = lambda said, before: BROKEN if down and said["data"]["index"] == 0 else TAKEN
    for number, delay in enumerate((*DELAYS, LONGEST_REST), 1):
        office.until(
            lambda number=number: bool(office.left(webhook)) and office.left(webhook)[0].attempts == number
        )
        diary.now += delay * (1 + JITTER)
    office.until(lambda: receiver.taken == [1])
    (failed,) = office.left(webhook)
    assert (failed.index, failed.attempts, failed.next_try_at) == (0, len(DELAYS) + 1, None)
    assert (office.show(webhook).failed, office.show(webhook).waiting) == (1, 0)
    down = False
    assert office.resend(webhook, 0) == 1
    office.until(lambda: office.left(webhook) == [])
    assert receiver.taken == [1, 0] and office.resend(webhook) == 0


def test_a_receiver_that_is_down_costs_a_message_now_and_then_and_gets_everything_afterwards(
    office: Office, receiver: Receiver
) -> None:
    diary = office.diary
    webhook = office.add(receiver.url)
    contracts = book(diary, 20)
    down = True
    receiver.answer = lambda said, before: BROKEN if down else TAKEN
    office.until(lambda: office.show(webhook).backoff_until is not None)
    assert (len(receiver.got), office.show(webhook).failures) == (FEW, FEW)
    kept = len(office.left(webhook))
    for _ in range(4):
        office.later(minutes=2)
        tried = office.show(webhook).failures
        office.until(lambda tried=tried: office.show(webhook).failures > tried)
    assert len(receiver.got) <= FEW + 8 and len(office.left(webhook)) == kept
    down = False
    office.later(hours=3)
    office.until(lambda: office.show(webhook).waiting == 0)
    assert sorted(receiver.taken) == list(range(40))
    for contract in contracts:
        mine = [index for index in receiver.taken if index in of_contract(receiver.got, contract)]
        assert all(one < following for one, following in pairwise(mine))


def test_a_hanging_receiver_times_out_and_does_not_delay_others(office: Office, receiver: Receiver) -> None:
    let_go = threading.Event()
    with receiving() as slow:
        slow.answer = lambda said, before: (let_go.wait(5), TAKEN)[1]
        hooks = [office.add(slow.url), office.add(receiver.url)]
        book(office.diary, 1)
        with office.sending(timeout=0.3):
            assert receiver.has(2) and not slow.taken
            assert soon(lambda: bool(office.left(hooks[0])))
        let_go.set()
    assert office.left(hooks[0])[0].reason == "no answer within 0.3 s"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [((302, {"location": "/elsewhere"}, b""), "answered 302"), ((404, {}, b"x" * 100_000), "answered 404")],
)
def test_redirects_are_not_followed_and_only_success_is_success(
    office: Office, receiver: Receiver, answer: Answer, reason: str
) -> None:
    webhook = office.add(receiver.url)
    office.diary.apply()
    receiver.answer = lambda said, before: answer
    office.until(lambda: bool(office.left(webhook)))
    assert office.left(webhook)[0].reason == reason and len(receiver.got) == 1


def test_an_answer_is_not_read_to_its_end(office: Office, receiver: Receiver) -> None:
    webhook = office.add(receiver.url)
    office.diary.apply()
    receiver.answer = lambda said, before: (200, {"content-length": "1000000000"}, b"x" * 100_000)
    office.until(office.settled(webhook, 0), timeout=2.0)
    assert office.left(webhook) == []


def test_a_receiver_that_answers_410_is_disabled(office: Office, receiver: Receiver) -> None:
    webhook = office.add(receiver.url)
    book(office.diary, 2)
    receiver.answer = lambda said, before: (410, {}, b"")
    office.until(lambda: office.show(webhook).disabled_at is not None)
    office.later(days=1)
    with office.sending():
        pass
    assert len(receiver.got) == 1 and office.show(webhook).disabled_because == "answered 410"


def test_a_receiver_that_answers_429_is_not_called_before_retry_after(office: Office, receiver: Receiver) -> None:
    webhook = office.add(receiver.url)
    book(office.diary, 2)
    receiver.answer = lambda said, before: TAKEN if before else (429, {"retry-after": "60"}, b"")
    office.until(lambda: office.show(webhook).backoff_until is not None)
    assert office.show(webhook).backoff_until == office.diary.now + timedelta(seconds=60)
    office.later(seconds=61)
    office.until(lambda: len(receiver.taken) == 4)
    assert len(receiver.got) == 5


def test_after_a_change_of_the_secret_both_sign_for_a_day(office: Office, receiver: Receiver) -> None:
    webhook = office.add(receiver.url)
    old, diary = office.secrets[receiver.url], office.diary
    with writing(diary.engine) as conn:
        new = subscriptions.rotate_signing_secret(conn, webhook, "admin", "it was seen", diary.now)
    diary.apply(reference="OD-1")
    office.until(lambda: len(receiver.taken) == 1)
    office.later(hours=24, seconds=1)
    diary.apply(reference="OD-2")
    office.until(lambda: len(receiver.taken) == 2)
    assert good(receiver.got[0], new, old) and good(receiver.got[1], new) and old != new


def test_two_schedulers_send_nothing_twice(postgres_url: str, receiver: Receiver) -> None:
    engines = [open_engine(postgres_url) for _ in range(2)]
    offices = [Office(Diary(engine)) for engine in engines]
    webhook = offices[0].add(receiver.url)
    book(offices[0].diary, 8)
    offices[1].diary.now, pause = offices[0].diary.now, threading.Event()
    receiver.answer = lambda said, before: (pause.wait(0.01), TAKEN)[1]
    with offices[0].sending() as one, offices[1].sending() as other:
        for number in range(3):
            offices[0].diary.apply(reference=f"OD-more-{number}")
            one.ask()
            other.ask()
        assert soon(offices[0].settled(webhook, 18))
    assert sorted(receiver.taken) == list(range(19))
    for engine in engines:
        engine.dispose()


def test_a_process_that_lost_its_lease_records_no_result(office: Office) -> None:
    diary = office.diary
    webhook = office.add("https://example.com/")
    book(diary, 1)
    move_all_pending(diary.engine)
    with writing(diary.engine) as conn:
        lost = claim_turn(conn, webhook, diary.now, "frozen")
        assert lost is not None and len(lost.messages) == 2
        assert is_sqlite(conn) or claim_turn(conn, webhook, diary.now, "other") is None
        assert claim_turn(conn, webhook, diary.now + HELD, "other") is not None
        assert record_result(conn, lost, TurnResult({0: None, 1: "answered 500"}), diary.now) is False
    assert (office.show(webhook).cursor, office.left(webhook)) == (-1, [])


KILLED = """
import sys
from datetime import datetime
from lifecycle.webhooks.addresses import networks_of
from lifecycle.records.engine import open_engine
from scheduler.sender import Sender
Sender(open_engine(sys.argv[1]), lambda: datetime.fromisoformat(sys.argv[2]), networks_of("127.0.0.0/8")).start()
print("sending", flush=True)
sys.stdin.readline()
"""


def test_a_kill_loses_nothing(office: Office, receiver: Receiver, database_url: str, engine: Engine) -> None:
    diary = office.diary
    webhook = office.add(receiver.url)
    book(diary, 4)
    let_go = threading.Event()
    receiver.answer = lambda said, before: (before < 3 or let_go.wait(10), TAKEN)[1]
    engine.dispose()
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, database_url, diary.now.isoformat()], stdin=subprocess.PIPE, text=True
    )
    assert soon(lambda: len(receiver.got) > 3)
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    let_go.set()
    assert office.show(webhook).cursor == -1
    diary.now += HELD
    office.until(office.settled(webhook, 7))
    assert set(receiver.taken) == set(range(8))
    ids = {one.index: one.headers["webhook-id"] for one in receiver.got}
    assert all(ids[one.index] == one.headers["webhook-id"] for one in receiver.got)


def test_events_of_people_and_of_the_clock_are_sent_within_seconds(office: Office, receiver: Receiver) -> None:
    """The whole scheduler at work, which polls only every half minute."""
    diary = office.diary
    webhook = office.add(receiver.url)
    diary.accepted()
    diary.today("2022-05-01")  # billing starts: the clock's own
    with at_work(diary.engine, lambda: diary.now, networks=LOOPBACK) as alarm:
        assert soon(office.settled(webhook, 2))
        diary.apply(reference="OD-later")
        alarm.wake()
        assert soon(office.settled(webhook, 3))
    assert [one.said["type"] for one in receiver.got] == [
        "contract.apply", "contract.accept", "contract.start_billing", "contract.apply",
    ]  # fmt: skip
