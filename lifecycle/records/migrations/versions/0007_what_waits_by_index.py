"""Indexes for what waits for a person: applications for options and item changes, contracts whose billing is held.

On a large table make them by hand beforehand, concurrently; here they are then left as they are.
"""

import sqlalchemy as sa
from alembic import op


revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index('ix_drm_option_state', 'drm_option', ['state', 'id'], if_not_exists=True)
    op.create_index('ix_item_change_state', 'item_change', ['state', 'id'], if_not_exists=True)
    held = sa.text('billing_held')
    op.create_index(
        'ix_contract_held', 'contract', ['id'], postgresql_where=held, sqlite_where=held, if_not_exists=True
    )


def downgrade() -> None:
    op.drop_index('ix_contract_held', 'contract')
    op.drop_index('ix_item_change_state', 'item_change')
    op.drop_index('ix_drm_option_state', 'drm_option')
