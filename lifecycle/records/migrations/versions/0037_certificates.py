"""The last day of a contract's certificate, by which it is found."""

import sqlalchemy as sa
from alembic import op

revision = '0037'
down_revision = '0036'
branch_labels = None
depends_on = None

INDEX, DAY = 'ix_contract_certificate_expires_on', 'certificate_expires_on'


def upgrade() -> None:
    op.add_column('contract', sa.Column(DAY, sa.Date(), nullable=True))
    has = sa.text(f'{DAY} IS NOT NULL')
    op.create_index(INDEX, 'contract', [DAY, 'id'], unique=False, postgresql_where=has, sqlite_where=has)


def downgrade() -> None:
    op.drop_index(INDEX, table_name='contract')
    op.drop_column('contract', DAY)
