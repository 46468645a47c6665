"""Mail: papers on their way to customers."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = '0048'
down_revision = '0047'
branch_labels = None
depends_on = None


def upgrade() -> None:
    words = sqlmodel.sql.sqltypes.AutoString
    instant = sqlmodel.sql.sqltypes.UTCDateTime
    op.create_table(
        'mail',
        sa.Column('id', words(length=40), nullable=False),
        sa.Column('contract_id', words(length=40), nullable=True),
        sa.Column('paper', words(length=60), nullable=True),
        sa.Column('language', words(length=2), nullable=False),
        sa.Column('to_whom', words(length=20), nullable=False),
        sa.Column('recipient', sa.Text(), nullable=True),
        sa.Column('subject', sa.Text(), nullable=True),
        sa.Column('body', sa.Text(), nullable=True),
        sa.Column('file_name', sa.Text(), nullable=True),
        sa.Column('content', sa.LargeBinary(), nullable=True),
        sa.Column('sha256', words(length=64), nullable=True),
        sa.Column('attempts', sa.Integer(), nullable=False),
        sa.Column('tried_at', instant(), nullable=True),
        sa.Column('next_try_at', instant(), nullable=True),
        sa.Column('reason', sa.Text(), nullable=True),
        sa.Column('lease_owner', words(length=40), nullable=True),
        sa.Column('lease_until', instant(), nullable=True),
        sa.Column('created_at', instant(), nullable=False),
        sa.Column('created_by', words(length=100), nullable=False),
        sa.Column('sent_at', instant(), nullable=True),
        sa.Column('removed_at', instant(), nullable=True),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_mail')),
    )
    waits = sa.text('next_try_at IS NOT NULL')
    op.create_index('ix_mail_next', 'mail', ['next_try_at'], postgresql_where=waits, sqlite_where=waits)
    op.create_index(op.f('ix_mail_contract_id'), 'mail', ['contract_id'])


def downgrade() -> None:
    op.drop_table('mail')
