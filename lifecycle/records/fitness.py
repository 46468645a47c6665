"""Whether a program and a database match: by the revision and by the checksums of its migrations.

Migrations only expand: a program works with a database that a newer one has migrated, unless the database records
that it does not.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from sqlalchemy import Connection, Engine, delete, insert, inspect, select, text

from lifecycle.records import tables
from lifecycle.records.engine import reading

SCRIPTS = files("lifecycle.records").joinpath("migrations")
FIRST = "0001"
_WORKS_FROM = re.compile(r"^works_from = '(\d{4})'$", re.MULTILINE)
_applied = tables.applied_migration.c
Standing = Literal["missing", "behind", "current", "newer", "too new", "changed"]


@dataclass(frozen=True, slots=True)
class Fitness:
    """The result. at: the revision of the database. changed: migrations that differ from the applied ones."""

    standing: Standing
    at: str | None = None
    changed: tuple[str, ...] = ()

    @property
    def fits(self) -> bool:
        """Whether the program works with it."""
        return self.standing in ("current", "newer")

    @property
    def detail(self) -> str:
        """A sentence with the necessary action."""
        match self.standing:
            case "current":
                return "at the newest revision"
            case "missing" | "behind":
                return "not at the newest revision: run lifecycle migrate"
            case "newer":
                return f"at revision {self.at}, newer than this program's {newest()}; both work together"
            case "too new":
                return f"at revision {self.at}, with which this program of revision {newest()} does not work"
        return (
            f"migration {', '.join(self.changed)} is not the one that was applied to the database (its checksum "
            "differs): install the released version again, or run lifecycle migrate --accept-changed"
        )


def fitness(engine: Engine, *, thorough: bool = False) -> Fitness:
    """Compare a database with this program. thorough: whether to compare checksums, too."""
    with reading(engine) as conn:
        return fitness_on(conn, thorough=thorough)


def fitness_on(conn: Connection, *, thorough: bool = False) -> Fitness:
    """The same, on a connection."""
    found = inspect(conn)
    if not found.has_table("alembic_version"):
        return Fitness("missing")
    at = conn.execute(text("SELECT version_num FROM alembic_version")).scalars().first()
    if at is None:
        return Fitness("missing")
    if at > newest():
        row = select(_applied.works_from).where(_applied.revision == at)
        works_from = conn.execute(row).scalar_one_or_none() if found.has_table("applied_migration") else None
        return Fitness("newer" if works_from is not None and works_from <= newest() else "too new", at)
    if thorough and found.has_table("applied_migration") and (changed := changed_migrations(conn)):
        return Fitness("changed", at, changed)
    return Fitness("current" if at == newest() else "behind", at)


def changed_migrations(conn: Connection) -> tuple[str, ...]:
    """Return the names of the migrations whose text differs from the applied one."""
    ours = checksums()
    kept = conn.execute(select(_applied.revision, _applied.checksum).order_by(_applied.revision))
    return tuple(_names()[row.revision] for row in kept if ours.get(row.revision, row.checksum) != row.checksum)


def put_on_record(conn: Connection, *, anew: bool = False) -> None:
    """Record this program's applied migrations. anew: replace different records."""
    if anew:
        conn.execute(delete(tables.applied_migration).where(_applied.revision.in_(list(checksums()))))
    known, works_from, rows = set(conn.execute(select(_applied.revision)).scalars()), FIRST, []
    for revision, checksum in checksums().items():
        works_from = _promises().get(revision, works_from)
        if revision not in known:
            rows.append({"revision": revision, "checksum": checksum, "works_from": works_from})
    if rows:
        conn.execute(insert(tables.applied_migration), rows)


@cache
def newest() -> str:
    """Return the newest revision: the highest number at the start of a migration's file name."""
    return max(_names())


@cache
def checksums() -> Mapping[str, str]:
    """Return the SHA-256 of each migration's text, by its revision, in order."""
    return {revision: hashlib.sha256(_text(name).encode()).hexdigest() for revision, name in _names().items()}


@cache
def _names() -> Mapping[str, str]:
    names = sorted(file.name.removesuffix(".py") for file in SCRIPTS.joinpath("versions").iterdir())
    return {name[:4]: name for name in names if name[:4].isdecimal()}


@cache
def _promises() -> Mapping[str, str]:
    """Return the oldest revision whose program works with the tables after a migration, if it declares one."""
    found = {revision: _WORKS_FROM.search(_text(name)) for revision, name in _names().items()}
    return {revision: said[1] for revision, said in found.items() if said}


def _text(name: str) -> str:
    return SCRIPTS.joinpath("versions", f"{name}.py").read_text("utf-8")
