"""The rows of the worklist on pages: how long they have waited, and the required act if the visitor may do it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Connection

from api.pages.form_table import BY_NAME
from api.pages.session import PageSession
from api.request.context import WAITING_MONEY, Context
from lifecycle.queries.queue import WaitingThing, waiting_page
from lifecycle.queries.waiting_kinds import Asked
from lifecycle.queries.waiting_money import WaitingMoney, money_waiting
from lifecycle.records.mapping import load_many
from lifecycle.terms.calendar import tokyo_day

KEPT_S = 60
MOST_MONEY = 1000  # contracts with refunds or payments that are looked at
APPROVALS, DECIDE = "approvals-list_approvals", "approvals-approve"
# The required act of each kind, and the ids in its address.
NEXT_ACT = {
    "application": ("contracts-accept", "contract_id"),
    "incomplete": ("contracts-amend", "contract_id"),
    "form": ("contracts-receive_form", "contract_id"),
    "option_form": ("options-receive_form", "option_id"),
    "informal": ("contracts-notify_cancellation", "contract_id"),
    "option_informal": ("options-notify_cancellation", "option_id"),
    "misuse": ("contracts-follow_up_misuse", "contract_id"),
    "certificate": ("contracts-change_delivery", "contract_id"),
    "option": ("options-accept", "option_id"),
    "item_change": ("parts-accept_item_change", "change_id"),
    "condition": ("contracts-meet_condition", "contract_id"),
    "held": ("contracts-meet_condition", "contract_id"),
    "met": ("contracts-reschedule_billing", "contract_id"),
    "claim": ("outages-claim", "credit_id"),
    "timer": ("parked-retry", "subject_id"),
}  # fmt: skip


class ShownRow(NamedTuple):
    """A row. met: billing is held although all its conditions are met. act: the form's name and address."""

    waiting: WaitingThing
    days: int
    met: bool
    act: tuple[str, str] | None


class ShownRows(NamedTuple):
    """A page of rows. numbers: the totals of all pages, by kind. more: whether rows follow."""

    rows: Sequence[ShownRow]
    numbers: Mapping[str, int]
    more: bool

    @property
    def contracts(self) -> list[str]:
        """The ids of the contracts that rows are about."""
        return sorted({row.waiting.contract_id for row in self.rows if row.waiting.contract_id})


def waiting_rows(
    context: Context, conn: Connection, visit: PageSession, now: datetime, limit: int, *, kind: str | None = None,
    assigned_to: str | None = None, offset: int = 0, service: str | None = None,
) -> ShownRows:  # fmt: skip
    """Return a limited number of rows after `offset`, the longest waiting first."""
    hidden = frozenset() if visit.may(APPROVALS) else frozenset({"approval"})
    today = tokyo_day(now)
    asked, money = Asked(kind, assigned_to, hidden, today, service), _money(context, conn, service)
    found = waiting_page(conn, asked, money, limit + 1, offset)
    rows = list(_rows(conn, visit, found.things[:limit], today))
    return ShownRows(rows, found.numbers, len(found.things) > limit)


def _money(context: Context, conn: Connection, service: str | None) -> list[WaitingMoney]:
    """The refunds and payments due, of a service or of all; in a live service cached for at most a minute.

    Every contract that may have some is read; there are few such contracts.
    """
    every: dict[str | None, tuple[datetime, list[WaitingMoney]]] = context.kept.setdefault(WAITING_MONEY, {})
    kept = every.get(service)
    if kept is not None and not context.sandbox and (context.wall() - kept[0]).total_seconds() < KEPT_S:
        return kept[1]
    found = money_waiting(conn, MOST_MONEY, service=service)
    every[service] = context.wall(), found
    return found


def _rows(conn: Connection, visit: PageSession, found: list[WaitingThing], today: date) -> Iterator[ShownRow]:
    held = load_many(conn, [one.id for one in found if one.kind == "held"])
    for one in found:
        met = one.kind == "held" and not held[one.id].contract.open_conditions
        yield ShownRow(one, one.days(today), met, _act(visit, one, "met" if met else one.kind))


def _act(visit: PageSession, one: WaitingThing, kind: str) -> tuple[str, str] | None:
    if kind == "approval" and visit.may(DECIDE) and one.by != visit.principal.name:
        return DECIDE, f"/proposals/{one.id}"
    name, place = NEXT_ACT.get(kind, ("", ""))
    if not name or not visit.may(name):
        return None
    return name, BY_NAME[name].at(
        **{"contract_id": one.contract_id or "", "outage_id": one.outage_id or "", place: one.id}
    )
