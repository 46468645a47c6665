"""The journal of a month's issued statements as CSV for accounting software; a file maps kinds to accounts."""

import csv
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import IO, Any

from lifecycle.queries.statements import plain_cell
from lifecycle.queries.views.fields import Answer
from lifecycle.terms.calendar import Month

OTHERS = "others"  # the table of accounts for kinds that have none of their own
PLACES = frozenset(
    ("day", "month", "number", "reference", "contract_id", "kind", "amount_yen", "debit", "credit", "debit_tax",
     "credit_tax", "text")
)  # fmt: skip
_ACCOUNT = frozenset(("debit", "credit", "debit_tax", "credit_tax", "text"))


class BadMapping(ValueError):
    """The mapping cannot be used."""


@dataclass(frozen=True, slots=True)
class JournalMapping:
    """How lines become entries. columns: heading and value of each, the value with places such as {amount_yen}."""

    encoding: str
    header: bool
    day: str
    columns: Sequence[tuple[str, str]]
    accounts: Mapping[str, Mapping[str, str]]


def read_mapping(path: Path) -> JournalMapping:
    """The mapping in a file. Raises OSError, BadMapping."""
    try:
        found = tomllib.loads(path.read_text("utf-8"))
        columns = [(str(one["heading"]), str(one["value"])) for one in found["columns"]]
        accounts = {
            kind: dict.fromkeys(_ACCOUNT, "") | {k: str(v) for k, v in one.items()}
            for kind, one in found["accounts"].items()
        }
        mapping = JournalMapping(
            str(found.get("encoding", "utf-8-sig")), bool(found.get("header", True)),
            str(found.get("day", "%Y/%m/%d")), columns, accounts,
        )  # fmt: skip
        "".encode(mapping.encoding)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, LookupError, TypeError, AttributeError) as error:
        raise BadMapping(f"{type(error).__name__}: {error}") from None
    for heading, value in columns:
        _check(heading, value)
    for kind, one in accounts.items():
        if unknown := set(one) - _ACCOUNT:
            raise BadMapping(f"accounts.{kind}: {', '.join(sorted(unknown))} is not known")
    return mapping


def _check(heading: str, value: str) -> None:
    try:
        places = {name for _, name, _, _ in Formatter().parse(value) if name is not None}
    except ValueError as error:
        raise BadMapping(f"{heading}: {error}") from None
    if unknown := places - PLACES:
        raise BadMapping(f"{heading}: {{{', '.join(sorted(unknown))}}} is not known")


def entries(found: Iterable[Answer], month: Month, mapping: JournalMapping) -> Iterator[list[str]]:
    """An entry for each line of an issued statement that has an amount, dated on the month's last day.

    A negative amount becomes a positive one with debit and credit exchanged. Raises BadMapping for a kind of
    charge that has no accounts.
    """
    issued = (one for one in found if one["issued_at"] is not None)
    lines = ((one, line) for one in issued for line in one["lines"] if line["amount_yen"])
    for number, (one, line) in enumerate(lines, 1):
        account = _account(mapping, line)
        places: dict[str, Any] = {
            "day": month.last.strftime(mapping.day), "month": str(month), "number": number,
            "reference": one["reference"], "contract_id": one["contract_id"], "kind": line["kind"],
            "amount_yen": abs(line["amount_yen"]), **account,
        }  # fmt: skip
        yield [str(plain_cell(value.format(**places))) for _, value in mapping.columns]


def _account(mapping: JournalMapping, line: Answer) -> Mapping[str, str]:
    """The accounts of a line, exchanged where its amount is negative."""
    found = mapping.accounts.get(line["kind"]) or mapping.accounts.get(OTHERS)
    if found is None:
        raise BadMapping(f"accounts.{line['kind']} is missing, and accounts.{OTHERS} too")
    if line["amount_yen"] > 0:
        return found
    back = {"debit": "credit", "credit": "debit", "debit_tax": "credit_tax", "credit_tax": "debit_tax"}
    return {back.get(name, name): value for name, value in found.items()}


def write_journal(found: Iterable[Answer], month: Month, mapping: JournalMapping, file: IO[str]) -> int:
    """Writes the entries; how many. Raises BadMapping, UnicodeEncodeError."""
    writer, written = csv.writer(file), 0
    if mapping.header:
        writer.writerow([heading for heading, _ in mapping.columns])
    for row in entries(found, month, mapping):
        writer.writerow(row)
        written += 1
    return written
