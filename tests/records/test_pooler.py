"""PostgreSQL behind a pooler with a connection per transaction, such as PgBouncer in transaction mode."""

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from lifecycle.commands.one_at_a_time import alone, under_way
from lifecycle.records.engine import is_pooled, open_engine, reading
from lifecycle.timers.sweep import sweep
from scheduler import listen
from tests import scratch
from tests.api.processes import free_port
from tests.commands import acts
from tests.commands.diary import NOW, Diary, tokyo

PGBOUNCER = os.environ.get("PGBOUNCER") or shutil.which("pgbouncer")
STANDS = text("SELECT current_setting('lock_timeout'), current_setting('timezone')")
SETTINGS = """
[databases]
* = host={host}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {home}/users
pool_mode = transaction
default_pool_size = 4
"""


@pytest.fixture
def pooled(postgres_url: str) -> Iterator[Engine]:
    """A database without a pooler, used as if behind one."""
    engine = open_engine(f"{postgres_url}&pooler=transaction")
    yield engine
    engine.dispose()


def test_settings_of_a_transaction_end_with_it(pooled: Engine) -> None:
    assert is_pooled(pooled)
    with reading(pooled) as conn:
        assert tuple(conn.execute(STANDS).one()) == ("10s", "UTC")
        driver = conn.connection.driver_connection
        assert driver is not None and "options" not in driver.info.get_parameters()
        for _ in range(12):
            conn.execute(text("SELECT id FROM contract WHERE id = :id"), {"id": "c"})
        assert conn.execute(text("SELECT count(*) FROM pg_prepared_statements")).scalar_one() == 0
    with pooled.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        assert conn.execute(STANDS).one()[0] == "0"


def test_exclusive_work_is_locked_by_a_transaction(pooled: Engine) -> None:
    with alone(pooled, "a month") as mine, alone(pooled, "a month") as other, reading(pooled) as conn:
        assert (mine, other, under_way(conn, "a month")) == (True, False, True)
    with reading(pooled) as conn:
        assert not under_way(conn, "a month")


def test_without_listen_the_clock_is_polled_every_second(pooled: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listen, "POLLING", 0.01)
    stopping, woken = threading.Event(), list[datetime | None]()

    def wake(at: datetime | None) -> None:
        woken.append(at)
        if len(woken) == 3:
            stopping.set()

    listen.listen(pooled, wake, stopping)
    assert woken == [None] * 3


def test_another_kind_of_pooler_is_refused() -> None:
    with pytest.raises(ValueError, match="pooler=transaction is the only kind"):
        open_engine("postgresql://desk@127.0.0.1/lifecycle?pooler=session")


@pytest.fixture
def bouncing(postgres_url: str) -> Iterator[Engine]:
    """A database behind a real PgBouncer, which has four connections to it."""
    if PGBOUNCER is None:
        pytest.skip("pgbouncer is not installed")
    url, port = make_url(postgres_url), free_port()
    folder, user = Path(str(url.query["host"])), str(url.username)
    with scratch.folder("bounce") as home:
        home.chmod(0o755)
        (home / "users").write_text(f'"{user}" ""\n')
        (home / "settings").write_text(SETTINGS.format(host=folder, port=port, home=home))
        as_server = ["-u", folder.owner()] if os.getuid() == 0 else []  # it refuses to run as root
        process = subprocess.Popen([PGBOUNCER, "-q", *as_server, str(home / "settings")])
        engine = open_engine(f"postgresql://{user}@127.0.0.1:{port}/{url.database}?pooler=transaction")
        try:
            until_it_answers(engine)
            yield engine
        finally:
            engine.dispose()
            process.terminate()
            process.wait()


def until_it_answers(engine: Engine) -> None:
    """Waits for a server that is just starting."""
    ends = time.monotonic() + 10
    while True:
        try:
            with reading(engine) as conn:
                conn.execute(text("SELECT 1"))
            return
        except OperationalError:
            if time.monotonic() > ends:
                raise
            time.sleep(0.05)


def test_behind_pgbouncer_several_people_at_once_are_served_by_few_connections(bouncing: Engine) -> None:
    def live(number: int) -> str:
        diary = Diary(bouncing)
        contract = diary.apply(reference=f"B-{number}")
        diary.do(acts.accept, contract, NOW)
        diary.do(acts.notify_cancellation, contract, NOW)
        return str(diary.contract(contract).state)

    with ThreadPoolExecutor(6) as people, alone(bouncing, "a month") as mine, alone(bouncing, "a month") as other:
        assert (mine, other) == (True, False)
        assert list(people.map(live, range(12))) == ["cancel_notified"] * 12
    assert sweep(bouncing, tokyo("2022-07-01")).counts[("contract", "terminate")] == 12


def test_of_several_servers_the_writable_one_is_used(postgres_url: str) -> None:
    url = make_url(postgres_url)
    hosts = f"host=/nowhere&host={url.query['host']}&target_session_attrs=read-write"
    engine = open_engine(f"postgresql://{url.username}@/{url.database}?{hosts}")
    with reading(engine) as conn:
        assert conn.execute(text("SELECT current_database()")).scalar_one() == url.database
    engine.dispose()
