"""The logbook, the fuse's forecasts and baselines, the sweeps' totals; the sweep's high-water mark.

New columns are nullable, so that a process of the previous version goes on.
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

from lifecycle.records import append_only


revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('logbook',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('event', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.Column('actor', sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('subject_id', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_logbook'))
    )
    op.create_table('forecast',
    sa.Column('made_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('due_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('made_at', 'due_at', name=op.f('pk_forecast'))
    )
    op.create_table('baseline',
    sa.Column('boot', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('seconds', sa.Float(53), nullable=False),
    sa.PrimaryKeyConstraint('boot', name=op.f('pk_baseline'))
    )
    op.create_table('tally',
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.Column('event', sqlmodel.sql.sqltypes.AutoString(length=30), nullable=False),
    sa.Column('number', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('kind', 'event', name=op.f('pk_tally'))
    )
    op.add_column('clock', sa.Column('mark_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
    op.add_column('clock', sa.Column('sweep_ms', sa.BigInteger(), nullable=True))
    op.add_column('clock', sa.Column('late_ms', sa.BigInteger(), nullable=True))
    for statement in append_only.create(op.get_bind().dialect.name, 'logbook'):
        op.execute(statement)


def downgrade() -> None:
    for name in ('late_ms', 'sweep_ms', 'mark_at'):
        op.drop_column('clock', name)
    for table in ('tally', 'baseline', 'forecast', 'logbook'):
        op.drop_table(table)
