"""Whose turn it is to write the log: a row that only sealers may lock."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None


def upgrade() -> None:
    turns = op.create_table(
        'sealer_turn',
        sa.Column('name', sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.PrimaryKeyConstraint('name', name='pk_sealer_turn'),
    )
    op.bulk_insert(turns, [{'name': 'take'}, {'name': 'seal'}])


def downgrade() -> None:
    op.drop_table('sealer_turn')
