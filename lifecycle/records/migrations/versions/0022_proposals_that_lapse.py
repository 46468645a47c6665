"""Proposals of corrections: what they were weighed by, what made them lapse. Marks of billed months that moved, annulled credits."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

from lifecycle.records import append_only

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('approval', sa.Column('standing', sqlmodel.sql.sqltypes.AutoString(length=64)))
    op.add_column('approval', sa.Column('lapsed_by', sqlmodel.sql.sqltypes.AutoString(length=60)))
    op.add_column('credit', sa.Column('annulled', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        'billed_elsewhere_moved',
        sa.Column('entry_id', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column('contract_id', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column('until', sqlmodel.sql.sqltypes.AutoString(length=7), nullable=True),
        sa.Column('lines', sa.Text(), nullable=False),
        sa.Column('recorded_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column('recorded_by', sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.PrimaryKeyConstraint('entry_id', name='pk_billed_elsewhere_moved'),
    )
    op.create_index('ix_billed_elsewhere_moved_contract_id', 'billed_elsewhere_moved', ['contract_id'])
    for statement in append_only.create(op.get_bind().dialect.name, 'billed_elsewhere_moved'):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table('billed_elsewhere_moved')
    op.drop_column('credit', 'annulled')
    op.drop_column('approval', 'lapsed_by')
    op.drop_column('approval', 'standing')
