"""compose.yaml with real processes: two APIs and two schedulers on one PostgreSQL, secrets in files."""

import json
import signal
import socket
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest
import yaml
from sqlalchemy import make_url, select, text, update

from lifecycle.audit.checkpoint import read_checkpoint
from lifecycle.audit.keys import new_key, read_key
from lifecycle.records import roles, tables
from lifecycle.records.engine import open_engine, writing
from lifecycle.records.migrate import migrate
from tests import postgres
from tests.api.desk import APPLICATION, BEARER, TOKEN, Json
from tests.api.processes import PATIENCE, Process, Server, free_port, starting_now, until
from tests.docs.shell import type_in
from tests.postgres import as_login

WHOLE = yaml.safe_load((Path(__file__).parents[2] / "compose.yaml").read_text("utf-8"))
COMPOSE = WHOLE["services"]


def make_logins(url: str, folder: Path) -> None:
    """Run in the database what compose.yaml runs when its image is created."""
    for name in ("owner", "api", "scheduler"):
        (folder / f"{name}_password").write_text(f"{name}'s own word")
    script = WHOLE["configs"]["logins"]["content"].replace("$$", "$").replace("/run/secrets", str(folder))
    at = make_url(url)
    type_in(
        f"<!-- run:logins -->\n```bash\n{script}```\n", "logins", folder,
        POSTGRES_USER=str(at.username), POSTGRES_DB=str(at.database), PGHOST=str(at.query["host"]),
    )  # fmt: skip


def settings_of(name: str, folder: Path) -> dict[str, str]:
    """Return the settings of a service in compose.yaml, with its paths in a folder."""
    places = {"/run/secrets": str(folder), "/checkpoints": str(folder / "checkpoints")}
    told = {key: str(value) for key, value in COMPOSE[name]["environment"].items()}
    for place, here in places.items():
        told = {key: value.replace(place, here) for key, value in told.items()}
    return told


class Serving(Server):
    """An API started as in compose.yaml, except for its address."""

    def __init__(self, log: Path, document: Json, **settings: str) -> None:
        self.port, self.document, self.sandbox = free_port(), document, False
        self.address, self.clients = f"http://127.0.0.1:{self.port}", []
        Process.__init__(self, log, *COMPOSE["api-1"]["command"], "--host", "127.0.0.1", "--port", str(self.port),
                         **settings)  # fmt: skip


@pytest.fixture(scope="module")
def shape(tmp_path_factory: pytest.TempPathFactory, document: Json) -> Iterator[SimpleNamespace]:
    """All four processes, on a PostgreSQL of their own."""
    folder = tmp_path_factory.mktemp("composed")
    with ExitStack() as stack:
        server = stack.enter_context(postgres.running())
        url = server.create("composed")
        make_logins(url, folder)
        for name in ("owner", "api", "scheduler"):
            (folder / f"{name}_url").write_text(as_login(url, f"desk_{name}") + "\n")
        owner = open_engine(as_login(url, "desk_owner"))
        migrate(owner)
        with writing(owner) as conn:
            roles.execute_all(conn, roles.set_up())
        owner.dispose()
        (folder / "admin_token").write_text(TOKEN + "\n")
        new_key(folder / "audit_key", "contracts.example.com")
        (folder / "checkpoints").mkdir()
        port = free_port()
        schedulers = [
            stack.enter_context(Process(
                folder / f"scheduler-{n}", *COMPOSE["scheduler-1"]["command"][:-1], str(port + n),
                **settings_of("scheduler-1", folder),
            )) for n in range(2)
        ]  # fmt: skip
        told = settings_of("api-1", folder)
        apis = [stack.enter_context(Serving(folder / f"api-{n}", document, **told)) for n in range(2)]
        yield SimpleNamespace(url=url, server=server, apis=apis, schedulers=schedulers, port=port, folder=folder)


