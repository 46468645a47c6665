"""Checks the history with the standard library alone; it shares no code with the writer."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine, text

SUBJECTS = ("contract", "drm_option", "item_change", "measure", "credit", "usage", "erasure", "outage", "edition")
REPEATED = {"subject_id": "subject", "seq": "seq", "event": "event", "actor": "actor"}


class Broken(Exception):
    """The history does not verify; the message names the place."""


def verify(engine: Engine) -> int:
    """Check every chain of the database against itself and the current rows; return the number of rows."""
    with engine.connect() as conn:
        rows = conn.execute(text("SELECT * FROM history ORDER BY subject_id, seq")).mappings().all()
        tables = [conn.execute(text(f"SELECT * FROM {t}")).mappings().all() for t in SUBJECTS]
    chains: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        chains.setdefault(row["subject_id"], []).append(row)
    subjects = {subject["id"]: subject for table in tables for subject in table}
    _must(chains.keys() == subjects.keys(), "every subject has a history, and every history a subject")
    for subject_id, chain in chains.items():
        _verify_chain(chain, subjects[subject_id])
    return len(rows)


def canonical(content: Any) -> str:
    """Return RFC 8785 JSON of payload values: sorted, compact, with minimal escapes."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def committed(data: Mapping[str, Any], salt: str) -> str:
    """HMAC-SHA256 of personal data under its salt."""
    return hmac.new(bytes.fromhex(salt), canonical(data).encode(), hashlib.sha256).hexdigest()


def _verify_chain(chain: list[Mapping[str, Any]], subject: Mapping[str, Any]) -> None:
    previous_hash = state = None
    for number, row in enumerate(chain, start=1):
        where = f"{row['subject_id']}.{row['seq']}"
        payload = json.loads(row["payload"], parse_float=_no_float)
        _must(canonical(payload) == row["payload"], f"{where} is canonical")
        _must(row["seq"] == number, f"{where} is number {number}")
        _must(payload["previous_hash"] == previous_hash, f"{where} names the hash before it")
        _must(payload["from_state"] == state, f"{where} starts where the row before it ended")
        for column, name in REPEATED.items():
            _must(row[column] == payload[name], f"{where} says the same {column} twice")
        previous_hash, state = hashlib.sha256(b"\0" + row["payload"].encode()).hexdigest(), payload["to_state"]
        _must(row["hash"] == previous_hash, f"{where} has the hash of its payload")
        _must(_small(payload), f"{where} holds no integer of 2^53 or more")
    where = subject["id"]
    _must(subject["head_hash"] == previous_hash, f"{where} names its newest hash")
    _must(subject["seq"] == len(chain), f"{where} counts its rows")
    _must(subject["state"] == state, f"{where} is in the state that its history ends in")


def _must(holds: bool, what: str) -> None:
    if not holds:
        raise Broken(f"not so: {what}")


def _no_float(text: str) -> None:
    raise Broken(f"a fraction in a payload: {text}")


def _small(content: Any) -> bool:
    if isinstance(content, dict):
        return all(name.isascii() and _small(value) for name, value in content.items())
    if isinstance(content, list):
        return all(map(_small, content))
    return not isinstance(content, int) or abs(content) < 2**53
