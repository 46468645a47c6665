"""Pages that answered a form, kept for "back" and "forward", sealed by the browser's secret."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = '0052'
down_revision = '0051'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'shown_page',
        sa.Column('hash', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column('session', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column('page', sa.LargeBinary(), nullable=False),
        sa.Column('expires_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint('hash', name=op.f('pk_shown_page')),
    )
    op.create_index(op.f('ix_shown_page_session'), 'shown_page', ['session'])
    op.create_index(op.f('ix_shown_page_expires_at'), 'shown_page', ['expires_at'])


def downgrade() -> None:
    op.drop_table('shown_page')
