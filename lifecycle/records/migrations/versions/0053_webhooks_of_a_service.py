"""The service of whose contracts a receiver is told; none for those of all, as all were before."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = '0053'
down_revision = '0052'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('webhook', sa.Column('service', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=True))


def downgrade() -> None:
    op.drop_column('webhook', 'service')
