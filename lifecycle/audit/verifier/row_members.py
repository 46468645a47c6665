"""Members of an exported row, checked for their form."""

import re
from collections.abc import Mapping
from typing import Any

from lifecycle.audit.verifier.lines import Bad


def line_of(line: Any) -> Mapping[str, Any]:
    """The member `line` of a row. Raises Bad where it is not as the service writes it."""
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


def entries_of(row: Mapping[str, Any]) -> list[str]:
    """The entries that an annulment takes out. Raises Bad where it does not say so."""
    facts = row["facts"]
    entries = facts.get("entries") if isinstance(facts, dict) else None
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        raise Bad("it does not say which entries it annuls")
    return entries


def row_number(row_id: str) -> int | None:
    """The number of a row in its chain, None where the id has none."""
    number = row_id.rpartition(".")[2]
    return int(number) if number.isdecimal() and number.isascii() and len(number) < 10 else None


def issued_month(row: Mapping[str, Any]) -> str:
    """The month whose statement a row says was sent. Raises Bad where it is not as the service writes it."""
    facts = row["facts"]
    right = isinstance(facts, dict) and facts.keys() == {"month", "total_yen", "sha256"}
    if right:
        month, digest = facts["month"], facts["sha256"]
        right = isinstance(month, str) and re.fullmatch("[0-9]{4}-[0-9]{2}", month) is not None
        right = right and isinstance(digest, str) and re.fullmatch("[0-9a-f]{64}", digest) is not None
        right = right and type(facts["total_yen"]) is int
    if not right:
        raise Bad("it does not say which month's statement was sent, with its total and hash")
    return str(facts["month"])
