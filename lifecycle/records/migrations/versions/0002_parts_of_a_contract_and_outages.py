"""Item changes, measures, credits, usage, outages; conditions and misuse on the contract.

New columns are nullable or have defaults, so that a process of the previous version goes on.
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op


revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('outage',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.Column('due_event', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=True),
    sa.Column('due_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('head_hash', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True),
    sa.Column('known_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('recovered_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('attributable', sa.Boolean(), nullable=True),
    sa.Column('contracts', sa.JSON(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outage'))
    )
    with op.batch_alter_table('outage', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_outage_known_at'), ['known_at'], unique=False)

    op.create_table('credit',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.Column('due_event', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=True),
    sa.Column('due_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('head_hash', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True),
    sa.Column('contract_id', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
    sa.Column('outage_id', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
    sa.Column('known_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('recovered_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('attributable', sa.Boolean(), nullable=True),
    sa.Column('claimed_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('claimed_from', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=True),
    sa.Column('since', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('units', sa.Integer(), nullable=False),
    sa.Column('amount_yen', sa.BigInteger(), nullable=False),
    sa.Column('claimable_on', sa.Date(), nullable=True),
    sa.Column('last_claim_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['contract_id'], ['contract.id'], name=op.f('fk_credit_contract_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_credit')),
    sa.UniqueConstraint('contract_id', 'outage_id', name=op.f('uq_credit_contract_id_outage_id'))
    )
    with op.batch_alter_table('credit', schema=None) as batch_op:
        batch_op.create_index('ix_credit_due', ['due_event', 'due_at', 'id'], unique=False)
        batch_op.create_index('ix_credit_outage', ['outage_id', 'contract_id'], unique=False)

    op.create_table('item_change',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.Column('due_event', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=True),
    sa.Column('due_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('head_hash', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True),
    sa.Column('contract_id', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
    sa.Column('reference', sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
    sa.Column('item', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('accepted_on', sa.Date(), nullable=True),
    sa.Column('effective_on', sa.Date(), nullable=True),
    sa.Column('fee_yen', sa.BigInteger(), nullable=True),
    sa.Column('former_item', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=True),
    sa.Column('effective_from', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=True),
    sa.ForeignKeyConstraint(['contract_id'], ['contract.id'], name=op.f('fk_item_change_contract_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_item_change')),
    sa.UniqueConstraint('reference', name=op.f('uq_item_change_reference'))
    )
    with op.batch_alter_table('item_change', schema=None) as batch_op:
        batch_op.create_index('ix_item_change_contract', ['contract_id', 'id'], unique=False)
        batch_op.create_index('ix_item_change_due', ['due_event', 'due_at', 'id'], unique=False)

    op.create_table('measure',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.Column('due_event', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=True),
    sa.Column('due_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('head_hash', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True),
    sa.Column('contract_id', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
    sa.Column('measure', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.Column('ground', sa.Text(), nullable=False),
    sa.Column('notified', sa.Boolean(), nullable=False),
    sa.Column('starts_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('ends_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('lifted_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['contract_id'], ['contract.id'], name=op.f('fk_measure_contract_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_measure'))
    )
    with op.batch_alter_table('measure', schema=None) as batch_op:
        batch_op.create_index('ix_measure_contract', ['contract_id', 'id'], unique=False)
        batch_op.create_index('ix_measure_due', ['due_event', 'due_at', 'id'], unique=False)

    op.create_table('usage',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.Column('due_event', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=True),
    sa.Column('due_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('head_hash', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True),
    sa.Column('contract_id', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
    sa.Column('month', sqlmodel.sql.sqltypes.AutoString(length=7), nullable=False),
    sa.Column('transcode_hours', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
    sa.Column('storage_gb', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
    sa.Column('delivery_gb', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
    sa.Column('live_hours', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['contract.id'], name=op.f('fk_usage_contract_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_usage')),
    sa.UniqueConstraint('contract_id', 'month', name=op.f('uq_usage_contract_id_month'))
    )
    with op.batch_alter_table('contract', schema=None) as batch_op:
        for name in ('met', 'waived', 'misuse'):
            batch_op.add_column(sa.Column(name, sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column('billing_held', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('holds', sa.Integer(), nullable=False, server_default='1'))
    op.execute("UPDATE contract SET holds = 0 WHERE id NOT IN (SELECT contract_id FROM drm_option)")


def downgrade() -> None:
    with op.batch_alter_table('contract', schema=None) as batch_op:
        batch_op.drop_column('holds')
        batch_op.drop_column('misuse')
        batch_op.drop_column('billing_held')
        batch_op.drop_column('waived')
        batch_op.drop_column('met')

    op.drop_table('usage')
    with op.batch_alter_table('measure', schema=None) as batch_op:
        batch_op.drop_index('ix_measure_due')
        batch_op.drop_index('ix_measure_contract')

    op.drop_table('measure')
    with op.batch_alter_table('item_change', schema=None) as batch_op:
        batch_op.drop_index('ix_item_change_due')
        batch_op.drop_index('ix_item_change_contract')

    op.drop_table('item_change')
    with op.batch_alter_table('credit', schema=None) as batch_op:
        batch_op.drop_index('ix_credit_outage')
        batch_op.drop_index('ix_credit_due')

    op.drop_table('credit')
    with op.batch_alter_table('outage', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_outage_known_at'))

    op.drop_table('outage')
