"""The roles of a PostgreSQL database: each has the listed rights and no other."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from lifecycle.audit import log
from lifecycle.audit.keys import SigningKey, new_key, read_key
from lifecycle.audit.seal import Seals, seal
from lifecycle.records import roles, tables
from lifecycle.records.engine import open_engine, reading, writing
from lifecycle.records.migrate import is_current, migrate
from tests.commands.diary import Diary
from tests.postgres import as_login

NOW = datetime(2022, 5, 1, tzinfo=UTC)
As = Callable[[str], Engine]


@pytest.fixture
def login(postgres_url: str) -> Iterator[As]:
    """Opens the test's database as a login of the server's."""
    with ExitStack() as stack:

        def opened(name: str) -> Engine:
            engine = open_engine(as_login(postgres_url, name), pool_size=2)
            stack.callback(engine.dispose)
            return engine

        yield opened


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    """A new signing key."""
    new_key(tmp_path / "key")
    return read_key(tmp_path / "key")


def refused(engine: Engine, *statements: str) -> None:
    """Each statement is refused for want of a right."""
    for statement in statements:
        with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), writing(engine) as conn:
            conn.execute(text(statement))


def test_every_table_has_its_rights_listed() -> None:
    assert set(roles.RIGHTS) == {*tables.metadata.tables, "alembic_version"}, (
        "list a new table in records/roles.py"
    )


def test_the_application_appends_to_the_history_and_leaves_the_log_alone(login: As) -> None:
    desk = login("application")
    Diary(desk).accepted()
    refused(
        desk,
        "UPDATE history SET actor = 'x'", "DELETE FROM history", "TRUNCATE history", "MERGE INTO history h USING "
        "contract c ON c.id = h.subject_id WHEN MATCHED THEN DELETE", "SELECT * FROM history FOR UPDATE",
        "INSERT INTO log (idx, subject_id, seq, hash) SELECT 0, subject_id, seq, hash FROM history",
        "UPDATE log SET hash = '0'", "DELETE FROM log", "TRUNCATE log", "DELETE FROM log_node",
        "INSERT INTO checkpoint (size, note, sealed_at) VALUES (1, 'forged', now())", "DELETE FROM pending",
        "UPDATE pending SET seq = 9", "UPDATE sealing SET refused = NULL", "UPDATE logbook SET reason = 'x'",
        "DELETE FROM contract", "DELETE FROM token",
    )  # fmt: skip


@pytest.mark.parametrize("name", ["application", "scheduler", "sealer", "auditor"])
def test_only_the_owner_can_change_a_table_definition(login: As, name: str) -> None:
    refused(
        login(name),
        "ALTER TABLE history DISABLE TRIGGER ALL", "DROP TRIGGER history_append_only ON history", "DROP TABLE log",
        "CREATE TRIGGER other BEFORE INSERT ON history EXECUTE FUNCTION refuse_change()",
        "TRUNCATE contract CASCADE",
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE TABLE mine (id integer)", "CREATE INDEX mine ON history (event)",
        "ALTER TABLE log OWNER TO lifecycle_owner",
        "UPDATE alembic_version SET version_num = '0'", "SET ROLE lifecycle_owner",
        "SET session_replication_role = replica",
    )  # fmt: skip


def test_the_auditor_reads_all_but_secrets_and_personal_data_and_writes_nothing(login: As) -> None:
    Diary(login("application")).accepted()
    auditor = login("auditor")
    for table in roles.RIGHTS:
        refused(auditor, f"DELETE FROM {table}", f"INSERT INTO {table} DEFAULT VALUES")
    hidden = [
        "personal",
        "people_version",
        "note",
        "attachment",
        "token",
        "session",
        "idempotency",
        "own_settings",
        "shown_page",
    ]
    partly = ["approval", "webhook", "mail"]
    refused(
        auditor,
        *(f"SELECT * FROM {table}" for table in [*hidden, *partly]),
        "SELECT body FROM approval", "SELECT secret FROM webhook", "SELECT old_secret FROM webhook",
        "SELECT recipient FROM mail",
    )  # fmt: skip
    with reading(auditor) as conn:
        for table in roles.RIGHTS.keys() - {*hidden, *partly}:
            conn.execute(text(f"SELECT * FROM {table}"))
        conn.execute(text("SELECT operation, proposed_by, decided_by, reason FROM approval"))
        conn.execute(text("SELECT url, created_by, sent_up_to, disabled_because FROM webhook"))
        assert conn.execute(text("SELECT count(*) FROM history")).scalar_one() == 2


def test_personal_data_is_granted_to_an_auditor_apart(login: As) -> None:
    Diary(login("application")).accepted()
    auditor = login("auditor")
    with writing(login("migrator")) as conn:
        conn.execute(text("GRANT SELECT ON personal TO auditor"))
    with reading(auditor) as conn:
        assert conn.execute(text("SELECT count(*) FROM personal")).scalar_one() == 1
    refused(auditor, "DELETE FROM personal")


def test_the_sealer_seals_and_sees_nothing_else(login: As, key: SigningKey) -> None:
    desk, sealer = login("application"), login("sealer")
    Diary(desk).accepted()
    sealed = seal(sealer, NOW, Seals(key))
    assert (sealed.rows, sealed.refused, sealed.checkpoint and sealed.checkpoint.size) == (2, None, 2)
    Diary(desk).apply(reference="another")
    assert seal(sealer, NOW, Seals(key)).rows == 1
    refused(
        sealer,
        "SELECT * FROM contract", "SELECT * FROM personal", "SELECT * FROM token", "DELETE FROM history",
        "INSERT INTO history SELECT * FROM history", "INSERT INTO pending (subject_id, seq) VALUES ('c_1', 1)",
        "UPDATE log SET hash = '0'", "DELETE FROM log", "DELETE FROM checkpoint",
    )  # fmt: skip


def test_the_application_leaves_what_is_pending_to_the_sealer(login: As, key: SigningKey) -> None:
    desk = login("application")
    Diary(desk).accepted()
    assert log.move_all_pending(desk) == 0
    with reading(desk) as conn:
        assert (log.anything_in_outbox(conn), log.read_log(conn, -1, 10)) == (True, [])
    with pytest.raises(ProgrammingError, match="permission denied"):
        seal(desk, NOW, Seals(key))
    assert log.move_all_pending(login("scheduler")) == 2
    with reading(desk) as conn:
        assert [row.idx for row in log.read_log(conn, -1, 10)] == [0, 1]


def test_the_owner_migrates_and_its_new_tables_are_the_owner_s(login: As) -> None:
    owner = login("migrator")
    with writing(owner) as conn:
        conn.execute(text("REVOKE SELECT ON history FROM lifecycle_application"))
        conn.execute(text("GRANT SELECT ON token TO lifecycle_auditor"))
    migrate(owner)
    assert is_current(login("application"))
    for name in ("application", "auditor", "sealer", "scheduler", "migrator"):
        with reading(login(name)) as conn:
            assert roles.rights_differences(conn) == [], name
    refused(login("auditor"), "SELECT * FROM token")


def test_an_extra_right_and_a_missing_one_are_reported(login: As) -> None:
    with writing(login("migrator")) as conn:
        conn.execute(text("GRANT UPDATE, TRUNCATE ON history TO lifecycle_application"))
        conn.execute(text("GRANT SELECT (body) ON approval TO lifecycle_auditor"))
        conn.execute(text("REVOKE INSERT ON logbook FROM lifecycle_application"))
    told = {
        "application": [
            "history: TRUNCATE is allowed", "history: UPDATE is allowed", "logbook: INSERT is not allowed",
        ],
        "auditor": ["approval: SELECT is allowed"],
        "sealer": [],
    }  # fmt: skip
    for name, lines in told.items():
        with reading(login(name)) as conn:
            assert roles.rights_differences(conn) == lines, name
    with reading(login("postgres")) as conn:
        assert roles.rights_differences(conn) == ["a superuser: nothing is refused to this login"]


def test_setting_up_twice_changes_nothing(login: As) -> None:
    held = text("SELECT relname, relowner, relacl::text FROM pg_class WHERE relnamespace = 'public'::regnamespace")
    admin = login("postgres")
    with writing(admin) as conn:
        before = set(conn.execute(held))
        roles.execute_all(conn, roles.set_up())
        assert set(conn.execute(held)) == before


@pytest.mark.parametrize("what", [log.TAKING, log.SEALING])
def test_only_a_sealer_can_keep_others_from_sealing(login: As, key: SigningKey, what: str) -> None:
    desk, auditor = login("application"), login("auditor")
    Diary(desk).accepted()
    turn = f"SELECT * FROM sealer_turn WHERE name = '{what}' FOR"
    for engine in (desk, auditor):
        refused(engine, f"{turn} UPDATE", f"{turn} KEY SHARE", "LOCK TABLE sealer_turn IN SHARE MODE")
    with auditor.connect() as conn:
        conn.exec_driver_sql("BEGIN; SELECT * FROM sealer_turn; SELECT pg_advisory_lock(n) FROM "
                             f"generate_series({0x11FEC1C1F}, {0x11FEC1C20}) AS n")  # fmt: skip
        assert seal(login("sealer"), NOW, Seals(key)).rows == 2
    with writing(login("scheduler")) as conn:
        assert log.try_sealer_lock(conn, log.SEALING)
        assert seal(login("sealer"), NOW, Seals(key)).busy