def answer_of(address: str, holds: Any = lambda answer: True) -> Any:
    """The answer of an address once it is such."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            answer = httpx2.get(address, timeout=PATIENCE)
            if holds(answer):
                return answer
        except httpx2.TransportError:
            pass
        assert time.monotonic() < deadline, address
        time.sleep(0.1)


def test_a_scheduler_fires_the_timer_of_one_api_and_the_other_shows_it(shape: SimpleNamespace) -> None:
    first, second = (api.desk() for api in shape.apis)
    assert until(second, starting_now(first, shape.url, reference="C-1"), "billing")["version"] == 3
    ready = answer_of(f"{shape.apis[1].address}/readyz", lambda answer: answer.status_code == 200).json()
    assert ready["checks"]["fuse"] == {"ok": True, "severity": "alarm", "detail": "whole"}


def test_every_process_answers_and_counts_its_own_work(shape: SimpleNamespace) -> None:
    fired = 0.0
    for address in [*(f"http://127.0.0.1:{shape.port + n}" for n in range(2)), shape.apis[0].address]:
        assert answer_of(f"{address}/healthz").status_code == 200
        told = answer_of(f"{address}/metrics").text
        fired += float(
            told.partition('lifecycle_fired_total{event="start_billing",kind="contract"} ')[2].split()[0]
        )
        assert "lifecycle_fuse_tripped 0.0" in told
    assert fired == 1


def test_checkpoints_are_signed_outside_of_the_database_and_shown_to_auditors(shape: SimpleNamespace) -> None:
    key = read_key(shape.folder / "audit_key").public
    desk, deadline, signed = shape.apis[0].desk(), time.monotonic() + PATIENCE, set[str]()
    while not signed or not signed <= {item["note"] for item in desk.get("/v1/audit/checkpoints")["items"]}:
        assert time.monotonic() < deadline, signed
        signed = {path.read_text("utf-8") for path in (shape.folder / "checkpoints").glob("*.txt")}
    assert {read_checkpoint(note.encode(), key).origin for note in signed} == {"contracts.example.com"}


def test_a_clock_that_parted_from_passing_time_holds_ends_until_a_person_resumes(shape: SimpleNamespace) -> None:
    first, second = (api.desk() for api in shape.apis)
    engine = open_engine(shape.url)
    with writing(engine) as conn:  # as if the wall clock had been a day further on when it was first read
        before = conn.execute(select(tables.baseline)).one()
        conn.execute(update(tables.baseline).values(at=before.at + timedelta(days=1)))
    engine.dispose()
    assert until(second, starting_now(first, shape.url, reference="C-6"), "billing"), "all else goes on"
    assert (
        "as time has passed it is"
        in answer_of(
            f"{shape.apis[1].address}/readyz", lambda answer: not answer.json()["checks"]["fuse"]["ok"]
        ).json()["checks"]["fuse"]["detail"]
    )
    assert first.post("/v1/scheduler/resume", {"reason": "a test"})["state"] == "running"
    assert second.get("/v1/scheduler")["logbook"][0]["event"] == "resume"
    assert until(second, starting_now(first, shape.url, reference="C-7"), "billing")
    assert second.get("/v1/scheduler")["state"] == "running"


def test_without_the_database_answers_have_retry_after_until_it_returns(shape: SimpleNamespace) -> None:
    desk = shape.apis[0].desk()
    contract = desk.apply(reference="C-2")
    shape.server.handle.stop()
    try:
        away = desk.client.get(f"/v1/contracts/{contract['id']}")
        assert (away.status_code, away.headers["Retry-After"]) == (503, "2")
        stored = desk.client.post("/v1/contracts", json=desk.application | {"reference": "C-3"})
        assert (stored.status_code, stored.headers["Retry-After"]) == (503, "2")
        assert "database" in answer_of(f"{shape.apis[0].address}/readyz").json()["checks"]
        assert "lifecycle_database_up 0.0" in answer_of(f"{shape.apis[0].address}/metrics").text
        assert answer_of(f"{shape.apis[0].address}/healthz").status_code == 200
    finally:
        shape.server.handle.ensure_postgres_running()
    answer_of(f"{shape.apis[0].address}/readyz", lambda answer: answer.status_code == 200)
    assert desk.show(contract)["state"] == "applied"
    assert until(desk, starting_now(desk, shape.url, reference="C-4"), "billing")["state"] == "billing"


@contextmanager
def nothing_is_received(url: str) -> Iterator[None]:
    """Block every writer of a contract until the end of the block."""
    engine = open_engine(url)
    try:
        with writing(engine) as conn:
            conn.execute(text("LOCK TABLE contract IN EXCLUSIVE MODE"))
            yield
    finally:
        engine.dispose()


def sent_to(server: Server, reference: str) -> HTTPConnection:
    """A connection that has sent an application and has not read the answer."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    body = json.dumps(APPLICATION | {"reference": reference})
    connection.request("POST", "/v1/contracts", body, BEARER | {"Content-Type": "application/json"})
    return connection


