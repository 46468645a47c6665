"""Contracts and history in partitions by hash of the contract, on PostgreSQL: created, and exchanged with the old
tables.

The new tables are created in a schema of their own, with the definitions of the present ones, and change places
with them in one transaction. Their partitions remain in that schema, where nobody has rights, so that all access
is through the partitioned table. What is unique across contracts is ensured by an additional table, which triggers
fill.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection

SCHEMA, OLD = "partitions", "unpartitioned"
KEYS = {"contract": ("id", "id"), "history": ("contract_id", "subject_id, seq, contract_id")}
MOST = 256
_REFERENCES = f"""
CREATE TABLE {SCHEMA}.contract_reference (
    contract_id varchar(40) NOT NULL CONSTRAINT pk_contract_reference PRIMARY KEY,
    reference varchar(100) NOT NULL CONSTRAINT uq_contract_reference UNIQUE,
    reference_key text CONSTRAINT uq_contract_reference_key UNIQUE);
CREATE FUNCTION {SCHEMA}.keep_references() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = {SCHEMA}, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO contract_reference VALUES (NEW.id, NEW.reference, NEW.reference_key);
    ELSIF TG_OP = 'DELETE' THEN
        DELETE FROM contract_reference WHERE contract_id = OLD.id;
    ELSE
        UPDATE contract_reference SET reference = NEW.reference, reference_key = NEW.reference_key
        WHERE contract_id = NEW.id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER contract_references_kept AFTER INSERT OR DELETE ON {SCHEMA}.contract
FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.keep_references();
CREATE TRIGGER contract_references_moved AFTER UPDATE OF reference, reference_key ON {SCHEMA}.contract FOR EACH ROW
WHEN ((OLD.reference, OLD.reference_key) IS DISTINCT FROM (NEW.reference, NEW.reference_key))
EXECUTE FUNCTION {SCHEMA}.keep_references()"""  # noqa: S608
_INDEXES = """
SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename = %s AND indexname NOT IN
('pk_contract', 'pk_history') ORDER BY indexname"""
_STORED = "SELECT unnest(reloptions) FROM pg_class WHERE oid = to_regclass('public.' || %s)"
_TRIGGERS = """
SELECT pg_get_triggerdef(oid), tgtype & 1 = 0 AND tgnewtable IS NULL FROM pg_trigger
WHERE tgrelid = to_regclass('public.' || %s) AND NOT tgisinternal AND tgname <> 'mirrored' ORDER BY tgname"""
_FOREIGN = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype = 'f' AND confrelid = 'public.contract'::regclass AND conparentid = 0 ORDER BY 1, 2"""
_VIEWS = """
SELECT DISTINCT v.relname, v.oid, pg_get_viewdef(v.oid), array_to_string(v.reloptions, ', ')
FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid JOIN pg_class v ON v.oid = r.ev_class
WHERE d.classid = 'pg_rewrite'::regclass AND v.relkind = 'v' AND v.relnamespace = 'public'::regnamespace
  AND d.refobjid IN ('public.contract'::regclass, 'public.history'::regclass) ORDER BY v.oid"""
_GRANTED = """
SELECT a.privilege_type, NULL::text, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END
FROM pg_class t, aclexplode(t.relacl) a
WHERE t.oid = to_regclass('public.' || %(table)s) AND a.grantee <> t.relowner
UNION ALL
SELECT a.privilege_type, quote_ident(c.attname),
       CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END
FROM pg_attribute c, aclexplode(c.attacl) a WHERE c.attrelid = to_regclass('public.' || %(table)s)"""
_PARTITIONS = """
SELECT count(*) FROM pg_inherits i JOIN pg_class t ON t.oid = i.inhparent
WHERE t.relname = 'contract' AND t.relnamespace = to_regnamespace(%s)"""
_UNCHECKED = """
SELECT conrelid::regclass::text, conname FROM pg_constraint
WHERE contype = 'f' AND confrelid = 'public.contract'::regclass AND NOT convalidated ORDER BY 1, 2"""


def partitions(conn: Connection, schema: str = "public") -> int:
    """Return the number of partitions of a database's contracts, 0 for one table."""
    return int(conn.exec_driver_sql(_PARTITIONS, (schema,)).scalar_one())


def is_begun(conn: Connection) -> bool:
    """Whether there are partitions that are not in use yet."""
    return partitions(conn, SCHEMA) > 0


def has_old(conn: Connection) -> bool:
    """Whether the old tables still exist."""
    return conn.exec_driver_sql("SELECT to_regclass(%s)", (f"{OLD}.contract",)).scalar() is not None


