"""Erasures of personal data; an index on what people did, which the clock's rows do not enter."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op


revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('erasure',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.Column('due_event', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=True),
    sa.Column('due_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('head_hash', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True),
    sa.Column('contract_id', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
    sa.Column('erased_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['contract.id'], name=op.f('fk_erasure_contract_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_erasure')),
    sa.UniqueConstraint('contract_id', name=op.f('uq_erasure_contract_id'))
    )
    op.create_index(
        'ix_history_people', 'history', ['actor', 'recorded_at'],
        postgresql_where=sa.text("actor <> 'clock'"), sqlite_where=sa.text("actor <> 'clock'"),
    )


def downgrade() -> None:
    op.drop_index('ix_history_people', 'history')
    op.drop_table('erasure')
