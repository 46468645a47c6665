"""What was applied: each migration with its checksum, and the oldest program that works with it."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'applied_migration',
        sa.Column('revision', sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column('checksum', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column('works_from', sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.PrimaryKeyConstraint('revision', name='pk_applied_migration'),
    )


def downgrade() -> None:
    op.drop_table('applied_migration')
