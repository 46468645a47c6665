"""Settlements name the row of the history that says them."""

import sqlalchemy as sa
from alembic import op

revision = '0030'
down_revision = '0028'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('settled', sa.Column('seq', sa.Integer()))


def downgrade() -> None:
    op.drop_column('settled', 'seq')
