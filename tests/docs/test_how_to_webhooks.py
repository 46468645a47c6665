"""The receiver of the guide on webhooks accepts each message of the sender once, and no forgery."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from lifecycle.records.engine import open_engine
from lifecycle.webhooks.deliveries import FEW
from lifecycle.webhooks.delivery_results import DELAYS, FIRST_REST, JITTER, LONGEST_REST
from lifecycle.webhooks.signature import headers, new_secret
from lifecycle.webhooks.subscriptions import BOTH_SIGN
from scheduler import http_client
from scheduler.clock import system_clock
from tests.api.processes import free_port
from tests.commands.diary import Diary
from tests.docs.pages import ROOT, text
from tests.docs.typed import blocks
from tests.scheduler.receiver import soon
from tests.scheduler.sending import TRUTH, Office

PAGE = text(ROOT / "docs" / "how-to" / "webhooks.md")
(SCRIPT,) = blocks(PAGE, "receiver", "python")


@pytest.fixture
def office(sqlite_url: str) -> Iterator[Office]:
    engine = open_engine(sqlite_url)
    diary = Diary(engine)
    diary.now = system_clock()  # the receiver looks at the time
    yield Office(diary)
    engine.dispose()


def test_the_receiver_prints_each_event_once_and_refuses_a_forgery(office: Office, tmp_path: Path) -> None:
    port, said = free_port(), tmp_path / "said"
    url = f"http://127.0.0.1:{port}/"
    webhook = office.add(url)
    environment = os.environ | {"PORT": str(port), "WEBHOOK_SECRETS": f"{new_secret()} {office.secrets[url]}"}
    with said.open("w") as out:
        receiver = subprocess.Popen([sys.executable, "-c", SCRIPT], env=environment, stdout=out)
    try:
        assert soon(lambda: answered(url))
        office.diary.apply()
        office.until(office.settled(webhook, 0))
        assert office.left(webhook) == [] and said.read_text() == "contract.apply 1\n"
        at, body = int(system_clock().timestamp()), b'{"type":"contract.terminate","data":{"seq":2}}'
        mine = [office.secrets[url]]
        tries = {
            "as signed": (headers("c_1_2", at, body, mine), body, 204),
            "again": (headers("c_1_2", at, body, mine), body, 204),
            "by another's secret": (headers("c_1_3", at, body, [new_secret()]), body, 401),
            "changed on the way": (headers("c_1_3", at, body, mine), body + b" ", 401),
            "under another id": (headers("c_1_3", at, body, mine) | {"webhook-id": "c_1_4"}, body, 401),
            "kept for an hour": (headers("c_1_3", at - 3600, body, mine), body, 401),
        }
        for how, (sent, content, status) in tries.items():
            assert httpx2.post(url, content=content, headers=sent).status_code == status, how
        assert said.read_text() == "contract.apply 1\ncontract.terminate 2\n"
    finally:
        receiver.kill()
        receiver.wait()


def answered(url: str) -> bool:
    """Whether it listens already."""
    try:
        return httpx2.post(url, content=b"").status_code == 401
    except httpx2.TransportError:
        return False


def test_the_guide_states_the_numbers_of_the_code() -> None:
    seconds = [round(delay.total_seconds()) for delay in DELAYS]
    assert seconds == [5, 300, 1800, *(3600 * hours for hours in (2, 5, 10, 14, 20, 24))]
    assert (len(DELAYS) + 1, JITTER, FEW, http_client.TIMEOUT) == (10, 0.2, 5, 15.0)
    assert 3 < sum(seconds) / 86_400 < sum(seconds) * (1 + JITTER) / 86_400 < 4
    assert (FIRST_REST.seconds, LONGEST_REST.seconds, BOTH_SIGN.days) == (5, 900, 1)
    assert all(f'"{name}"' in PAGE for name in TRUTH)
