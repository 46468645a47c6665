"""The figures of meters that have no column of their own: those of another service than the first."""

import sqlalchemy as sa
from alembic import op

revision = '0045'
down_revision = '0041'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('usage', sa.Column('meters', sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column('usage', 'meters')
