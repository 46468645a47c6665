"""The calendar: ends, last days for a notice, and of certificates, as iCalendar (RFC 5545); without names."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Select, Text, and_, cast, or_, select

from lifecycle.machines.check import Refused
from lifecycle.machines.dossier import FINAL, Dossier, Option, Subject
from lifecycle.machines.table import NotPossible
from lifecycle.queries.questions import latest_arrival
from lifecycle.records import tables
from lifecycle.records.mapping import load_many
from lifecycle.records.of_service import of_service
from lifecycle.terms.art6_cancellation import effect_of
from lifecycle.terms.calendar import tokyo_day
from lifecycle.terms.editions import EDITIONS, Editions, NotInForce
from lifecycle.terms.formats import japanese_day
from lifecycle.terms.services import PAGE_WORDS

if TYPE_CHECKING:
    from icalendar import Event

BACK, AHEAD = timedelta(days=31), timedelta(days=400)
PART = 500
MOST = 20_000  # events of one feed
EVERY = timedelta(hours=1)  # how often a calendar program refreshes
TYPE = "text/calendar; charset=utf-8"


def feed(conn: Connection, now: datetime, pages: str, service: str | None = None) -> bytes:
    """The calendar as a file. What was taken back stays in it as cancelled until its day has passed.

    pages: the address of the pages, without a slash at its end. All events are days: there is no time zone in it.
    service: of its contracts, None for all.
    """
    from icalendar import Calendar  # takes a while to load

    calendar = Calendar()
    calendar.add("prodid", "-//lifecycle//contracts//JA")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", "契約の期日 / Contract days")
    calendar.add("x-wr-timezone", "Asia/Tokyo")
    calendar.add("refresh-interval", EVERY, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    number = 0
    for event in _events(conn, now, pages, service):
        calendar.add_component(event)
        if (number := number + 1) >= MOST:
            break
    return bytes(calendar.to_ical())


def _events(conn: Connection, now: datetime, pages: str, service: str | None) -> "Iterator[Event]":
    today = tokyo_day(now)
    ids: list[str] = list(conn.execute(of_service(_concerned(today), tables.contract.c.id, service)).scalars())
    for start in range(0, len(ids), PART):
        for dossier in load_many(conn, ids[start : start + PART]).values():
            url = f"{pages}/contracts/{dossier.contract.id}"
            for subject in (dossier.contract, *dossier.options):
                end = _end(subject, EDITIONS.governing(dossier.contract))
                if end is not None and today - BACK <= end[0] <= today + AHEAD:
                    yield _event(subject, "end", end[0], now, url, standing=end[1])
            if (last := _last_notice(dossier, now)) is not None:
                yield _event(dossier.contract, "last-notice", last, now, url)
            expiry = dossier.contract.certificate_expires_on
            if expiry is not None and dossier.contract.live and today - BACK <= expiry <= today + AHEAD:
                yield _event(dossier.contract, "certificate", expiry, now, url)


def _end(subject: Subject, editions: Editions) -> tuple[date, bool] | None:
    """The day of the end and whether it is valid; if all notices were revoked, the day of the last one."""
    if subject.effective_on is not None:
        return subject.effective_on, True
    if not subject.notices:
        return None
    last = subject.notices[-1]
    alone = effect_of(last, subject.billing_starts_on, editions, option=isinstance(subject, Option))
    return alone.effective_on, False


def _last_notice(dossier: Dossier, now: datetime) -> date | None:
    """The last day on which a notice may arrive to end the contract with its minimum term, where it is to come."""
    contract = dossier.contract
    if contract.minimum_term_ends_on is None or contract.effective_on is not None or not contract.live:
        return None
    try:
        found = latest_arrival(dossier, contract.minimum_term_ends_on, now)
    except (Refused, NotPossible, NotInForce):
        return None
    return date.fromisoformat(found["arrive_by_on"])


def _event(subject: Subject, what: str, day: date, now: datetime, url: str, *, standing: bool = True) -> "Event":
    from icalendar import Event

    option = PAGE_WORDS[f"option.{subject.kind}"] if isinstance(subject, Option) else None
    kind, kind_en = option or ("契約", "contract")
    term_ends_on = subject.minimum_term_ends_on and japanese_day(subject.minimum_term_ends_on)
    said = {
        "end": (
            f"{kind}の終了 {subject.reference}",
            f"{kind}は、この日の終わりに終了します。",
            f"Last day of the {kind_en}.",
        ),
        "last-notice": (
            f"解約通知の到達期限 {subject.reference}",
            f"この日までに解約通知が到達すれば、最低利用期間の満了日（{term_ends_on}）に終了できます。",
            f"Last day for a notice to end it on {subject.minimum_term_ends_on}, with its minimum term.",
        ),
        "certificate": (
            f"証明書の有効期限 {subject.reference}",
            "この日までにHTTPSの証明書を更新してください。",
            "Last day of the certificate for HTTPS.",
        ),
    }
    summary, ja, en = said[what]
    event = Event()
    event.add("uid", f"{subject.id}-{what}@lifecycle")
    event.add("dtstamp", now)
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("sequence", subject.version)
    event.add("status", "CONFIRMED" if standing else "CANCELLED")
    event.add("transp", "TRANSPARENT")
    event.add("summary", summary if standing else f"【取消】{summary}")
    event.add("description", f"{ja}\n{en}")
    event.add("url", url)
    return event


def _concerned(today: date) -> Select[Any]:
    """Contracts whose end, or an option's, is near, is no longer valid, or may still depend on the minimum term.

    And those whose certificate expires within reach.
    """
    c, o = tables.contract.c, tables.option.c
    reach = (today - BACK, today + AHEAD)
    taken_back = [and_(t.state.in_(("accepted", "billing")), cast(t.notices, Text) != "[]") for t in (c, o)]
    options = select(o.contract_id).where(or_(o.effective_on.between(*reach), taken_back[1]))
    term = and_(c.effective_on.is_(None), c.minimum_term_ends_on >= today)
    certificate = and_(c.certificate_expires_on.between(*reach), c.state.not_in(FINAL))
    wanted = or_(c.effective_on.between(*reach), taken_back[0], term, c.id.in_(options), certificate)
    return select(c.id).where(wanted).order_by(c.id).limit(MOST)
