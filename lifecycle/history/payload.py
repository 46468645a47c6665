"""The hash chain of each subject: the payload of a history row, its rulings, and its hash.

payload = RFC 8785 JSON: ASCII keys, strings, integers below 2^53 and null only, so that sorted compact JSON is
canonical. hash = SHA-256(0x00 ‖ payload), the leaf hash of RFC 9162; the payload contains the previous hash.

A ruling is written in full, or as a reference to an earlier row of the chain that has it in full: a text such as
"4.2 R8 choice", the third ruling of row 4, with its reading and basis, and ", assumed" if the text of its terms is
assumed. The positions of current rulings about days and fees are stored with their subject, with a mark of each
ruling: rows do not change, so a position stays right. Nothing else is stored, because contracts whose clock event
reads equal values must store equal values (timers/shapes.py).
"""

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

import orjson

from lifecycle.machines.dossier import Subject, kind_of
from lifecycle.machines.step import Entry
from lifecycle.terms.calendar import instant
from lifecycle.terms.edition import edition_of
from lifecycle.terms.ruling import Ruling

Stored = dict[str, Any]  # a ruling in full
_PLACE = re.compile(r"([0-9]{1,9})\.([0-9]{1,4}) ")
NAMES = ("rulings", "rulings_before")
GO_ON = frozenset(
    (
        "agreed_end",
        "billing_never_starts",
        "company_end",
        "ends_with_base_contract",
        "later_of_notice_and_chosen_day",
        "minimum_term",
        "monthly_fee",
        "newest_agreement_decides",
        "notice_period",
        "open_condition",
        "option_starts_with_base",
        "quoted_monthly_fee",
        "several_notices",
    )
)  # rules whose rulings recur in later rows


class RecordedRulings(NamedTuple):
    """The rulings of a row and of earlier rows as JSON, and where the chain has rulings in full after it."""

    rulings: orjson.Fragment
    before: orjson.Fragment
    said: str | None


def recorded_of(
    rulings: tuple[Ruling, ...], before: tuple[Ruling, ...], seq: int, said: str | None
) -> RecordedRulings:
    """Return the form of the rulings of a numbered row. said: where earlier rows have them in full."""
    one = _recorded(rulings, before, said)
    if one.new:
        places = [f"{place if isinstance(place, str) else f'{seq}.{place}'}:{mark}" for mark, place in one.now]
        said = " ".join(places)
    return RecordedRulings(one.rulings, one.before, said)


class _OfAnyNumber(NamedTuple):
    """The same for a row of any number. now: marks with their positions, for new ones the position in that row."""

    rulings: orjson.Fragment
    before: orjson.Fragment
    now: tuple[tuple[str, str | int], ...]
    new: bool


@lru_cache(maxsize=8192)
def _recorded(rulings: tuple[Ruling, ...], before: tuple[Ruling, ...], said: str | None) -> _OfAnyNumber:
    known = _known(said) if said else {}
    now: dict[str, str | int] = {}
    texts = []
    for number, one in enumerate(_written(rulings)):
        place = known.get(one.mark)
        texts.append(one.full if place is None else f'"{place}{one.behind_place}')
        if one.goes_on:
            now.setdefault(one.mark, place or number)
    old = []
    for one in _written(before) if before else ():
        place = known.get(one.mark)
        old.append(one.full if place is None else f'"{place}{one.behind_place}')
        if place is not None:
            now.setdefault(one.mark, place)
    new = bool(now.keys() - known.keys())
    return _OfAnyNumber(_list(texts), _list(old), tuple(now.items()), new)


@lru_cache(maxsize=8192)
def in_full(rulings: tuple[Ruling, ...]) -> orjson.Fragment:
    """Return rulings as canonical JSON for a payload. Cached, because the same ones recur in many rows."""
    return _list([one.full for one in _written(rulings)])


def told(text: str) -> Stored:
    """Return what a reference itself says: the rest if its target was deleted."""
    _, _, said = text.partition(" ")
    reading, _, rest = said.partition(" ")
    basis, _, assumed = rest.partition(", ")
    return {
        "rule": "lost", "article": "", "parameters": {}, "reading": reading, "basis": basis, "terms": "",
        "assumed": bool(assumed),
    }  # fmt: skip


