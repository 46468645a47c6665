"""Indexes by which a part of a reference, of a customer's or an administrator's name is found; contracts by item.

On a large table make them by hand beforehand, concurrently; here they are then left as they are.
"""

import sqlalchemy as sa
from alembic import op


revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

# A text's signs, and each with the one that follows it: a part of the text has no others.
_SIGNS_OF = """
CREATE OR REPLACE FUNCTION signs_of(said text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT array_agg(signs[n]) || array_agg(signs[n] || signs[n + 1])
    FROM (SELECT string_to_array(said, NULL) AS signs) AS s, generate_subscripts(signs, 1) AS n
$$"""


def upgrade() -> None:
    op.create_index('ix_contract_item', 'contract', ['item', 'id'], if_not_exists=True)
    if op.get_bind().dialect.name == 'sqlite':
        op.create_index('ix_contract_reference', 'contract', ['id', 'reference'], if_not_exists=True)
        op.create_index('ix_personal_search', 'personal', ['contract_id', 'search'], if_not_exists=True)
        return
    op.execute(_SIGNS_OF)
    for name, table, said in (
        ('ix_contract_reference_signs', 'contract', 'lower(reference)'),
        ('ix_personal_search_signs', 'personal', 'search'),
    ):
        signs = sa.text(f'signs_of({said})')
        op.create_index(name, table, [signs], postgresql_using='gin', if_not_exists=True)


def downgrade() -> None:
    if op.get_bind().dialect.name == 'sqlite':
        op.drop_index('ix_personal_search', 'personal')
        op.drop_index('ix_contract_reference', 'contract')
    else:
        op.drop_index('ix_personal_search_signs', 'personal')
        op.drop_index('ix_contract_reference_signs', 'contract')
        op.execute('DROP FUNCTION signs_of(text)')
    op.drop_index('ix_contract_item', 'contract')
