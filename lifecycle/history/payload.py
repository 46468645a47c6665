"""The hash chain of each subject: the payload of a history row and its hash.

payload = RFC 8785 JSON: ASCII keys, strings, integers below 2^53 and null only, so that sorted compact JSON
is canonical. hash = SHA-256(0x00 ‖ payload), the leaf hash of RFC 9162; the payload holds the previous hash.
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

import orjson

from lifecycle.history.repeats import RecordedRulings, in_full, recorded_of
from lifecycle.machines.dossier import Subject, kind_of
from lifecycle.machines.step import Entry
from lifecycle.terms.calendar import instant
from lifecycle.terms.edition import edition_of


def payload_of(
    entry: Entry, previous_hash: str | None, commitment: str | None = None, recorded: RecordedRulings | None = None
) -> bytes:
    """The exact bytes a history row is hashed over. commitment: to personal data, never the data itself.

    recorded: how it has its rulings, in full by default.
    """
    act, subject = entry.act, entry.subject
    recorded = recorded or rulings_of(entry, None)
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
        "rulings": recorded.rulings,
        "terms": entry.terms.version,
        "edition": edition_of(entry.terms),
    }
    if entry.before:
        content["rulings_before"] = recorded.before
    if entry.line is not None:
        content["line"] = entry.line
    if entry.moved:
        content["moved"] = [
            {"subject": m.subject_id, "rulings_before": in_full(m.before), "rulings": in_full(m.after)}
            for m in entry.moved
        ]
    if commitment is not None:
        content["personal"] = commitment
    return canonical(content)


def rulings_of(entry: Entry, said: str | None) -> RecordedRulings:
    """How a row has its rulings. said: where the chain has them in full so far (Subject.rulings_said)."""
    return recorded_of(entry.rulings, entry.before, entry.subject.seq, said)


def said_after(entry: Entry, recorded: RecordedRulings) -> str | None:
    """Where the rows of a chain have rulings in full, after one more. Nothing follows an end."""
    subject = entry.subject
    return recorded.said if isinstance(subject, Subject) and subject.live else None


def canonical(content: Mapping[str, Any]) -> bytes:
    """Sorted, compact JSON: RFC 8785 for the content that payloads are made of."""
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)


def leaf_hash(payload: bytes) -> str:
    """SHA-256(0x00 ‖ payload) in hexadecimal (RFC 9162, 2.1.1)."""
    return hashlib.sha256(b"\x00" + payload).hexdigest()


def commit_to(personal: Mapping[str, Any], salt: str) -> str:
    """HMAC-SHA256 of personal data under its salt: proves the data while both exist, says nothing once erased."""
    return hmac.digest(bytes.fromhex(salt), canonical(personal), "sha256").hex()
