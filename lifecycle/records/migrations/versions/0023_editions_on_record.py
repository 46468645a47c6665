"""Editions of the terms on record: which text the rows were ruled under."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'edition',
        sa.Column('id', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column('state', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column('due_event', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=True),
        sa.Column('due_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('seq', sa.Integer(), nullable=False),
        sa.Column('head_hash', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True),
        sa.Column('service', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column('terms_version', sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column('edition', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.PrimaryKeyConstraint('id', name='pk_edition'),
        sa.UniqueConstraint('service', 'terms_version', name='uq_edition_service_terms_version'),
    )


def downgrade() -> None:
    op.drop_table('edition')
