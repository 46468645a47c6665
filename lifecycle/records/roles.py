"""The roles of a PostgreSQL database: the rights to read, add, change and delete. Printed, applied, checked.

Roles are groups without a login; the administrator creates logins and adds each to the groups that its process
needs. Append-only tables are protected twice: by these rights, and by the triggers of append_only.py, which also
stop the owner.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from lifecycle.records import tables
from lifecycle.records.report_views import APART

GROUPS = ("application", "auditor", "sealer")
OWNER, APPLICATION, AUDITOR, SEALER = (f"lifecycle_{name}" for name in ("owner", *GROUPS))
ROLES = (OWNER, APPLICATION, AUDITOR, SEALER)
_READ, _ADD = "SELECT", "SELECT, INSERT"
_CHANGE, _TURN_OVER, _ALL = f"{_ADD}, UPDATE", f"{_ADD}, DELETE", f"{_ADD}, UPDATE, DELETE"
_NO_BODY = ", ".join(column.name for column in tables.approval.columns if column.name != "body")
_LETTER = ("recipient", "subject", "body", "file_name", "content")  # the rights of each group
_NO_LETTER = ", ".join(column.name for column in tables.mail.columns if column.name not in _LETTER)
_NO_SECRET = ", ".join(column.name for column in tables.webhook.columns if not column.name.endswith("secret"))


@dataclass(frozen=True, slots=True)
class Rights:
    """A group's rights on a table, in SQL's words; empty for none."""

    application: str
    auditor: str = _READ
    sealer: str = ""


RIGHTS = {
    "history": Rights(_ADD, sealer=_READ),
    "archived": Rights(_READ),
    "superseded": Rights(_ADD),
    "issued": Rights(_ADD),
    "billed_elsewhere": Rights(_ADD),
    "billed_elsewhere_moved": Rights(_ADD),
    "settled": Rights(_ADD),
    "pending": Rights(_ADD, sealer=f"{_READ}, DELETE"),
    "log": Rights(_READ, sealer=_ADD),
    "log_node": Rights(_READ, sealer=_ADD),
    "checkpoint": Rights(_READ, sealer=_ADD),
    "countersigned": Rights(_READ, sealer=_ADD),
    "sealing": Rights(_READ, sealer=_CHANGE),
    "sealer_turn": Rights("", sealer=f"{_READ}, UPDATE"),
    "logbook": Rights(_ADD),
    "personal_read": Rights(_TURN_OVER),
    "contract": Rights(_CHANGE),
    "drm_option": Rights(_CHANGE),
    "item_change": Rights(_CHANGE),
    "measure": Rights(_CHANGE),
    "credit": Rights(_CHANGE),
    "usage": Rights(_CHANGE),
    "outage": Rights(_CHANGE),
    "edition": Rights(_CHANGE),
    "erasure": Rights(_CHANGE),
    "sought": Rights(_CHANGE),
    "other_reference": Rights(_TURN_OVER),
    "personal": Rights(_ALL, auditor=""),
    "people_version": Rights(_TURN_OVER, auditor=""),
    "note": Rights(_TURN_OVER, auditor=""),
    "attachment": Rights(_TURN_OVER, auditor=""),
    "token": Rights(_CHANGE, auditor=""),
    "session": Rights(_TURN_OVER, auditor=""),
    "own_settings": Rights(_CHANGE, auditor=""),
    "shown_page": Rights(_TURN_OVER, auditor=""),
    "idempotency": Rights(_TURN_OVER, auditor=""),
    "approval": Rights(_CHANGE, auditor=f"{_READ} ({_NO_BODY})"),
    "webhook": Rights(_ALL, auditor=f"{_READ} ({_NO_SECRET})"),
    "undelivered": Rights(_ALL),
    "mail": Rights(_ALL, auditor=f"{_READ} ({_NO_LETTER})"),
    "parked": Rights(_TURN_OVER),
    "clock": Rights(_CHANGE, sealer=_READ),
    "tally": Rights(_CHANGE),
    "baseline": Rights(_TURN_OVER),
    "forecast": Rights(_TURN_OVER),
    "alembic_version": Rights(_READ, sealer=_READ),
    "applied_migration": Rights(_READ, sealer=_READ),
}
# No process of the service needs them; a login for reports gets those that it may see.
VIEWS = {
    "report_contract": Rights(""),
    "report_option": Rights(""),
    "report_state_period": Rights(""),
    "report_charge": Rights(""),
    APART: Rights("", auditor=""),
}
_ALL_RIGHTS = RIGHTS | VIEWS
_FUNCTIONS = (
    "refuse_change()",
    "refuse_early_removal()",
    "refuse_removal()",
    "signs_of(text)",
    "pairs_of(text)",
    "parts_of(text)",
    "note_references()",
    "move_reference()",
)
# Nobody else has rights there: rights on a table are sufficient for its partitions.
_PARTITIONS_OWNED = f"""DO $$ DECLARE one record; BEGIN
    IF to_regnamespace('partitions') IS NULL THEN RETURN; END IF;
    ALTER SCHEMA partitions OWNER TO {OWNER};
    FOR one IN SELECT oid::regclass AS name FROM pg_class
               WHERE relnamespace = to_regnamespace('partitions') AND relkind IN ('r', 'p') LOOP
        EXECUTE 'ALTER TABLE ' || one.name || ' OWNER TO {OWNER}';
    END LOOP;
    FOR one IN SELECT oid::regprocedure AS name FROM pg_proc
               WHERE pronamespace = to_regnamespace('partitions') LOOP
        EXECUTE 'ALTER FUNCTION ' || one.name || ' OWNER TO {OWNER}';
    END LOOP;
