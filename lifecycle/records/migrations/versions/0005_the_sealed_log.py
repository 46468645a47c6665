"""The log's Merkle tree, its signed checkpoints, and how the sealing stands."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

from lifecycle.records import append_only


revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('log_node',
    sa.Column('level', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('idx', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('hash', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.PrimaryKeyConstraint('level', 'idx', name=op.f('pk_log_node'))
    )
    op.create_table('checkpoint',
    sa.Column('size', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('sealed_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('size', name=op.f('pk_checkpoint'))
    )
    op.create_table('sealing',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('sealed_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('refused', sa.Text(), nullable=True),
    sa.Column('unposted', sa.Text(), nullable=True),
    sa.Column('posted', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sealing'))
    )
    for table in ('log_node', 'checkpoint'):
        for statement in append_only.create(op.get_bind().dialect.name, table):
            op.execute(statement)
