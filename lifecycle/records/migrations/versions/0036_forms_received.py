"""Whether an application is in the company's form, requests to end that are not, and deadlines after misuse."""

import sqlalchemy as sa
from alembic import op

revision = '0036'
down_revision = '0034'
branch_labels = None
depends_on = None

DAYS = (('contract', 'informal_on'), ('drm_option', 'informal_on'), ('contract', 'misuse_due_on'))


def upgrade() -> None:
    for table in ('contract', 'drm_option'):
        op.add_column(table, sa.Column('in_form', sa.Boolean(), server_default=sa.true(), nullable=False))
        op.add_column(table, sa.Column('informal', sa.JSON(), nullable=True))
    for table, day in DAYS:
        op.add_column(table, sa.Column(day, sa.Date(), nullable=True))
        has = sa.text(f'{day} IS NOT NULL')
        op.create_index(
            f'ix_{table}_{day}', table, [day, 'id'], unique=False, postgresql_where=has, sqlite_where=has
        )


def downgrade() -> None:
    for table, day in reversed(DAYS):
        op.drop_index(f'ix_{table}_{day}', table_name=table)
        op.drop_column(table, day)
    for table in ('contract', 'drm_option'):
        op.drop_column(table, 'informal')
        op.drop_column(table, 'in_form')
