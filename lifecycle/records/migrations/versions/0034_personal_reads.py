"""Who looked at whose personal data."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

from lifecycle.records import append_only

revision = '0034'
down_revision = '0033'
branch_labels = None
depends_on = None

_KEPT_DAYS = 366


def upgrade() -> None:
    op.create_table(
        'personal_read',
        sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
        sa.Column('at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column('actor', sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column('operation', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('contract_ids', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_personal_read')),
    )
    op.create_index(op.f('ix_personal_read_at'), 'personal_read', ['at'])
    for statement in append_only.create_kept(op.get_bind().dialect.name, 'personal_read', _KEPT_DAYS):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table('personal_read')
    if op.get_bind().dialect.name == 'postgresql':
        op.execute('DROP FUNCTION refuse_early_removal()')