def places_in(rows: Iterable[Mapping[str, Any]]) -> set[tuple[str, int]]:
    """Return the rows, by subject and number, that contain in full what rows refer to."""
    return {
        (row["subject"], int(at[1]))
        for row in rows
        for name in NAMES
        for one in row.get(name, ())
        if isinstance(one, str) and (at := _PLACE.match(one))
    }


def mark_of(ruling: bytes) -> str:
    """Return the mark of a ruling in full, as canonical JSON."""
    return urlsafe_b64encode(sha256(ruling).digest()[:9]).decode()


def fill_in(rows: Iterable[Mapping[str, Any]], rulings_of: Callable[[str, int], Sequence[Any]]) -> None:
    """Replace references by their rulings, marked as such. rulings_of: those of a subject's row by its number."""
    for row in rows:
        for name in NAMES:
            for number, one in enumerate(row.get(name, ())):
                if isinstance(one, str):
                    row[name][number] = {**_found(one, row["subject"], rulings_of), "repeats": one}


def _found(text: str, subject: str, rulings_of: Callable[[str, int], Sequence[Any]]) -> Stored:
    at = _PLACE.match(text)
    found = rulings_of(subject, int(at[1]))[int(at[2]) :][:1] if at else ()
    return dict(found[0]) if found and isinstance(found[0], dict) else told(text)


class _Written(NamedTuple):
    """A ruling as JSON. full: in full. behind_place: the rest of its reference, up to the closing quotation
    mark.
    """

    full: str
    mark: str
    behind_place: str
    goes_on: bool


@lru_cache(maxsize=8192)
def _written(rulings: tuple[Ruling, ...]) -> tuple[_Written, ...]:
    """Return rulings in their written form. Cached, because the same ones recur in rows that differ otherwise."""
    return tuple(map(_written_one, rulings))


@lru_cache(maxsize=8192)
def _written_one(ruling: Ruling) -> _Written:
    full = orjson.dumps(ruling.as_stored(), option=orjson.OPT_SORT_KEYS)
    assumed = ", assumed" if ruling.assumed else ""
    behind_place = orjson.dumps(f" {ruling.reading} {ruling.basis}{assumed}").decode()[1:]
    return _Written(full.decode(), mark_of(full), behind_place, ruling.rule in GO_ON)


@lru_cache(maxsize=8192)
def _known(said: str) -> dict[str, str]:
    """Return the positions by their marks. Callers share them and must not change them."""
    return dict([one.split(":")[::-1] for one in said.split()])


def _list(texts: Sequence[str]) -> orjson.Fragment:
    return orjson.Fragment(f"[{','.join(texts)}]")


def payload_of(
    entry: Entry, previous_hash: str | None, commitment: str | None = None, recorded: RecordedRulings | None = None
) -> bytes:
    """Return the exact bytes over which a history row is hashed. commitment: to personal data, never the data
    itself. recorded: the form of its rulings, in full by default.
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
    """Return the form of a row's rulings. said: where the chain has them in full so far (Subject.rulings_said)."""
    return recorded_of(entry.rulings, entry.before, entry.subject.seq, said)


def full_rulings_after(entry: Entry, recorded: RecordedRulings) -> str | None:
    """Return where the chain has rulings in full after one more row. Nothing follows an end."""
    subject = entry.subject
    return recorded.said if isinstance(subject, Subject) and subject.live else None


def canonical(content: Mapping[str, Any]) -> bytes:
    """Return sorted, compact JSON: RFC 8785 for the content of payloads."""
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)


def leaf_hash(payload: bytes) -> str:
    """Return SHA-256(0x00 ‖ payload) in hexadecimal (RFC 9162, 2.1.1)."""
    return hashlib.sha256(b"\x00" + payload).hexdigest()


def commit_to(personal: Mapping[str, Any], salt: str) -> str:
    """Return the HMAC-SHA256 of personal data under its salt: it proves the data while both exist, and reveals
    nothing after an erasure.
    """
    return hmac.digest(bytes.fromhex(salt), canonical(personal), "sha256").hex()
