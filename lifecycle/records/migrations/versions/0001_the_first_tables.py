"""The first tables: contracts, options, personal data, history, log, idempotency, parked rows, the clock."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

from lifecycle.records import append_only


revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('clock',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('sandbox_now', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('swept_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_clock'))
    )
    op.create_table('contract',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
    sa.Column('reference', sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('accepted_on', sa.Date(), nullable=True),
    sa.Column('planned_start_on', sa.Date(), nullable=True),
    sa.Column('billing_from', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=True),
    sa.Column('billing_started', sa.Boolean(), nullable=False),
    sa.Column('notices', sa.JSON(), nullable=False),
    sa.Column('billing_starts_on', sa.Date(), nullable=True),
    sa.Column('minimum_term_ends_on', sa.Date(), nullable=True),
    sa.Column('effective_on', sa.Date(), nullable=True),
    sa.Column('decided_by', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=True),
    sa.Column('terminated_on', sa.Date(), nullable=True),
    sa.Column('due_event', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=True),
    sa.Column('due_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('head_hash', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True),
    sa.Column('item', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.Column('requested_billing_start_on', sa.Date(), nullable=True),
    sa.Column('laws_accepted', sa.Boolean(), nullable=False),
    sa.Column('rights_cleared', sa.Boolean(), nullable=False),
    sa.Column('administrator_named', sa.Boolean(), nullable=False),
    sa.Column('delivery', sa.JSON(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contract')),
    sa.UniqueConstraint('reference', name=op.f('uq_contract_reference'))
    )
    with op.batch_alter_table('contract', schema=None) as batch_op:
        batch_op.create_index('ix_contract_due', ['due_event', 'due_at', 'id'], unique=False)
        batch_op.create_index('ix_contract_state', ['state', 'id'], unique=False)

    op.create_table('history',
    sa.Column('subject_id', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('contract_id', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
    sa.Column('event', sqlmodel.sql.sqltypes.AutoString(length=30), nullable=False),
    sa.Column('effective_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('recorded_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('actor', sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
    sa.Column('hash', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('payload', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('subject_id', 'seq', name=op.f('pk_history'))
    )
    with op.batch_alter_table('history', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_history_contract_id'), ['contract_id'], unique=False)
        batch_op.create_index('ix_history_recorded_at', ['recorded_at'], unique=False)

    op.create_table('idempotency',
    sa.Column('actor', sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
    sa.Column('key', sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
    sa.Column('fingerprint', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('status', sa.Integer(), nullable=False),
    sa.Column('headers', sa.JSON(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('recorded_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('actor', 'key', name=op.f('pk_idempotency'))
    )
    with op.batch_alter_table('idempotency', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_idempotency_recorded_at'), ['recorded_at'], unique=False)

    op.create_table('log',
    sa.Column('idx', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('subject_id', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('hash', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.PrimaryKeyConstraint('idx', name=op.f('pk_log'))
    )
    op.create_table('parked',
    sa.Column('subject_id', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
    sa.Column('event', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.Column('due_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('retry_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('subject_id', name=op.f('pk_parked'))
    )
    op.create_table('pending',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('subject_id', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pending'))
    )
    op.create_table('token',
    sa.Column('hash', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
    sa.Column('roles', sa.JSON(), nullable=False),
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('hash', name=op.f('pk_token')),
    sa.UniqueConstraint('name', name=op.f('uq_token_name'))
    )
    op.create_table('drm_option',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
    sa.Column('reference', sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('accepted_on', sa.Date(), nullable=True),
    sa.Column('planned_start_on', sa.Date(), nullable=True),
    sa.Column('billing_from', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=True),
    sa.Column('billing_started', sa.Boolean(), nullable=False),
    sa.Column('notices', sa.JSON(), nullable=False),
    sa.Column('billing_starts_on', sa.Date(), nullable=True),
    sa.Column('minimum_term_ends_on', sa.Date(), nullable=True),
    sa.Column('effective_on', sa.Date(), nullable=True),
    sa.Column('decided_by', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=True),
    sa.Column('terminated_on', sa.Date(), nullable=True),
    sa.Column('due_event', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=True),
    sa.Column('due_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('head_hash', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True),
    sa.Column('contract_id', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.Column('initial_fee_yen', sa.BigInteger(), nullable=True),
    sa.Column('monthly_fee_yen', sa.BigInteger(), nullable=True),
    sa.Column('minimum_term_cut_days', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['contract.id'], name=op.f('fk_drm_option_contract_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_drm_option')),
    sa.UniqueConstraint('reference', name=op.f('uq_drm_option_reference'))
    )
    with op.batch_alter_table('drm_option', schema=None) as batch_op:
        batch_op.create_index('ix_drm_option_contract', ['contract_id', 'id'], unique=False)
        batch_op.create_index('ix_drm_option_due', ['due_event', 'due_at', 'id'], unique=False)

    op.create_table('personal',
    sa.Column('contract_id', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
    sa.Column('salt', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('data', sa.JSON(), nullable=False),
    sa.Column('search', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['contract.id'], name=op.f('fk_personal_contract_id')),
    sa.PrimaryKeyConstraint('contract_id', name=op.f('pk_personal'))
    )
    for table in append_only.TABLES:
        for statement in append_only.create(op.get_bind().dialect.name, table):
            op.execute(statement)


def downgrade() -> None:
    op.drop_table('token')
    op.drop_table('personal')
    with op.batch_alter_table('drm_option', schema=None) as batch_op:
        batch_op.drop_index('ix_drm_option_due')
        batch_op.drop_index('ix_drm_option_contract')

    op.drop_table('drm_option')
    op.drop_table('pending')
    op.drop_table('parked')
    op.drop_table('log')
    with op.batch_alter_table('idempotency', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_idempotency_recorded_at'))

    op.drop_table('idempotency')
    with op.batch_alter_table('history', schema=None) as batch_op:
        batch_op.drop_index('ix_history_recorded_at')
        batch_op.drop_index(batch_op.f('ix_history_contract_id'))

    op.drop_table('history')
    with op.batch_alter_table('contract', schema=None) as batch_op:
        batch_op.drop_index('ix_contract_state')
        batch_op.drop_index('ix_contract_due')

    op.drop_table('contract')
    op.drop_table('clock')
