"""The recorded editions: which terms were known at a past instant, and when each version was announced.

The content of an edition is parsed into the terms that it records.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, select

from lifecycle.records import tables
from lifecycle.records.compiled import fetch_tuples
from lifecycle.terms.default_service import DEFAULT_SERVICE
from lifecycle.terms.edition import Content, content_of
from lifecycle.terms.editions import EDITIONS, SERVICES, Editions
from lifecycle.terms.version import UNSAID, Item, Settings, Terms, meters_of

_ROW, _EDITION = tables.history.c, tables.SUBJECTS["edition"].c
_HEADS = select(_EDITION.id, _EDITION.head_hash).order_by(_EDITION.id)
_ROWS = (
    select(_ROW.subject_id, _ROW.recorded_at, _ROW.payload)
    .where(_ROW.subject_id.in_(select(_EDITION.id)))
    .order_by(_ROW.recorded_at, _ROW.seq)
)
_MadeKnown = tuple[tuple[tuple[str, str], date], ...]  # by service and version
_KEPT = 8  # databases of one process
_read: dict[tuple[tuple[str, str], ...], tuple["_Recorded", ...]] = {}


class Announcement(NamedTuple):
    """When and how a version was announced to the customers, as recorded (R42)."""

    on: date
    how: str


class _Recorded(NamedTuple):
    """One row of an edition. announced: its announcement, if the row records one."""

    subject_id: str
    at: datetime
    terms: Terms
    announced: Announcement | None = None


def editions_known(conn: Connection, known_at: datetime) -> Editions:
    """Return the terms that were recorded at an instant with zone.

    Before the first record they are those of the first record. In a database without any record they are the
    loaded ones.
    """
    recorded = _recorded(conn)
    if not recorded:
        return EDITIONS
    until, newest, made_known = max(known_at, recorded[0].at), {}, dict[tuple[str, str], date]()
    for one in recorded:
        if one.at <= until:
            newest[one.subject_id] = one.terms
            if one.announced is not None:
                made_known[one.terms.service, one.terms.version] = one.announced.on
    return _editions(tuple(newest[id_] for id_ in sorted(newest)), tuple(sorted(made_known.items())))


def adopt_announcements(conn: Connection) -> None:
    """Apply the recorded announcements to the loaded terms (R42), in this process."""
    for service, editions in SERVICES.items():
        recorded = {version: one.on for version, one in announcements(conn, service).items()}
        if recorded != editions.announced:
            editions.announce(recorded)


def rows_of_editions(conn: Connection) -> int:
    """Return how many rows the recorded terms have, which grows with every change."""
    return len(_recorded(conn))


def announcements(conn: Connection, service: str = DEFAULT_SERVICE) -> Mapping[str, Announcement]:
    """Return the newest recorded announcement of each version of a service, by the version's name."""
    found = (one for one in _recorded(conn) if one.terms.service == service)
    return {one.terms.version: one.announced for one in found if one.announced is not None}


def announced(terms: Terms, recorded: Mapping[str, Announcement]) -> Terms:
    """Return a version with its recorded announcement, otherwise as in its file."""
    found = recorded.get(terms.version)
    return terms if found is None else replace(terms, announced_on=found.on)


def _recorded(conn: Connection) -> tuple[_Recorded, ...]:
    """Return every row of the editions, in the order of recording; read again only after a change."""
    heads = tuple(fetch_tuples(conn, _HEADS, {}))
    if heads not in _read:
        if len(_read) >= _KEPT:
            _read.clear()
        _read[heads] = tuple(
            _recorded_row(row.subject_id, row.recorded_at, orjson.loads(row.payload)["facts"])
            for row in conn.execute(_ROWS)
        )
    return _read[heads]


def _recorded_row(subject_id: str, at: datetime, facts: Mapping[str, Any]) -> _Recorded:
    on, announced = facts.get("announced_on"), None
    if on is not None:
        announced = Announcement(date.fromisoformat(on), facts["how"])
    return _Recorded(subject_id, at, terms_of(facts["content"]), announced)


def _editions(versions: tuple[Terms, ...], made_known: _MadeKnown) -> Editions:
    """Return the loaded editions if they are equal and apply to the same contracts."""
    by_service: dict[str, tuple[Terms, ...]] = {}
    for terms in versions:
        by_service[terms.service] = (*by_service.get(terms.service, ()), terms)
    if all(
        found == tuple(SERVICES.get(service, ())) and SERVICES[service].announced == _of(service, made_known)
        for service, found in by_service.items()
    ):
        return EDITIONS
    return _made(tuple(by_service.items()), made_known)


@lru_cache(maxsize=64)
def _made(versions: tuple[tuple[str, tuple[Terms, ...]], ...], made_known: _MadeKnown) -> Editions:
    """Build editions once: results under some versions are cached by their identity."""
    known = dict(SERVICES)
    for service, found in versions:
        ranges = SERVICES[service].ranges if service in SERVICES else ()
        known[service] = Editions(found, known, _of(service, made_known), ranges=ranges)
    return known[DEFAULT_SERVICE]


def _of(service: str, made_known: _MadeKnown) -> dict[str, date]:
    return {version: on for (of, version), on in made_known if of == service}


def terms_of(content: Content) -> Terms:
    """Return the version with an edition's values; the loaded one if they are equal.

    Raises KeyError, TypeError or ValueError for an edition of another format.
    """
    binding = content["binding"]
    for loaded in SERVICES.get(content["service"], ()):
        if loaded.version == content["version"] and content_of(loaded)["binding"] == binding:
            return loaded
    announced_on = binding["announced_on"]
    unusual: dict[str, Any] = {name: binding[name] for name in UNSAID if name in binding}
    if "meters" in unusual:
        unusual["meters"] = meters_of(unusual["meters"])
    return Terms(
        in_force_from=date.fromisoformat(content["version"]),
        assumed=binding["assumed"],
        items={name: Item(**item) for name, item in binding["items"].items()},
        option_item=binding["option_item"],
        minimum_term_months=binding["minimum_term_months"],
        option_minimum_term_months=binding["option_minimum_term_months"],
        notice_days=binding["notice_days"],
        credit=binding["credit"],
        settings=Settings(**binding["settings"]),
        announced_on=date.fromisoformat(announced_on) if announced_on else None,
        change=binding["change"],
        service=content["service"],
        **unusual,
    )
