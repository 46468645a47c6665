"""The hash chain of each subject: the payload of a history row and its hash.

payload = RFC 8785 JSON: ASCII keys, strings, integers below 2^53 and null only, so that sorted compact JSON
is canonical. hash = SHA-256(0x00 ‖ payload), the leaf hash of RFC 9162; the payload holds the previous hash.
"""

import hashlib
import hmac
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson

from lifecycle.machines.dossier import kind_of
from lifecycle.machines.step import Entry
from lifecycle.terms.calendar import instant
from lifecycle.terms.edition import edition_of
from lifecycle.terms.ruling import Ruling


def payload_of(entry: Entry, previous_hash: str | None, commitment: str | None = None) -> bytes:
    """The exact bytes a history row is hashed over. commitment: to personal data, never the data itself."""
    act, subject = entry.act, entry.subject
    content: dict[str, Any] = {
        "kind": kind_of(subject),
        "subject": subject.id,
        "seq": subject.seq,
        "previous_hash": previous_hash,
        "event": entry.event,
        "from_state": entry.from_state,
        "to_state": entry.to_state,
        "due_at": instant(entry.due_at),
        "effective_at": instant(act.effective_at),
        "recorded_at": instant(act.now),
        "actor": act.actor,
        "approver": act.approver,
        "caused_by": act.caused_by,
        "reason": act.reason,
        "facts": entry.facts,
        "rulings": _rulings(entry.rulings),
        "terms": entry.terms.version,
        "edition": edition_of(entry.terms),
    }
    if entry.before:
        content["rulings_before"] = _rulings(entry.before)
    if entry.line is not None:
        content["line"] = entry.line
    if entry.moved:
        content["moved"] = [
            {"subject": m.subject_id, "rulings_before": _rulings(m.before), "rulings": _rulings(m.after)}
            for m in entry.moved
        ]
    if commitment is not None:
        content["personal"] = commitment
    return canonical(content)


def canonical(content: Mapping[str, Any]) -> bytes:
    """Sorted, compact JSON: RFC 8785 for the content that payloads are made of."""
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)


def leaf_hash(payload: bytes) -> str:
    """SHA-256(0x00 ‖ payload) in hexadecimal (RFC 9162, 2.1.1)."""
    return hashlib.sha256(b"\x00" + payload).hexdigest()


def commit_to(personal: Mapping[str, Any], salt: str) -> str:
    """HMAC-SHA256 of personal data under its salt: proves the data while both exist, says nothing once erased."""
    return hmac.digest(bytes.fromhex(salt), canonical(personal), "sha256").hex()


@lru_cache(maxsize=8192)
def _rulings(rulings: tuple[Ruling, ...]) -> orjson.Fragment:
    """Rulings as canonical JSON, ready to be set into a payload: the same ones recur on many rows."""
    stored = [ruling.as_stored() for ruling in rulings]
    return orjson.Fragment(orjson.dumps(stored, option=orjson.OPT_SORT_KEYS))
