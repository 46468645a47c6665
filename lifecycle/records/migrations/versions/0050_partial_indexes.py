"""Indexes of timers hold only the rows that have one, that of services only those of another than the first."""

import sqlalchemy as sa
from alembic import op

revision = '0050'
down_revision = '0049'
branch_labels = None
depends_on = None

TABLES = ('contract', 'drm_option', 'item_change', 'measure', 'credit')
COLUMNS = ['due_event', 'due_at', 'id']


def upgrade() -> None:
    has = sa.text('due_event IS NOT NULL')
    for table in TABLES:
        op.create_index(f'ix_{table}_timer', table, COLUMNS, if_not_exists=True, postgresql_where=has,
                        sqlite_where=has)
        op.drop_index(f'ix_{table}_due', table_name=table)
    others = sa.text("service <> 'media_sphere'")
    op.create_index('ix_contract_other_service', 'contract', ['service', 'id'], if_not_exists=True,
                    postgresql_where=others, sqlite_where=others)
    op.drop_index('ix_contract_service', table_name='contract')


def downgrade() -> None:
    op.create_index('ix_contract_service', 'contract', ['service', 'id'])
    op.drop_index('ix_contract_other_service', table_name='contract')
    for table in TABLES:
        op.create_index(f'ix_{table}_due', table, COLUMNS)
        op.drop_index(f'ix_{table}_timer', table_name=table)
