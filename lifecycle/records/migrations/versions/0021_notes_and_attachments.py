"""Texts of notes, files with their names, and who looks after a contract."""

from typing import Any

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None

_ASSIGNED = sa.text('assigned_to IS NOT NULL')


def _text(length: int) -> sa.types.TypeEngine[str]:
    return sqlmodel.sql.sqltypes.AutoString(length=length)


def _beside(name: str, *columns: sa.Column[Any]) -> None:
    op.create_table(
        name,
        sa.Column('contract_id', _text(40), nullable=False),
        sa.Column('seq', sa.Integer(), nullable=False),
        sa.Column('salt', _text(64), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(['contract_id'], ['contract.id'], name=op.f(f'fk_{name}_contract_id')),
        sa.PrimaryKeyConstraint('contract_id', 'seq', name=op.f(f'pk_{name}')),
    )


def upgrade() -> None:
    _beside('note', sa.Column('text', sa.Text(), nullable=False))
    _beside(
        'attachment',
        sa.Column('name', _text(255), nullable=False),
        sa.Column('content', sa.LargeBinary(), nullable=False),
    )
    op.add_column('contract', sa.Column('assigned_to', _text(200)))
    op.create_index(
        'ix_contract_assigned', 'contract', ['assigned_to', 'id'], postgresql_where=_ASSIGNED, sqlite_where=_ASSIGNED
    )


def downgrade() -> None:
    op.drop_index('ix_contract_assigned', 'contract')
    op.drop_column('contract', 'assigned_to')
    op.drop_table('attachment')
    op.drop_table('note')
