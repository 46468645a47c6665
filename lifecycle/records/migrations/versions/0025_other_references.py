"""Further references of a contract: on its row as typed, and beside it as they are compared, to be looked up."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('contract', sa.Column('other_references', sa.JSON()))
    op.create_table(
        'other_reference',
        sa.Column('contract_id', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column('reference_key', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(['contract_id'], ['contract.id'], name=op.f('fk_other_reference_contract_id')),
        sa.PrimaryKeyConstraint('contract_id', 'reference_key', name=op.f('pk_other_reference')),
        sqlite_with_rowid=False,
    )
    op.create_index('ix_other_reference_key', 'other_reference', ['reference_key', 'contract_id'])
    if op.get_bind().dialect.name == 'postgresql':
        op.create_index(
            'ix_other_reference_pairs', 'other_reference', [sa.text('pairs_of(reference_key)')],
            postgresql_using='gin', postgresql_with={'gin_pending_list_limit': 512},
        )


def downgrade() -> None:
    op.drop_table('other_reference')
    op.drop_column('contract', 'other_references')
