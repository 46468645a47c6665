"""Rows that no longer stand, the place of the newest entry, and from when entries are judged at their places.

Rows of earlier versions were judged when they were entered; a fold takes them as they are.
"""

from datetime import timedelta

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

from lifecycle.records import append_only

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

_INSTANT = sqlmodel.sql.sqltypes.UTCDateTime()


def upgrade() -> None:
    op.create_table(
        'superseded',
        sa.Column('subject_id', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column('seq', sa.Integer(), nullable=False),
        sa.Column('by_seq', sa.Integer(), nullable=False),
        sa.Column('contract_id', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column('recorded_at', _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint('subject_id', 'seq', name='pk_superseded'),
    )
    op.create_index('ix_superseded_contract_id', 'superseded', ['contract_id'])
    op.add_column('contract', sa.Column('line_at', _INSTANT))
    op.add_column('contract', sa.Column('line_rank', sa.Integer()))
    op.add_column('clock', sa.Column('judged_from', _INSTANT))
    connection = op.get_bind()
    for statement in append_only.create(connection.dialect.name, 'superseded'):
        op.execute(statement)
    history = sa.table('history', sa.column('recorded_at', _INSTANT))
    newest = connection.execute(sa.select(sa.func.max(history.c.recorded_at, type_=_INSTANT))).scalar()
    if newest is not None:
        clock = sa.table('clock', sa.column('id', sa.Integer()), sa.column('judged_from', _INSTANT))
        judged_from = newest + timedelta(microseconds=1)
        if connection.execute(sa.select(clock.c.id)).first():
            connection.execute(clock.update().values(judged_from=judged_from))
        else:
            connection.execute(clock.insert().values(id=1, judged_from=judged_from))


def downgrade() -> None:
    op.drop_column('clock', 'judged_from')
    op.drop_column('contract', 'line_rank')
    op.drop_column('contract', 'line_at')
    op.drop_table('superseded')
