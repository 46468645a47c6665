"""Checks the format of members of an exported row."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from lifecycle.audit.verifier.lines import Bad

_MONTH = "[0-9]{4}-[0-9]{2}"
_REPEAT = re.compile(r"(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,3}) R[0-9]+ ")
_FORMS = {"month": _MONTH, "until": _MONTH, "settled_on": f"{_MONTH}-[0-9]{{2}}", "sha256": "[0-9a-f]{64}"}


class HasRulings(Protocol):
    """A row of a chain. full: a bit for each ruling that it has in full."""

    @property
    def full(self) -> int: ...


def line_of(line: Any) -> Mapping[str, Any]:
    """Return the member `line` of a row. Raises Bad for a wrong format."""
    names = set(line) if isinstance(line, dict) else set()
    taken, added = {"supersedes"}, {"brought_by", "from", "to"}
    right = names in (taken, taken | {"from", "to"}, added)
    if right and "to" in names:
        right = isinstance(line["to"], str) and (line["from"] is None or isinstance(line["from"], str))
    if right and "supersedes" in names:
        seqs = line["supersedes"]
        right = isinstance(seqs, list) and all(type(seq) is int for seq in seqs)
    if right and "brought_by" in names:
        right = isinstance(line["brought_by"], str)
    if not right:
        raise Bad("its line does not say what it takes out, or what it is added by")
    return dict(line)


def check_repeats(row: Mapping[str, Any], chain: Sequence[HasRulings]) -> int:
    """Raise Bad for a reference to a ruling that no earlier row of the chain has in full.

    Returns a bit for each ruling that the row has in full itself. chain: the earlier rows, each with such bits.
    """
    full = 0
    for name in ("rulings", "rulings_before"):
        if not isinstance(rulings := row.get(name, []), list):
            raise Bad(f"its {name} are no list")
        for number, one in enumerate(rulings):
            if not isinstance(one, str):
                full |= 1 << number if name == "rulings" else 0
            elif (at := _REPEAT.match(one)) is None or not (
                0 < int(at[1]) <= len(chain) and chain[int(at[1]) - 1].full >> int(at[2]) & 1
            ):
                raise Bad(f"it repeats a ruling that no earlier row of {row['subject']} has in full: {one[:60]}")
    return full


def entries_of(row: Mapping[str, Any]) -> list[str]:
    """Return the entries that an annulment removes. Raises Bad for a wrong format."""
    facts = row["facts"]
    entries = facts.get("entries") if isinstance(facts, dict) else None
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        raise Bad("it does not say which entries it annuls")
    return entries


def row_number(row_id: str) -> int | None:
    """Return the number of a row in its chain, None if the id has none."""
    number = row_id.rpartition(".")[2]
    return int(number) if number.isdecimal() and number.isascii() and len(number) < 10 else None


def issued_month(row: Mapping[str, Any]) -> str:
    """Return the month of a row about an issued statement. Raises Bad for a wrong format."""
    if not _says(row["facts"], "month", "total_yen", "sha256"):
        raise Bad("it does not say which month's statement was sent, with its total and hash")
    return str(row["facts"]["month"])


def settled_refund(row: Mapping[str, Any]) -> str:
    """Return the refund or payment of a row about a settlement. Raises Bad for a wrong format."""
    if not _says(row["facts"], "refund", "month", "kind", "subject", "amount_yen", "settled_on", "sha256"):
        raise Bad("it does not say which refund or payment was settled, with its amount and hash")
    return str(row["facts"]["refund"])


def check_mark(row: Mapping[str, Any]) -> None:
    """Raise Bad for a wrong format of a row about months billed elsewhere: up to one, or none."""
    if not _says(row["facts"], "until", "sha256"):
        raise Bad("it does not say which months were billed elsewhere, with the hash of what they cost")


def _says(facts: Any, *names: str) -> bool:
    """Whether facts have exactly these names, each in its format."""
    return (
        isinstance(facts, dict) and facts.keys() == {*names} and all(_in_form(name, facts[name]) for name in names)
    )


def _in_form(name: str, value: Any) -> bool:
    if name.endswith("_yen"):
        return type(value) is int
    if name == "until" and value is None:
        return True
    form = _FORMS.get(name)
    return isinstance(value, str) and (form is None or re.fullmatch(form, value) is not None)
