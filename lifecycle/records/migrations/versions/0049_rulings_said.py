"""Which rulings the rows of a chain have in full, so that later rows refer to them."""

import sqlalchemy as sa
from alembic import op

revision = '0049'
down_revision = '0048'
branch_labels = None
depends_on = None

TABLES = ('contract', 'drm_option')


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column('rulings_said', sa.Text(), nullable=True))


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, 'rulings_said')
