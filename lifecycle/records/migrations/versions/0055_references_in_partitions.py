"""An index of references where contracts are in partitions; elsewhere a unique one is there."""

from alembic import op

revision = '0055'
down_revision = '0054'
branch_labels = None
depends_on = None

_PARTITIONED = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_class WHERE oid = to_regclass('contract') AND relkind = 'p') THEN
        {};
    END IF;
END $$"""


def upgrade() -> None:
    _in_partitions('CREATE INDEX IF NOT EXISTS ix_contract_reference ON contract (reference)')


def downgrade() -> None:
    _in_partitions('DROP INDEX IF EXISTS ix_contract_reference')


def _in_partitions(statement: str) -> None:
    if op.get_bind().dialect.name == 'postgresql':
        op.execute(_PARTITIONED.format(statement))
