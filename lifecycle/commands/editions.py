"""Records the editions of the terms; values that differ from the record are refused."""

import logging
from collections.abc import Iterable, Iterator
from datetime import date

import orjson
from sqlalchemy import Connection, select, text

from lifecycle.commands.command import CommandContext
from lifecycle.errors import Malformed, Unknown
from lifecycle.history.editions_known import adopt_announcements
from lifecycle.history.store import chain_entities, store
from lifecycle.machines.events.record_edition import (
    ANNOUNCE,
    CORRECT,
    ON_RECORD,
    RECORD,
    REWORD,
    AnnounceEdition,
    RecordEdition,
)
from lifecycle.machines.parts import Edition
from lifecycle.machines.step import Act, Entry
from lifecycle.records import tables
from lifecycle.records.engine import is_sqlite
from lifecycle.terms.calendar import tokyo_day
from lifecycle.terms.default_service import DEFAULT_SERVICE
from lifecycle.terms.edition import Content, content_of, differences, edition_id, edition_of
from lifecycle.terms.editions import EDITIONS, SERVICES, Editions
from lifecycle.terms.version import Terms

ONE_RECORDER = 8_000_003  # the lock of processes that record editions at the same time
SAID = 10  # maximum number of listed differences
_table = tables.SUBJECTS["edition"]
log = logging.getLogger(__name__)


class EditionDiffers(Exception):
    """The values of a file of terms differ from the recorded edition of that version."""

    def __init__(self, version: str, different: Iterable[str]) -> None:
        self.version, self.different = version, tuple(different)
        told = "; ".join(self.different[:SAID])
        more = f" and {len(self.different) - SAID} more" if len(self.different) > SAID else ""
        super().__init__(
            f"The terms of {version} differ from the edition on record: {told}{more}. New terms are a new file "
            f"with a day of its own. `lifecycle terms correct {version} --reason …` puts a mistake right."
        )


class ServiceNotLoaded(EditionDiffers):
    """Contracts are of a service whose folder is not loaded."""

    def __init__(self, service: str) -> None:
        Exception.__init__(
            self,
            f"Contracts are of the service {service}, which is not loaded: name its folder in LIFECYCLE_SERVICES.",
        )


class NothingToCorrect(Exception):
    """The file has the recorded values."""


def record_editions(conn: Connection, context: CommandContext, editions: Editions | None = None) -> None:
    """Record each new edition and each changed text; of all services if none is named.

    Raises EditionDiffers, ServiceNotLoaded.
    """
    if not is_sqlite(conn):
        conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": ONE_RECORDER})
    _refuse_missing_service(conn)
    for terms in _all(editions):
        old = on_record(conn, terms.version, terms.service)
        if old is None:
            _write(conn, None, terms, RECORD, context)
        elif old.edition != edition_of(terms):
            _refuse_other_values(conn, old, terms, tokyo_day(context.now))
            _write(conn, old, terms, REWORD, context)
    adopt_announcements(conn)
    for terms in _all(editions):
        if (late := SERVICES[terms.service].known_late(terms)) is not None:
            log.warning(
                "the terms of %s were announced on %s; they do not reach earlier contracts", terms.version, late
            )


def refuse_other_editions(conn: Connection, editions: Editions | None = None) -> None:
    """Raise EditionDiffers if a recorded edition has other values, ServiceNotLoaded. Writes nothing."""
    _refuse_missing_service(conn)
    for terms in _all(editions):
        old = on_record(conn, terms.version, terms.service)
        if old is not None and old.edition != edition_of(terms):
            _refuse_other_values(conn, old, terms)
    adopt_announcements(conn)


def correct_edition(conn: Connection, terms: Terms, context: CommandContext) -> Edition:
    """Record the loaded values in place of others, with the reason.

    Raises NothingToCorrect if they are already recorded.
    """
    old = on_record(conn, terms.version, terms.service)
    if old is None or old.edition == edition_of(terms):
        raise NothingToCorrect(f"The terms of {terms.version} are the edition on record.")
    return _write(conn, old, terms, CORRECT, context)