def make(conn: Connection, number: int) -> None:
    """Create empty partitioned tables with the owner of the present ones."""
    owner = _owner(conn)
    conn.exec_driver_sql(f'CREATE SCHEMA {SCHEMA} AUTHORIZATION "{owner}"')
    conn.exec_driver_sql(f'SET LOCAL ROLE "{owner}"')
    for table, (by, key) in KEYS.items():
        conn.exec_driver_sql(
            f"CREATE TABLE {SCHEMA}.{table} (LIKE public.{table} INCLUDING DEFAULTS INCLUDING STORAGE, "
            f"CONSTRAINT pk_{table} PRIMARY KEY ({key})) PARTITION BY HASH ({by})"
        )
        stored = ", ".join(conn.exec_driver_sql(_STORED, (table,)).scalars())
        for remainder, name in enumerate(children(table, number)):
            conn.exec_driver_sql(
                f"CREATE TABLE {name} PARTITION OF {SCHEMA}.{table} FOR VALUES WITH (MODULUS {number}, "
                f"REMAINDER {remainder}) {f'WITH ({stored})' if stored else ''}"
            )
        for made in list(conn.exec_driver_sql(_INDEXES, (table,)).scalars()):
            plain = made.replace("CREATE UNIQUE INDEX", "CREATE INDEX")
            conn.exec_driver_sql(_literal(plain.replace(f" ON public.{table} ", f" ON {SCHEMA}.{table} ", 1)))
    conn.exec_driver_sql(_literal(_REFERENCES))
    conn.exec_driver_sql("RESET ROLE")


def children(table: str, number: int) -> Iterator[str]:
    """Return the partitions of a table, with their schema."""
    return (f"{SCHEMA}.{table}_{remainder:03}" for remainder in range(number))


def lock(conn: Connection, mode: str, *names: str) -> None:
    """Lock tables exclusively, within half the time after which the server looks for deadlocks.

    So in a circle of waiting transactions this one fails (OperationalError) and the others continue.
    """
    patience = conn.exec_driver_sql("SELECT setting::int / 2 FROM pg_settings WHERE name = 'deadlock_timeout'")
    conn.exec_driver_sql(f"SET LOCAL statement_timeout = {patience.scalar_one()}")
    conn.exec_driver_sql(f"LOCK TABLE {', '.join(names)} IN {mode} MODE")
    conn.exec_driver_sql("SET LOCAL statement_timeout = 0")


def swap_in(conn: Connection) -> None:
    """Exchange the partitioned tables with the present ones, which are moved to a schema of their own.

    Rights, triggers, views and foreign keys are transferred; the keys are checked only for new rows until
    `check_keys`.
    """
    number, owner = partitions(conn, SCHEMA), _owner(conn)
    foreign = _all(conn, _FOREIGN)
    lock(
        conn, "ACCESS EXCLUSIVE", *(f"public.{table}" for table in KEYS), *dict.fromkeys(row[0] for row in foreign)
    )
    views = _all(conn, _VIEWS)
    triggers = {table: _all(conn, _TRIGGERS, (table,)) for table in KEYS}
    granted = {table: _all(conn, _GRANTED, {"table": table}) for table in KEYS}
    conn.exec_driver_sql(f'CREATE SCHEMA {OLD} AUTHORIZATION "{owner}"')
    for table, name, _ in foreign:
        conn.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    for table in KEYS:
        conn.exec_driver_sql(f"DROP TRIGGER IF EXISTS mirrored ON public.{table}")
        conn.exec_driver_sql(f"ALTER TABLE public.{table} SET SCHEMA {OLD}")
        conn.exec_driver_sql(f"ALTER TABLE {SCHEMA}.{table} SET SCHEMA public")
        for what, column, who in granted[table]:
            of = f" ({column})" if column else ""
            conn.exec_driver_sql(f"GRANT {what}{of} ON public.{table} TO {who}")
        for made, of_statement in triggers[table]:
            conn.exec_driver_sql(_literal(made))
            for child in children(table, number) if of_statement else ():
                conn.exec_driver_sql(_literal(made.replace(f" ON public.{table} ", f" ON {child} ", 1)))
    conn.exec_driver_sql(f"DROP FUNCTION IF EXISTS {SCHEMA}.mirror_contract(), {SCHEMA}.mirror_history()")
    for table, name, said in foreign:
        conn.exec_driver_sql(f"ALTER TABLE {table} ADD CONSTRAINT {name} {said} NOT VALID")
    for name, _, said, options in views:
        how = f" WITH ({options})" if options else ""
        conn.exec_driver_sql(_literal(f"CREATE OR REPLACE VIEW public.{name}{how} AS {said}"))


def check_keys(conn: Connection) -> None:
    """Check the foreign keys of older rows; others can write meanwhile."""
    for table, name in _all(conn, _UNCHECKED):
        conn.exec_driver_sql(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")


def drop_old(conn: Connection) -> None:
    """Drop the old tables."""
    for table in KEYS:
        conn.exec_driver_sql(f"DROP TABLE {OLD}.{table}")
    conn.exec_driver_sql(f"DROP SCHEMA {OLD}")


def make_new(conn: Connection, number: int) -> None:
    """Partition a database without contracts."""
    make(conn, number)
    swap_in(conn)
    check_keys(conn)
    drop_old(conn)


def _owner(conn: Connection) -> str:
    asked = "SELECT tableowner FROM pg_tables WHERE schemaname = 'public' AND tablename = 'contract'"
    return str(conn.exec_driver_sql(asked).scalar_one())


def _all(conn: Connection, asked: str, values: Any = None) -> Sequence[Any]:
    return conn.exec_driver_sql(asked if values is not None else _literal(asked), values).fetchall()


def _literal(statement: str) -> str:
    """A statement without parameters, in which the driver must not find any."""
    return statement.replace("%", "%%")
