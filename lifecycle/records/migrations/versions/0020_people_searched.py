"""People's texts folded anew: what a clerk takes for the same is found as the same."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

from lifecycle.records.search_folding import fold_people

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None

BATCH = 1000


def upgrade() -> None:
    connection = op.get_bind()
    rows = sa.table('personal', sa.column('contract_id', sa.Text()), sa.column('data', sa.JSON()), sa.column('search', sa.Text()))
    update = rows.update().where(rows.c.contract_id == sa.bindparam('of')).values(search=sa.bindparam('folded'))
    after = ''
    while True:
        statement = sa.select(rows.c.contract_id, rows.c.data).where(rows.c.contract_id > after)
        batch = connection.execute(statement.order_by(rows.c.contract_id).limit(BATCH)).all()
        if not batch:
            return
        connection.execute(update, [{'of': id_, 'folded': fold_people(_data(data))} for id_, data in batch])
        after = batch[-1][0]


def _data(stored: Any) -> Any:
    return json.loads(stored) if isinstance(stored, str) else stored


def downgrade() -> None:
    """An older version looks for other texts: it finds some names again only when they are entered anew."""
