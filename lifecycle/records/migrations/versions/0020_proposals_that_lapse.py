"""Proposals of corrections: what they were weighed by, and the row by which one lapsed."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = '0020'
down_revision = '0018'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('approval', sa.Column('standing', sqlmodel.sql.sqltypes.AutoString(length=64)))
    op.add_column('approval', sa.Column('lapsed_by', sqlmodel.sql.sqltypes.AutoString(length=60)))


def downgrade() -> None:
    op.drop_column('approval', 'lapsed_by')
    op.drop_column('approval', 'standing')
