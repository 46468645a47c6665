"""Contracts whose history was archived; only their rows may be removed from the history."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

from lifecycle.records import append_only

revision = '0041'
down_revision = '0037'
branch_labels = None
depends_on = None


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    op.create_table(
        'archived',
        sa.Column('contract_id', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column('file', sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
        sa.Column('sha256', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column('rows', sa.Integer(), nullable=False),
        sa.Column('seq', sa.Integer(), nullable=False),
        sa.Column('archived_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column('archived_by', sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.PrimaryKeyConstraint('contract_id', name=op.f('pk_archived')),
    )
    op.create_index(op.f('ix_archived_sha256'), 'archived', ['sha256'])
    for statement in (*append_only.create(dialect, 'archived'), *append_only.let_archived_go(dialect)):
        op.execute(statement)


def downgrade() -> None:
    dialect = op.get_bind().dialect.name
    for statement in append_only.keep_all(dialect):
        op.execute(statement)
    op.drop_table('archived')
