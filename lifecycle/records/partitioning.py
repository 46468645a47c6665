"""Partitions a database in use: rows are copied, compared and taken into use.

From `begin` on, triggers mirror every change into the new tables, in the same transaction; older rows are copied
contract by contract, under the lock that commands take. So after the copying both are equal at every moment, which
`differences` proves before `swap`. Each interrupted step can be continued.
"""

from collections.abc import Callable
from time import sleep
from typing import NamedTuple

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from lifecycle.records import partitioned
from lifecycle.records.engine import writing
from lifecycle.records.partitioned import KEYS, SCHEMA
from lifecycle.records.query_timeout import without_query_timeout

PAUSE_S, TRIES = 0.2, 300  # between attempts to lock the tables exclusively
Work = Callable[[Connection], None]
_MIRROR = f"""
CREATE FUNCTION {SCHEMA}.mirror_contract() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = {SCHEMA}, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM contract WHERE id = OLD.id;
    ELSE
        INSERT INTO contract ({{columns}}) VALUES ({{new}})
        ON CONFLICT (id) DO UPDATE SET ({{columns}}) = ROW ({{excluded}});
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION {SCHEMA}.mirror_history() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = {SCHEMA}, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM history WHERE contract_id = OLD.contract_id AND subject_id = OLD.subject_id AND seq = OLD.seq;
    ELSE
        INSERT INTO history SELECT (NEW).*;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER mirrored AFTER INSERT OR UPDATE OR DELETE ON public.contract
FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.mirror_contract();
CREATE TRIGGER mirrored AFTER INSERT OR DELETE ON public.history
FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.mirror_history();
CREATE TABLE {SCHEMA}.progress (after varchar(40) NOT NULL, done boolean NOT NULL);
INSERT INTO {SCHEMA}.progress VALUES ('', false)"""  # noqa: S608
_IN_USE = tuple(f"public.{table}" for table in KEYS)
_NAMES = """
SELECT quote_ident(attname) FROM pg_attribute
WHERE attrelid = 'public.contract'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"""
_NEXT = "SELECT id FROM public.contract WHERE id > %s ORDER BY id LIMIT %s FOR NO KEY UPDATE"
_COPIES = {
    table: f"INSERT INTO {SCHEMA}.{table} SELECT * FROM public.{table} WHERE {by} = ANY(%s) "  # noqa: S608
    "ON CONFLICT DO NOTHING"
    for table, (by, _) in KEYS.items()
}
_REST = f"""
INSERT INTO {SCHEMA}.history SELECT h.* FROM public.history h
WHERE NOT EXISTS (SELECT FROM public.contract c WHERE c.id = h.contract_id) ON CONFLICT DO NOTHING"""  # noqa: S608
_DIGEST = "SELECT count(*), coalesce(sum(hashtextextended({said}::text, 0)::numeric), 0) FROM {schema}.{table} t"
_REFERENCE = "ROW(t.{id}, t.reference, t.reference_key)"


class Copied(NamedTuple):
    """The progress of the copying: the last copied contract, and whether all are copied."""

    after: str
    done: bool


def begin(engine: Engine, number: int) -> None:
    """Create the new tables and start to mirror changes into them; nothing if that is done already."""

    def mirror(conn: Connection) -> None:
        if conn.exec_driver_sql(f"SELECT to_regclass('{SCHEMA}.progress')").scalar() is None:
            partitioned.lock(conn, "SHARE ROW EXCLUSIVE", *_IN_USE)
            names = list(conn.exec_driver_sql(_NAMES).scalars())
            said = {
                "columns": names,
                "new": [f"NEW.{n}" for n in names],
                "excluded": [f"EXCLUDED.{n}" for n in names],
            }
            conn.exec_driver_sql(_MIRROR.format(**{name: ", ".join(listed) for name, listed in said.items()}))

    with writing(engine) as conn:
        without_query_timeout(conn)
        if not partitioned.is_begun(conn):
            partitioned.make(conn, number)
    _with_retries(engine, mirror)


