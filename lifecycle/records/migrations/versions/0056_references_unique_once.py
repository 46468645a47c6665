"""References are unique as they are compared; on PostgreSQL a second index of them cost each step an entry.

The key is made of the reference, so equal references have equal keys. SQLite cannot drop a constraint, and a step that
leaves the reference alone does not touch its index. An older version sorts and looks references up without an index
until it is replaced.
"""

from alembic import op

revision = '0056'
down_revision = '0055'
branch_labels = None
depends_on = None

TABLES = ('contract', 'drm_option', 'item_change')
_RESTORED = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_class WHERE oid = to_regclass('contract') AND relkind = 'p') THEN
        CREATE INDEX ix_contract_reference ON contract (reference);
    ELSE
        ALTER TABLE contract ADD CONSTRAINT uq_contract_reference UNIQUE (reference);
    END IF;
END $$"""


def upgrade() -> None:
    if op.get_bind().dialect.name == 'postgresql':
        for table in TABLES:
            op.execute(f'ALTER TABLE {table} DROP CONSTRAINT IF EXISTS uq_{table}_reference')
        op.execute('DROP INDEX IF EXISTS ix_contract_reference')  # of partitions


def downgrade() -> None:
    if op.get_bind().dialect.name == 'postgresql':
        op.execute(_RESTORED)
        for table in TABLES[1:]:
            op.execute(f'ALTER TABLE {table} ADD CONSTRAINT uq_{table}_reference UNIQUE (reference)')