def status_of(connection: HTTPConnection) -> int | None:
    """The status answered, None where the connection was closed without an answer."""
    try:
        return connection.getresponse().status
    except (HTTPException, OSError):
        return None
    finally:
        connection.close()


def listens(server: Server) -> bool:
    try:
        socket.create_connection(("127.0.0.1", server.port)).close()
    except OSError:
        return False
    return True


def test_an_api_that_stops_answers_its_waiting_requests_and_stores_each_once(
    shape: SimpleNamespace,
) -> None:
    ended, staying = shape.apis
    ended_desk, staying_desk = ended.desk(), staying.desk()

    def post(number: int) -> int | None:
        """Send requests one after the other on a persistent connection."""
        body = ended_desk.application | {"reference": f"L-K{number}"}
        try:
            return int(ended_desk.client.post("/v1/contracts", json=body).status_code)
        except httpx2.TransportError:
            return None

    with ThreadPoolExecutor(4) as pool:
        with nothing_is_received(shape.url):
            waiting = {f"L-{n}": sent_to(ended, f"L-{n}") for n in range(80)}
            kept = {f"L-K{n}": pool.submit(post, n) for n in range(100)}
            assert httpx2.get(f"{ended.address}/healthz").status_code == 200, "it reads in turn: those, too"
            ended.tell(signal.SIGTERM)
            while listens(ended):
                time.sleep(0.02)
            assert not any(one.done() for one in kept.values())
        answered = {reference: status_of(connection) for reference, connection in waiting.items()}
        answered |= {reference: one.result() for reference, one in kept.items()}
        ended.child.join(PATIENCE)
        assert ended.child.exitcode == 0
        assert shape.schedulers[0].end(signal.SIGTERM) == 0
    assert set(answered.values()) <= {201, 503, None}
    received = [reference for reference, status in answered.items() if status == 201]
    assert 50 <= len(received) < len(answered)
    shown = Counter(item["reference"] for item in staying_desk.get("/v1/contracts", q="L-", limit=500)["items"])
    assert set(received) <= set(shown), "what was acknowledged is there"
    assert set(shown.values()) == {1}
    assert until(staying_desk, starting_now(staying_desk, shape.url, reference="C-5"), "billing")


def test_the_logs_are_json_lines_with_request_ids_and_no_personal_data(shape: SimpleNamespace) -> None:
    lines = [json.loads(line) for api in shape.apis for line in api.said.splitlines() if line.startswith("{")]
    answered = [line for line in lines if line["event"] == "answered"]
    assert len(answered) > 20
    assert all(line["request_id"] and line["route"] and line["status"] for line in answered)
    said = "".join(one.said for one in (*shape.apis, *shape.schedulers))
    for secret in ("サンプル配信", "山田太郎", "yamada@example.co.jp", TOKEN, "Traceback", "L-1"):
        assert secret not in said
