"""How each person wants the pages: language, rows, density."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = '0046'
down_revision = '0045'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'own_settings',
        sa.Column('name', sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column('language', sqlmodel.sql.sqltypes.AutoString(length=5), nullable=True),
        sa.Column('rows_shown', sa.Integer(), nullable=False),
        sa.Column('density', sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.PrimaryKeyConstraint('name', name=op.f('pk_own_settings')),
    )


def downgrade() -> None:
    op.drop_table('own_settings')