END $$"""  # noqa: S608
_NUMBERED = ("pending", "logbook", "personal_read")  # their ids come from sequences
_MAY = """
    SELECT t.relname, a.attname, p.what, has_column_privilege(t.oid, a.attnum, p.what) AS held
    FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped,
         unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'REFERENCES']) AS p (what)
    WHERE t.relnamespace = 'public'::regnamespace AND t.relkind IN ('r', 'p', 'v')
    UNION ALL
    SELECT t.relname, NULL, p.what, has_table_privilege(t.oid, p.what)
    FROM pg_class t, unnest(ARRAY['DELETE', 'TRUNCATE', 'TRIGGER']) AS p (what)
    WHERE t.relnamespace = 'public'::regnamespace AND t.relkind IN ('r', 'p', 'v')
    UNION ALL
    SELECT s.relname, NULL, 'USAGE', has_sequence_privilege(s.oid, 'USAGE')
    FROM pg_class s WHERE s.relnamespace = 'public'::regnamespace AND s.relkind = 'S'
    UNION ALL
    SELECT 'the schema', NULL, 'CREATE', has_schema_privilege('public', 'CREATE')"""
_GROUPS_OF_MINE = "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s) AND pg_has_role(oid, 'USAGE')"


def set_up() -> list[str]:
    """Return the statements that create the groups, set the owner of the tables and grant every right anew.

    For a superuser, after the tables have been created; a second run changes nothing.
    """
    makes = [
        f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') "
        f"THEN CREATE ROLE {role} NOLOGIN; END IF; END $$"
        for role in ROLES
    ]
    schema = [
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA public TO {', '.join(ROLES)}",
        f"GRANT CREATE ON SCHEMA public TO {OWNER}",
    ]
    owned = [f"ALTER TABLE {name} OWNER TO {OWNER}" for name in _ALL_RIGHTS]
    functions = [f"ALTER FUNCTION {name} OWNER TO {OWNER}" for name in _FUNCTIONS]
    return [*makes, *schema, *owned, *functions, _PARTITIONS_OWNED, *rights()]


def rights() -> list[str]:
    """Return the statements that grant every right anew; the owner may run them."""
    groups = ", ".join(ROLES[1:])
    away = [f"REVOKE ALL ON ALL {kind} IN SCHEMA public FROM PUBLIC, {groups}" for kind in ("TABLES", "SEQUENCES")]
    sequences = [f"GRANT USAGE ON SEQUENCE {name}_id_seq TO {APPLICATION}" for name in _NUMBERED]
    return [*away, *_given(), *sequences]


def act_as_owner(conn: Connection) -> bool:
    """Continue the transaction as the owner if the database is set up for that. Returns whether it is."""
    owner = conn.exec_driver_sql(
        "SELECT tableowner FROM pg_tables WHERE schemaname = 'public' AND tablename = 'alembic_version'"
    ).scalar()
    if owner == OWNER:
        conn.exec_driver_sql(f"SET LOCAL ROLE {OWNER}")
    return bool(owner == OWNER)


def execute_all(conn: Connection, statements: list[str]) -> None:
    """Run statements of set_up() or rights() in the caller's transaction."""
    conn.exec_driver_sql("; ".join(statements))


def groups_of(conn: Connection) -> list[str]:
    """Return the groups of the connected login."""
    return sorted(conn.exec_driver_sql(_GROUPS_OF_MINE, (list(ROLES),)).scalars())


def rights_differences(conn: Connection) -> list[str]:
    """Return the rights of the connected login beyond those of its groups, and the missing ones; a line each."""
    if conn.exec_driver_sql("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").scalar_one():
        return ["a superuser: nothing is refused to this login"]
    mine = [name.removeprefix("lifecycle_") for name in groups_of(conn)]
    found = {
        f"{table}: {what} {'is' if held else 'is not'} allowed"
        for table, column, what, held in conn.exec_driver_sql(_MAY)
        if held != any(_may(name, table, column, what) for name in mine)
    }
    return sorted(found)


def _given() -> Iterator[str]:
    for table, given in _ALL_RIGHTS.items():
        for name in GROUPS:
            if what := getattr(given, name):
                yield f"GRANT {what} ON {table} TO lifecycle_{name}"


def _may(name: str, table: str, column: str | None, what: str) -> bool:
    if name == "owner":
        return True
    if what == "USAGE":
        return name == "application" and table in [f"{numbered}_id_seq" for numbered in _NUMBERED]
    given: str = getattr(_ALL_RIGHTS[table], name) if table in _ALL_RIGHTS else ""
    words, _, columns = given.partition(" (")
    return what in words.split(", ") and (not columns or column in columns.rstrip(")").split(", "))
