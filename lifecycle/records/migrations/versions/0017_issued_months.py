"""Statements as they were issued, months billed elsewhere, what was settled; fees of options agreed later."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

from lifecycle.records import append_only

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None

_INSTANT = sqlmodel.sql.sqltypes.UTCDateTime()


def _text(length: int) -> sa.types.TypeEngine[str]:
    return sqlmodel.sql.sqltypes.AutoString(length=length)


def upgrade() -> None:
    op.add_column('drm_option', sa.Column('fees', sa.JSON()))
    op.create_table(
        'issued',
        sa.Column('contract_id', _text(40), nullable=False),
        sa.Column('month', _text(7), nullable=False),
        sa.Column('lines', sa.Text(), nullable=False),
        sa.Column('total_yen', sa.BigInteger(), nullable=False),
        sa.Column('hash', _text(64), nullable=False),
        sa.Column('waits', sa.Boolean(), nullable=False),
        sa.Column('issued_at', _INSTANT, nullable=False),
        sa.Column('issued_by', _text(100), nullable=False),
        sa.PrimaryKeyConstraint('contract_id', 'month', name='pk_issued'),
    )
    op.create_index('ix_issued_month', 'issued', ['month', 'contract_id'])
    op.create_table(
        'billed_elsewhere',
        sa.Column('contract_id', _text(40), nullable=False),
        sa.Column('until', _text(7), nullable=False),
        sa.Column('lines', sa.Text(), nullable=False),
        sa.Column('recorded_at', _INSTANT, nullable=False),
        sa.Column('recorded_by', _text(100), nullable=False),
        sa.PrimaryKeyConstraint('contract_id', name='pk_billed_elsewhere'),
    )
    op.create_table(
        'settled',
        sa.Column('id', _text(40), nullable=False),
        sa.Column('contract_id', _text(40), nullable=False),
        sa.Column('month', _text(7), nullable=False),
        sa.Column('kind', _text(40), nullable=False),
        sa.Column('subject_id', _text(40), nullable=False),
        sa.Column('amount_yen', sa.BigInteger(), nullable=False),
        sa.Column('cause', _text(60), nullable=True),
        sa.Column('settled_on', sa.Date(), nullable=False),
        sa.Column('how', sa.Text(), nullable=False),
        sa.Column('recorded_at', _INSTANT, nullable=False),
        sa.Column('recorded_by', _text(100), nullable=False),
        sa.PrimaryKeyConstraint('id', name='pk_settled'),
    )
    op.create_index('ix_settled_contract_id', 'settled', ['contract_id'])
    for table in ('issued', 'billed_elsewhere', 'settled'):
        for statement in append_only.create(op.get_bind().dialect.name, table):
            op.execute(statement)


def downgrade() -> None:
    op.drop_table('settled')
    op.drop_table('billed_elsewhere')
    op.drop_table('issued')
    op.drop_column('drm_option', 'fees')
