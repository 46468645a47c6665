"""Autovacuum takes contracts and pending rows sooner and works faster: a sweep rewrites many of them at once.

PostgreSQL counts the dead rows of each table, and of each partition, for itself; a partitioned table has no settings.
"""

from alembic import op

revision = '0057'
down_revision = '0056'
branch_labels = None
depends_on = None

_REWRITTEN = """
DO $$ DECLARE one regclass; BEGIN
    FOR one IN SELECT oid FROM pg_class WHERE relkind = 'r' AND (
        oid IN (to_regclass('contract'), to_regclass('pending'))
        OR oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = to_regclass('contract')))
    LOOP
        EXECUTE format('ALTER TABLE %s {}', one);
    END LOOP;
END $$"""
_NAMES = ('autovacuum_vacuum_scale_factor', 'autovacuum_vacuum_cost_limit')


def upgrade() -> None:
    _of_rewritten(f'SET ({_NAMES[0]} = 0.05, {_NAMES[1]} = 2000)')


def downgrade() -> None:
    _of_rewritten(f'RESET ({", ".join(_NAMES)})')


def _of_rewritten(what: str) -> None:
    if op.get_bind().dialect.name == 'postgresql':
        op.get_bind().exec_driver_sql(_REWRITTEN.replace('{}', what).replace('%', '%%'))
