"""Likely duplicates of earlier entries: the user is asked before a duplicate is stored."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from api.pages.fields import Filled
from api.pages.form_table import Form
from api.pages.subjects import FormSubject
from lifecycle.queries.approvals import PROPOSED
from lifecycle.records import tables
from lifecycle.records.search_folding import customer_number_key, fold
from lifecycle.terms.calendar import DAY, tokyo_day

APPLY, ACCEPT, NOTIFY = "contracts-apply", "contracts-accept", "contracts-notify_cancellation"
ALIKE = 31 * DAY  # maximum days between two applications of one customer that may be the same
LOOKED_AT = 20
_c, _p, _a = tables.contract.c, tables.personal.c, tables.approval.c


class SimilarEntry(NamedTuple):
    """A likely duplicate. kind: the key of a text; address, name, day: its place, name and day."""

    kind: str
    address: str
    name: str
    day: date


def possible_duplicates(
    conn: Connection, form: Form, subject: FormSubject, filled: Filled, today: date
) -> list[SimilarEntry]:
    """Return the recorded entries that may be the same as the new one."""
    found = list(_proposed(conn, form, subject))
    if form.name == NOTIFY and subject.contract is not None:
        found += _notices(subject.contract, filled, today)
    if form.name == APPLY:
        found += _entered(conn, filled, today)
    if form.name == ACCEPT and subject.contract is not None:
        found += _received(conn, subject.contract)
    return found


def _notices(contract: Any, filled: Filled, today: date) -> Iterator[SimilarEntry]:
    """A notice with the same days: it may have come once by fax and once by post."""
    read = filled.read.get("arrived_on")
    arrived, chosen = (read.day if read else today).isoformat(), filled.body.get("chosen_on")
    for one in (contract["cancellation"] or {}).get("notices", ()):
        if not one["revoked"] and (one["arrived_on"], one["chosen_on"]) == (arrived, chosen):
            day = date.fromisoformat(arrived)
            yield SimilarEntry(
                "notice", f"/contracts/{contract['id']}#row-{one['id']}", contract["reference"], day
            )


def _entered(conn: Connection, filled: Filled, today: date) -> Iterator[SimilarEntry]:
    """Applications that may be the same as the one that is being entered."""
    customer, read = filled.body.get("customer") or {}, filled.read.get("received_on")
    sought = _Application(
        fold(str(customer.get("name") or "")), customer.get("number"), str(filled.body.get("item")),
        read.day if read else today, str(filled.body.get("reference") or ""),
    )  # fmt: skip
    return _applications(conn, sought, ("applied",))


def _received(conn: Connection, contract: Any) -> Iterator[SimilarEntry]:
    """Applications that may be the same as the one that is being accepted, however both arrived."""
    data = conn.execute(select(_p.data).where(_p.contract_id == contract["id"])).scalar_one_or_none()
    if data is None:
        return
    customer, received = data["customer"], date.fromisoformat(contract["received_on"])
    sought = _Application(
        fold(customer["name"]), customer.get("number"), contract["item"], received, contract["reference"]
    )
    yield from _applications(conn, sought, ("applied", "accepted"))


class _Application(NamedTuple):
    """An application. name: normalised."""

    name: str
    number: str | None
    item: str
    received: date
    reference: str


def _applications(conn: Connection, sought: _Application, states: Sequence[str]) -> Iterator[SimilarEntry]:
    """Other applications of the same customer for the same item, received at about that time, whose billing has
    not begun.
    """
    if not sought.name and not sought.number:
        return
    waiting = (
        select(_c.id, _c.reference, _c.received_on, _p.data, _p.customer_number)
        .join_from(tables.contract, tables.personal, _p.contract_id == _c.id)
        .where(_c.state.in_(states), _c.item == sought.item, _c.reference != sought.reference)
    )
    own = customer_number_key(str(sought.number)) if sought.number else None
    alike = _p.customer_number == own if own else _p.search.contains(sought.name, autoescape=True)
    for row in conn.execute(waiting.where(alike).order_by(_c.id.desc()).limit(LOOKED_AT)):
        same = own is not None or fold(row.data["customer"]["name"]) == sought.name
        if same and abs(row.received_on - sought.received) <= ALIKE:
            yield SimilarEntry("application", f"/contracts/{row.id}", row.reference, row.received_on)


def _proposed(conn: Connection, form: Form, subject: FormSubject) -> Iterator[SimilarEntry]:
    """An open proposal of the same command on the same subject; corrections are compared by entry."""
    id_ = subject.view.get("id")
    if id_ is None or subject.puts_right is not None:
        return
    waiting = select(_a.id, _a.proposed_by, _a.proposed_at).where(
        _a.state == PROPOSED, _a.operation == form.name, _a.subject_id == id_
    )
    for row in conn.execute(waiting.order_by(_a.id).limit(LOOKED_AT)):
        yield SimilarEntry("proposal", f"/proposals/{row.id}", row.proposed_by, tokyo_day(row.proposed_at))
