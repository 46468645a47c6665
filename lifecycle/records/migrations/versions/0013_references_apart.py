"""References to be looked for, in a table that no step changes. On PostgreSQL each step of a contract wrote its row's
place into every index anew, the one of its reference's signs too: a third of a sweep's time.

The database fills it by itself, so what an older version writes is found. That version's own search for a part of a
reference reads every contract, until it is replaced.
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op


revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None

_FILL = "INSERT INTO sought (contract_id, reference) SELECT id, reference FROM contract AS c"
_MISSING = " WHERE NOT EXISTS (SELECT 1 FROM sought WHERE contract_id = c.id)"
_SQLITE = (
    "CREATE TRIGGER contract_sought AFTER INSERT ON contract BEGIN "
    "INSERT INTO sought (contract_id, reference) VALUES (NEW.id, NEW.reference); END"
)
_FUNCTION = """
CREATE FUNCTION note_references() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO sought (contract_id, reference) SELECT id, reference FROM added;
    RETURN NULL;
END $$"""
_POSTGRES = (
    "CREATE TRIGGER contract_sought AFTER INSERT ON contract REFERENCING NEW TABLE AS added "
    "FOR EACH STATEMENT EXECUTE FUNCTION note_references()"
)


def upgrade() -> None:
    op.create_table('sought',
    sa.Column('contract_id', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
    sa.Column('reference', sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
    sa.PrimaryKeyConstraint('contract_id', name=op.f('pk_sought')),
    sqlite_with_rowid=False
    )
    op.execute(_FILL)
    if op.get_bind().dialect.name == 'sqlite':
        op.execute(_SQLITE)
        op.drop_index('ix_contract_reference', 'contract')
        return
    op.create_index(
        'ix_sought_reference_signs', 'sought', [sa.text('signs_of(lower(reference))')], postgresql_using='gin'
    )
    op.execute(_FUNCTION)
    op.execute(_POSTGRES)  # from here on writers wait
    op.execute(_FILL + _MISSING)
    op.drop_index('ix_contract_reference_signs', 'contract')


def downgrade() -> None:
    if op.get_bind().dialect.name == 'sqlite':
        op.execute('DROP TRIGGER contract_sought')
        op.create_index('ix_contract_reference', 'contract', ['id', 'reference'])
    else:
        op.execute('DROP TRIGGER contract_sought ON contract')
        op.execute('DROP FUNCTION note_references()')
        op.create_index(
            'ix_contract_reference_signs', 'contract', [sa.text('signs_of(lower(reference))')],
            postgresql_using='gin',
        )
    op.drop_table('sought')
