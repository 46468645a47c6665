"""The services of a subject, by its id."""

import re
from collections.abc import Iterable

import orjson
from sqlalchemy import Connection, select

from lifecycle.queries.approvals import TERMS
from lifecycle.queries.named_subject import id_named
from lifecycle.records import tables
from lifecycle.records.mapping import owners_of
from lifecycle.terms.editions import SERVICES

_ID = re.compile(r"[a-z]_[0-9a-z]{26}")
_c, _outage, _a = tables.contract.c, tables.SUBJECTS["outage"].c, tables.approval.c
_w = tables.webhook.c


def services_of(conn: Connection, name: str) -> frozenset[str] | None:
    """The services that a contract, a part, an outage, a proposal or a receiver is about, by id or reference.

    None for an outage or a resettlement of all services; empty for what is not there.
    """
    id_: str | None = name.partition(".")[0]  # without the number of an attachment
    if not _ID.fullmatch(name.partition(".")[0]):
        id_ = id_named(conn, name.replace("\0", ""), "contract", "option")
    if id_ is None:
        return frozenset()
    if id_.startswith("a_"):
        row = conn.execute(select(_a.subject_id, _a.body).where(_a.id == id_)).one_or_none()
        if row is not None and row.subject_id == TERMS:
            named = orjson.loads(row.body).get("service")
            return frozenset({named}) if named is not None else None
        return services_of(conn, row.subject_id) if row is not None else frozenset()
    if id_.startswith("w_"):  # people limited to a service must not see those of all services
        told = conn.execute(select(_w.service).where(_w.id == id_)).scalars()
        return frozenset(one for of in told for one in ([of] if of is not None else SERVICES))
    if id_.startswith("x_"):
        return _of_outage(conn, id_)
    return _of_contracts(conn, owners_of(conn, [id_]).values())


def _of_outage(conn: Connection, id_: str) -> frozenset[str] | None:
    row = conn.execute(select(_outage.service, _outage.contracts).where(_outage.id == id_)).one_or_none()
    if row is None:
        return frozenset()
    if row.service is not None:
        return frozenset({row.service})
    return None if row.contracts is None else _of_contracts(conn, row.contracts)


def _of_contracts(conn: Connection, ids: Iterable[str]) -> frozenset[str]:
    return frozenset(conn.execute(select(_c.service).where(_c.id.in_(list(ids))).distinct()).scalars())
