"""References as they are compared; the later of two that compare equal has no key, and is found by its own alone."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from lifecycle.machines.compared import reference_key

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TABLES = ("contract", "drm_option", "item_change")
BATCH = 1000
_NONE = sa.text("reference_key IS NULL")


def upgrade() -> None:
    connection = op.get_bind()
    for table in TABLES:
        op.add_column(table, sa.Column("reference_key", sa.Text()))
        _fill(connection, table)
        op.create_index(f"ix_{table}_reference_key", table, ["reference_key"], unique=True)
        op.create_index(f"ix_{table}_without_key", table, ["id"], postgresql_where=_NONE, sqlite_where=_NONE)


def _fill(connection: sa.Connection, table: str) -> None:
    rows = sa.table(
        table, sa.column("id", sa.Text()), sa.column("reference", sa.Text()), sa.column("reference_key", sa.Text())
    )
    update = rows.update().where(rows.c.id == sa.bindparam("of")).values(reference_key=sa.bindparam("key"))
    taken: set[str] = set()
    for batch in _batches(connection, rows):
        keyed = []
        for id_, reference in batch:  # ids are in the order of creation
            key = reference_key(reference)
            if key not in taken:
                taken.add(key)
                keyed.append({"of": id_, "key": key})
        if keyed:
            connection.execute(update, keyed)


def _batches(connection: sa.Connection, rows: sa.TableClause) -> Iterator[list[tuple[str, str]]]:
    after = ""
    while True:
        statement = (
            sa.select(rows.c.id, rows.c.reference).where(rows.c.id > after).order_by(rows.c.id).limit(BATCH)
        )
        batch = [(id_, reference) for id_, reference in connection.execute(statement)]
        if not batch:
            return
        yield batch
        after = batch[-1][0]


def downgrade() -> None:
    for table in TABLES:
        op.drop_index(f"ix_{table}_without_key", table)
        op.drop_index(f"ix_{table}_reference_key", table)
        op.drop_column(table, "reference_key")
