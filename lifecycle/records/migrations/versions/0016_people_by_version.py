"""What each entry changed of a contract's people, the customer's number, and references that an amendment moves.

People of earlier versions are the first and only version: they stay where they are until the first change.
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op


revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None

_NUMBERED = sa.text('customer_number IS NOT NULL')
_SQLITE = (
    "CREATE TRIGGER contract_sought_moved AFTER UPDATE OF reference ON contract WHEN NEW.reference <> OLD.reference "
    "BEGIN UPDATE sought SET reference = NEW.reference WHERE contract_id = NEW.id; END"
)
_FUNCTION = """
CREATE FUNCTION move_reference() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE sought SET reference = NEW.reference WHERE contract_id = NEW.id;
    RETURN NULL;
END $$"""
_POSTGRES = (
    "CREATE TRIGGER contract_sought_moved AFTER UPDATE OF reference ON contract "
    "FOR EACH ROW WHEN (NEW.reference <> OLD.reference) EXECUTE FUNCTION move_reference()"
)


def upgrade() -> None:
    op.create_table(
        'people_version',
        sa.Column('contract_id', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column('entry_id', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column('salt', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column('data', sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ['contract_id'], ['contract.id'], name=op.f('fk_people_version_contract_id')
        ),
        sa.PrimaryKeyConstraint('contract_id', 'entry_id', name=op.f('pk_people_version')),
    )
    op.add_column('personal', sa.Column('customer_number', sqlmodel.sql.sqltypes.AutoString(length=100)))
    op.create_index(
        'ix_personal_customer_number', 'personal', ['customer_number', 'contract_id'],
        postgresql_where=_NUMBERED, sqlite_where=_NUMBERED,
    )
    if op.get_bind().dialect.name == 'sqlite':
        op.execute(_SQLITE)
        return
    op.execute(_FUNCTION)
    op.execute(_POSTGRES)


def downgrade() -> None:
    if op.get_bind().dialect.name == 'sqlite':
        op.execute('DROP TRIGGER contract_sought_moved')
    else:
        op.execute('DROP TRIGGER contract_sought_moved ON contract')
        op.execute('DROP FUNCTION move_reference()')
    op.drop_index('ix_personal_customer_number', 'personal')
    op.drop_column('personal', 'customer_number')
    op.drop_table('people_version')
