"""Services: each contract names the one whose terms govern it."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = '0033'
down_revision = '0031'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        'contract',
        sa.Column(
            'service', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False, server_default='media_sphere'
        ),
    )
    op.create_index('ix_contract_service', 'contract', ['service', 'id'])


def downgrade() -> None:
    op.drop_index('ix_contract_service', table_name='contract')
    op.drop_column('contract', 'service')
