"""Of an export of the history the filter that it was made by, among the reads on record."""

import sqlalchemy as sa
from alembic import op

revision = '0054'
down_revision = '0053'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('personal_read', sa.Column('asked', sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column('personal_read', 'asked')