def copied(conn: Connection) -> Copied:
    """Return the progress."""
    return Copied(*conn.exec_driver_sql(f"SELECT after, done FROM {SCHEMA}.progress").one())  # noqa: S608


def copy_some(engine: Engine, most: int) -> int:
    """Copy the next contracts with their history, in one transaction. Returns their number, 0 after all are
    copied.
    """
    with writing(engine) as conn:
        without_query_timeout(conn)
        conn.exec_driver_sql("SET LOCAL statement_timeout = 0")
        ids = list(conn.exec_driver_sql(_NEXT, (copied(conn).after, most)).scalars())
        if not ids:
            conn.exec_driver_sql(_REST)
            conn.exec_driver_sql(f"UPDATE {SCHEMA}.progress SET done = true")  # noqa: S608
            return 0
        for statement in _COPIES.values():
            conn.exec_driver_sql(statement, (ids,))
        conn.exec_driver_sql(f"UPDATE {SCHEMA}.progress SET after = %s", (ids[-1],))  # noqa: S608
        return len(ids)


def differences(engine: Engine) -> list[str]:
    """Return the differences of the old and the new tables, by number and by a hash of every row; a line each."""
    found = []
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as conn, conn.begin():
        without_query_timeout(conn)
        conn.exec_driver_sql("SET LOCAL statement_timeout = 0")
        asked = [(("public", table, "t"), (SCHEMA, table, "t")) for table in KEYS]
        asked.append((
            ("public", "contract", _REFERENCE.format(id="id")),
            (SCHEMA, "contract_reference", _REFERENCE.format(id="contract_id")),
        ))  # fmt: skip
        for pair in asked:
            old, new = (
                conn.exec_driver_sql(_DIGEST.format(schema=schema, table=table, said=said)).one()
                for schema, table, said in pair
            )
            if tuple(old) != tuple(new):
                found.append(f"{pair[1][1]}: {old[0]} rows before, {new[0]} now, hashes {old[1]} and {new[1]}")
    return found


def swap(engine: Engine) -> int:
    """Take the new tables into use in one short transaction, which gives way and retries. Returns the number of
    attempts.

    Raises OperationalError if it never gets its locks.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.exec_driver_sql("SET statement_timeout = 0")
        for table in KEYS:
            conn.exec_driver_sql(f"ANALYZE {SCHEMA}.{table}")
        conn.exec_driver_sql("RESET statement_timeout")

    def work(conn: Connection) -> None:
        partitioned.swap_in(conn)
        conn.exec_driver_sql(f"DROP TABLE {SCHEMA}.progress")

    return _with_retries(engine, work)


def check_keys(engine: Engine) -> None:
    """Check the foreign keys of older rows."""
    with writing(engine) as conn:
        without_query_timeout(conn)
        conn.exec_driver_sql("SET LOCAL statement_timeout = 0")
        partitioned.check_keys(conn)


def cancel(engine: Engine) -> None:
    """Remove the new tables before they are in use; the old ones do not change."""

    def work(conn: Connection) -> None:
        if not partitioned.is_begun(conn):
            return
        partitioned.lock(conn, "ACCESS EXCLUSIVE", *_IN_USE)
        for name in _IN_USE:
            conn.exec_driver_sql(f"DROP TRIGGER IF EXISTS mirrored ON {name}")
        conn.exec_driver_sql(f"DROP SCHEMA {SCHEMA} CASCADE")

    _with_retries(engine, work)


def _with_retries(engine: Engine, work: Work) -> int:
    """Run work that needs the tables exclusively: wait briefly for its locks, release them, and retry."""
    for tried in range(1, TRIES + 1):
        try:
            with writing(engine) as conn:
                work(conn)
            return tried
        except OperationalError:  # the locks were not available in time
            if tried == TRIES:
                raise
            sleep(PAUSE_S)
    raise AssertionError("unreachable")
