"""Contracts that ran already when they were entered here, and the last month that was billed elsewhere."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('contract', sa.Column('taken_over', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column('contract', sa.Column('billed_until', sqlmodel.sql.sqltypes.AutoString(length=7)))


def downgrade() -> None:
    op.drop_column('contract', 'billed_until')
    op.drop_column('contract', 'taken_over')
