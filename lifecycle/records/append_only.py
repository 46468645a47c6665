"""The triggers that make history and log append-only, on both databases. Used by the migrations."""

TABLES = ("history", "log")  # the tables of the first migration
_SAME_ROW = {
    "history": "SELECT 1 FROM history WHERE subject_id = NEW.subject_id AND seq = NEW.seq",
    "log": "SELECT 1 FROM log WHERE idx = NEW.idx",
    "log_node": "SELECT 1 FROM log_node WHERE level = NEW.level AND idx = NEW.idx",
    "checkpoint": "SELECT 1 FROM checkpoint WHERE size = NEW.size",
    "countersigned": "SELECT 1 FROM countersigned WHERE size = NEW.size AND kind = NEW.kind AND name = NEW.name",
    "superseded": "SELECT 1 FROM superseded WHERE subject_id = NEW.subject_id AND seq = NEW.seq",
    "issued": "SELECT 1 FROM issued WHERE contract_id = NEW.contract_id AND month = NEW.month",
    "billed_elsewhere": "SELECT 1 FROM billed_elsewhere WHERE contract_id = NEW.contract_id",
    "billed_elsewhere_moved": "SELECT 1 FROM billed_elsewhere_moved WHERE entry_id = NEW.entry_id",
    "settled": "SELECT 1 FROM settled WHERE id = NEW.id",
    "personal_read": "SELECT 1 FROM personal_read WHERE id = NEW.id",
    "logbook": "SELECT 1 FROM logbook WHERE id = NEW.id",
    "archived": "SELECT 1 FROM archived WHERE contract_id = NEW.contract_id",
}
# A history row that may be deleted: its contract was archived later, and the row that records this remains.
_ARCHIVED = (
    "OLD.event <> 'archive_history' AND EXISTS (SELECT 1 FROM archived "
    "WHERE contract_id = OLD.contract_id AND archived_at >= OLD.recorded_at)"
)


def create(dialect: str, table: str) -> list[str]:
    """Return the statements that refuse UPDATE and DELETE on a table, and their equivalents.

    These are TRUNCATE on PostgreSQL, and INSERT OR REPLACE on SQLite, which deletes without firing a trigger.
    """
    if dialect == "sqlite":
        moments = {
            "update": f"BEFORE UPDATE ON {table}",
            "delete": f"BEFORE DELETE ON {table}",
            "replace": f"BEFORE INSERT ON {table} WHEN EXISTS ({_SAME_ROW[table]})",
        }
        return [
            f"CREATE TRIGGER {table}_no_{name} {moment} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for name, moment in moments.items()
        ]
    return [
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$",
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    ]


def create_kept(dialect: str, table: str, days: int) -> list[str]:
    """The same for a table with a column `at`, whose rows may be deleted after a number of days."""
    if dialect == "sqlite":
        young = f"julianday(OLD.at) > julianday('now') - {days}"
        statements = create(dialect, table)
        return [
            one.replace(" BEGIN", f" WHEN {young} BEGIN") if "_no_delete" in one else one for one in statements
        ]
    return [
        "CREATE OR REPLACE FUNCTION refuse_early_removal() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF OLD.at > now() - interval '{days} days' THEN RAISE EXCEPTION '% is append-only', "
        "TG_TABLE_NAME; END IF; RETURN OLD; END $$",
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
        f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_early_removal()",
    ]


def let_archived_go(dialect: str) -> list[str]:
    """Return the statements that allow the deletion of archived history rows, and of no others."""
    if dialect == "sqlite":
        return [
            "DROP TRIGGER history_no_delete",
            f"CREATE TRIGGER history_no_delete BEFORE DELETE ON history WHEN NOT ({_ARCHIVED}) "
            "BEGIN SELECT RAISE(ABORT, 'history is append-only'); END",
        ]
    return [
        "CREATE OR REPLACE FUNCTION refuse_removal() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF NOT ({_ARCHIVED}) THEN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END IF; "
        "RETURN OLD; END $$",
        "DROP TRIGGER history_append_only ON history",
        "CREATE TRIGGER history_append_only BEFORE UPDATE OR TRUNCATE ON history "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER history_kept BEFORE DELETE ON history FOR EACH ROW EXECUTE FUNCTION refuse_removal()",
    ]


def keep_all(dialect: str) -> list[str]:
    """Return the statements that revert `let_archived_go`."""
    if dialect == "sqlite":
        return [
            "DROP TRIGGER history_no_delete",
            *(one for one in create(dialect, "history") if "_no_delete" in one),
        ]
    return [
        "DROP TRIGGER history_kept ON history",
        "DROP TRIGGER history_append_only ON history",
        "DROP FUNCTION refuse_removal()",
        *create(dialect, "history"),
    ]