def _all(editions: Editions | None) -> Iterator[Terms]:
    for one in SERVICES.values() if editions is None else (editions,):
        yield from one


def announce_edition(
    conn: Connection, version: str, announced_on: date, how: str, context: CommandContext,
    service: str = DEFAULT_SERVICE,
) -> Edition:  # fmt: skip
    """Records when a version was made known to the customers, and how (R42). Raises Unknown, Malformed."""
    old = on_record(conn, version, service)
    if old is None:
        raise Unknown("version of the terms", version)
    if announced_on > tokyo_day(context.now):
        raise Malformed([("/announced_on", "lies in the future")])
    facts = AnnounceEdition(
        service=service, version=version, edition=old.edition, content=content_on_record(conn, old),
        announced_on=announced_on, how=how,
    )  # fmt: skip
    editions = EDITIONS.of(service)
    terms = next((one for one in editions if one.version == version), None)
    return _store(conn, old, facts, terms or editions.on(tokyo_day(context.now)), ANNOUNCE, context)


def on_record(conn: Connection, version: str, service: str = DEFAULT_SERVICE) -> Edition | None:
    """Return the recorded edition of a version."""
    names = [column for column in _table.c if column.name in Edition.__dataclass_fields__]
    found = conn.execute(select(*names).where(_table.c.service == service, _table.c.terms_version == version))
    row = found.first()
    return Edition.of(row._asdict()) if row is not None else None


def content_on_record(conn: Connection, edition: Edition) -> Content:
    """The content of the edition's newest row."""
    history = tables.history.c
    found = select(history.payload).where(history.subject_id == edition.id, history.seq == edition.seq)
    content: Content = orjson.loads(conn.execute(found).scalar_one())["facts"]["content"]
    return content


def _refuse_missing_service(conn: Connection) -> None:
    """Raise ServiceNotLoaded; one index lookup for each service that contracts have."""
    column, found = tables.contract.c.service, ""
    following = select(column).order_by(column).limit(1)
    while (service := conn.execute(following.where(column > found)).scalar_one_or_none()) is not None:
        if service not in SERVICES:
            raise ServiceNotLoaded(service)
        found = service


def _refuse_other_values(conn: Connection, old: Edition, terms: Terms, today: date = date.min) -> None:
    """today: a list of domains and certificates that is not on record yet begins then or later."""
    recorded, loaded = content_on_record(conn, old), content_of(terms)
    lists, found = (
        {one["from_on"]: one for one in said["texts"].get("ranges", ())} for said in (recorded, loaded)
    )
    own = {day: one for day, one in found.items() if day in lists or day < today.isoformat()}
    different = [
        *differences(recorded["binding"], loaded["binding"]),
        *differences({"ranges": lists}, {"ranges": own}),
    ]
    if different:
        raise EditionDiffers(terms.version, different)


def _write(conn: Connection, old: Edition | None, terms: Terms, event: str, context: CommandContext) -> Edition:
    facts = RecordEdition(
        service=terms.service, version=terms.version, edition=edition_of(terms), content=content_of(terms)
    )
    return _store(conn, old, facts, terms, event, context)


def _store(
    conn: Connection, old: Edition | None, facts: RecordEdition, terms: Terms, event: str, context: CommandContext
) -> Edition:
    new = Edition(
        id=edition_id(facts.version, facts.service), state=ON_RECORD, service=facts.service,
        terms_version=facts.version,
        edition=facts.edition, seq=old.seq + 1 if old else 1, version=old.version + 1 if old else 1,
    )  # fmt: skip
    act = Act(event, new.id, facts, context.actor, context.now, context.now, context.reason)
    was = old.state if old else None
    entry = Entry(new, event, was, new.state, act, None, facts.to_json(), (), (), terms)
    step = chain_entities([(old, new)], [entry])
    store(conn, [step])
    return new.replace(head_hash=step.heads[new.id])
