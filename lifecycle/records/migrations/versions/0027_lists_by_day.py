"""Contracts by their last day of service and by the start of billing, for lists of a range of days."""

import sqlalchemy as sa
from alembic import op

revision = '0027'
down_revision = '0026'
branch_labels = None
depends_on = None

DAYS = ('effective_on', 'billing_starts_on')


def upgrade() -> None:
    for day in DAYS:
        has = sa.text(f'{day} IS NOT NULL')
        op.create_index(
            f'ix_contract_{day}', 'contract', [day, 'id'], unique=False, postgresql_where=has, sqlite_where=has
        )


def downgrade() -> None:
    for day in DAYS:
        op.drop_index(f'ix_contract_{day}', table_name='contract')
