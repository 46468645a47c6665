"""What others said of checkpoints: cosignatures of witnesses."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

from lifecycle.records import append_only

revision = '0028'
down_revision = '0027'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'countersigned',
        sa.Column('size', sa.BigInteger(), nullable=False),
        sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column('name', sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column('content', sa.Text(), nullable=False),
        sa.Column('received_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint('size', 'kind', 'name', name='pk_countersigned'),
    )
    for statement in append_only.create(op.get_bind().dialect.name, 'countersigned'):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table('countersigned')
