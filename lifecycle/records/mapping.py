"""Facts become rows, rows facts: the dataclasses of machines/ and the columns of tables.py bear the same names."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date
from operator import itemgetter
from typing import Any, NamedTuple

import orjson
from sqlalchemy import ARRAY, Connection, CursorResult, Row, Select, String, any_, bindparam, func, select

from lifecycle.machines.facts import Contract, Dossier, Notice, Option
from lifecycle.records import tables
from lifecycle.records.engine import is_sqlite

CONTRACT_COLUMNS = [tables.contract.c[f.name] for f in fields(Contract)]
OPTION_COLUMNS = [tables.option.c[f.name] for f in fields(Option)]
_CONTRACT_NAMES = [column.name for column in CONTRACT_COLUMNS]
_OPTION_NAMES = [column.name for column in OPTION_COLUMNS]
_CONTRACT_ID, _OPTION_ID = _CONTRACT_NAMES.index("id"), _OPTION_NAMES.index("id")
_OPTION_CONTRACT = _OPTION_NAMES.index("contract_id")

_CONTRACT = select(*CONTRACT_COLUMNS).where(tables.contract.c.id == bindparam("id"))
_CONTRACT_LOCKED = _CONTRACT.with_for_update()
_OPTIONS = (
    select(*OPTION_COLUMNS).where(tables.option.c.contract_id == bindparam("id")).order_by(tables.option.c.id)
)
_CONTRACT_OF = select(tables.option.c.contract_id).where(tables.option.c.id == bindparam("id"))


class Unknown(LookupError):
    """No contract, option or other resource bears this id."""

    def __init__(self, what: str, wanted: str) -> None:
        super().__init__(f"no {what} has the id {wanted}")
        self.what, self.wanted = what, wanted


def load(conn: Connection, contract_id: str, *, lock: bool = False) -> Dossier:
    """The dossier of a contract; with lock, nobody else steps it until the transaction ends. Raises Unknown."""
    statement = _CONTRACT_LOCKED if lock and not is_sqlite(conn) else _CONTRACT
    row = conn.execute(statement, {"id": contract_id}).one_or_none()
    if row is None:
        raise Unknown("contract", contract_id)
    options = conn.execute(_OPTIONS, {"id": contract_id}).all()
    return Dossier(contract_of(row), tuple(option_of(option) for option in options))


def load_many(conn: Connection, contract_ids: Sequence[str]) -> dict[str, Dossier]:
    """The dossiers of many contracts, read in two statements."""
    found = rows_of(conn, contract_ids)
    return {contract_id: found.dossier(contract_id) for contract_id in found.contracts}


def rows_of(conn: Connection, contract_ids: Sequence[str]) -> "Rows":
    """The rows of many contracts and their options, each still to be made a dossier."""
    contracts = _by_ids(conn, select(*CONTRACT_COLUMNS), tables.contract.c.id, contract_ids)
    options = _by_ids(conn, select(*OPTION_COLUMNS), tables.option.c.contract_id, contract_ids)
    grouped: dict[str, list[Row[Any]]] = {}
    for row in sorted(options.all(), key=itemgetter(_OPTION_ID)):
        grouped.setdefault(row[_OPTION_CONTRACT], []).append(row)
    return Rows({row[_CONTRACT_ID]: row for row in contracts.all()}, grouped)


class Rows(NamedTuple):
    """Contracts' rows by id, and their options' rows by the contract's id, in the order of id."""

    contracts: Mapping[str, Row[Any]]
    options: Mapping[str, Sequence[Row[Any]]]

    def dossier(self, contract_id: str) -> Dossier:
        """One contract's dossier. Raises whatever facts that cannot be read raise."""
        options = self.options.get(contract_id)
        return Dossier(contract_of(self.contracts[contract_id]), tuple(map(option_of, options)) if options else ())


def contract_of_option(conn: Connection, option_id: str) -> str:
    """The id of the contract an option belongs to. Raises Unknown."""
    found: str | None = conn.execute(_CONTRACT_OF, {"id": option_id}).scalar_one_or_none()
    if found is None:
        raise Unknown("option", option_id)
    return found


def contract_of(row: Sequence[Any]) -> Contract:
    """A contract from its row, columns as in CONTRACT_COLUMNS."""
    values = dict(zip(_CONTRACT_NAMES, row, strict=True))
    values["notices"] = notices_of(values["notices"])
    return Contract.of(values)


def option_of(row: Sequence[Any]) -> Option:
    """An option from its row, columns as in OPTION_COLUMNS."""
    values = dict(zip(_OPTION_NAMES, row, strict=True))
    values["notices"] = notices_of(values["notices"])
    return Option.of(values)


def notices_of(stored: Sequence[Mapping[str, Any]]) -> tuple[Notice, ...]:
    """The notices from their JSON."""
    return tuple(
        [
            Notice(
                n["id"],
                date.fromisoformat(n["arrived_on"]),
                date.fromisoformat(n["chosen_on"]) if n["chosen_on"] else None,
                date.fromisoformat(n["keyed_on"]),
                n["revoked"],
            )
            for n in stored
        ]
    )


def stored_notices(notices: Sequence[Notice]) -> list[dict[str, Any]]:
    """The notices as JSON."""
    return [
        {
            "id": n.id,
            "arrived_on": n.arrived_on.isoformat(),
            "chosen_on": n.chosen_on.isoformat() if n.chosen_on else None,
            "keyed_on": n.keyed_on.isoformat(),
            "revoked": n.revoked,
        }
        for n in notices
    ]


def columns_of(changed: Mapping[str, Any]) -> dict[str, Any]:
    """Changed fields as column values."""
    values = dict(changed)
    if "notices" in values:
        values["notices"] = stored_notices(values["notices"])
    return values


def _by_ids(conn: Connection, statement: Select[Any], column: Any, ids: Sequence[str]) -> CursorResult[Any]:
    """Executes a statement for many ids, handed over as one parameter."""
    if is_sqlite(conn):
        among = column.in_(select(func.json_each(bindparam("ids")).table_valued("value").c.value))
        return conn.execute(statement.where(among), {"ids": orjson.dumps(list(ids)).decode()})
    return conn.execute(statement.where(column == any_(bindparam("ids", type_=ARRAY(String)))), {"ids": list(ids)})
