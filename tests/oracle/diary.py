"""Short notations for contracts in tests: "2022-06-10" is a day, "2022-06-10 09:00" an instant in Japan."""

from datetime import date, datetime
from typing import Any

from tests.oracle.days import TOKYO, moment
from tests.oracle.entries import CONTRACT, Entry
from tests.oracle.fold import Folded, fold
from tests.oracle.statements import Line, statement, total

DECLARED = {"laws_accepted": True, "rights_cleared": True}
QUOTED = {"initial_fee_yen": 30_000, "monthly_fee_yen": 20_000}
DOMAIN = {"custom_domain": {"name": "v.example.jp", "acquired": False, "dns_registered": True}, "https": False}


def time(text: str) -> date | datetime:
    """A day, or an instant in Japan."""
    if len(text) == len("2022-06-10"):
        return date.fromisoformat(text)
    return datetime.fromisoformat(text).replace(tzinfo=TOKYO)


def at(text: str) -> datetime:
    return moment(time(text))


def _told(kind: str, subject: str, event: str, when: str, id: str | None, facts: dict[str, Any]) -> Entry:
    read = {
        name: time(value) if isinstance(value, str) and name.endswith(("_on", "_at")) else value
        for name, value in facts.items()
    }
    return Entry(id or f"{subject} {event} {when}", kind, subject, event, time(when), read)


def contract(event: str, when: str, id: str | None = None, **facts: Any) -> Entry:
    return _told("contract", CONTRACT, event, when, id, facts)


def option(event: str, when: str, id: str | None = None, subject: str = "option-1", **facts: Any) -> Entry:
    quoted = QUOTED if event == "accept" else {}
    return _told("option", subject, event, when, id, {**quoted, **facts})


def change(event: str, when: str, id: str | None = None, subject: str = "change-1", **facts: Any) -> Entry:
    return _told("item_change", subject, event, when, id, facts)


def outage(event: str, when: str, id: str | None = None, subject: str = "outage-1", **facts: Any) -> Entry:
    return _told("outage", subject, event, when, id, facts)


def claim(when: str, id: str | None = None, subject: str = "outage-1") -> Entry:
    return _told("credit", subject, "claim", when, id, {})


def usage(month: str, when: str, **meters: Any) -> Entry:
    return _told("usage", month, "record", when, None, meters)


def applied(on: str, item: str = "premium", **facts: Any) -> Entry:
    people = {"administrator": {"name": "山田太郎"}, "customer": {"name": "株式会社サンプル配信"}}
    return contract("apply", on, "application", item=item, declarations=DECLARED, **{**people, **facts})


def running(start: str, item: str = "premium", accepted: str = "2022-04-01", **facts: Any) -> list[Entry]:
    """An application and its acceptance on one day."""
    acceptance = contract("accept", accepted, "acceptance", billing_starts_on=start)
    return [applied(accepted, item, **facts), acceptance]


def notice(when: str, chosen_on: str | None = None, id: str | None = None) -> Entry:
    return contract("notify_cancellation", when, id, chosen_on=chosen_on)


def down(since: str, until: str | None, fault: bool | None = True, subject: str = "outage-1") -> list[Entry]:
    """An outage of all contracts."""
    entries = [outage("open", since, subject=subject, attributable=fault, contracts="all")]
    return entries if until is None else [*entries, outage("recover", until, subject=subject)]


def changed(item: str, received: str, accepted: str, effective: str, subject: str = "change-1") -> list[Entry]:
    """An item change, applied for and accepted."""
    facts = {"effective_on": effective, "fee_yen": None}
    return [
        change("apply", received, subject=subject, item=item),
        change("accept", accepted, subject=subject, **facts),
    ]


def by(entries: list[Entry], until: str) -> Folded:
    return fold(entries, at(until))


def summary(folded: Folded) -> tuple[str, str | None, str | None]:
    """The contract's state, last day and what decided it."""
    days = folded.contract
    ends_on = days["effective_on"]
    return days["state"], ends_on.isoformat() if ends_on else None, days["decided_by"]


def yen(folded: Folded, month: str) -> int:
    return total(statement(folded, month))


def lines(folded: Folded, month: str) -> dict[str, int | None]:
    """kind -> yen, added up where a month has several lines of one kind."""
    found: dict[str, int | None] = {}
    for line in statement(folded, month):
        found[line.kind] = _sum(found.get(line.kind), line)
    return found


def _sum(so_far: int | None, line: Line) -> int | None:
    return line.amount_yen if so_far is None else so_far + (line.amount_yen or 0)
