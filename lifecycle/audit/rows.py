"""Reading the rows of an export: canonical bytes, the chain of each subject, steps that its machine knows.

A row's payload is RFC 8785 JSON with fixed names in a fixed order, so it can be cut into pieces that are judged
once: rulings, facts and days recur on many rows. What does not have that shape is parsed whole; what is judged is
the same.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Steps = Mapping[str, Mapping[str, Mapping[str, Sequence[str]]]]  # kind → event → from ("" opens) → to
Step = tuple[bytes, bytes, bytes | None, str, str]  # subject, seq, previous hash, kind and state before and after

NAMES = (
    "actor", "approver", "caused_by", "due_at", "effective_at", "event", "facts", "from_state", "kind",
    "previous_hash", "reason", "recorded_at", "rulings", "seq", "subject", "terms", "to_state",
)  # fmt: skip
MAY_HAVE = frozenset(("moved", "personal", "rulings_before"))
REMEMBERED = 20_000  # pieces of each sort
_TEXT = rb'"[ !#-\[\]-~]*+"'  # a string without anything that needs an escape
_TEXT_OR_NULL = rb"(?:null|" + _TEXT + rb")"
_HEAD = re.compile(
    rb'\{"actor":' + _TEXT + rb',"approver":' + _TEXT_OR_NULL + rb',"caused_by":' + _TEXT_OR_NULL
).fullmatch  # fmt: skip
_MOVE = ("due_at", "effective_at", "event", "facts", "from_state", "kind")
_PLAIN = re.compile(rb"[ !#-\[\]-~]+")
_HASH = re.compile(rb"[0-9a-f]{64}")
_PREVIOUS, _NO_PREVIOUS = b',"previous_hash":"', b',"previous_hash":null'
_NUMBERS = [b"%d" % n for n in range(1000)]


class Bad(Exception):
    """A row that cannot have been written by the service; the message says why."""


class Fractional(ValueError):
    """A number that is no integer."""


@dataclass(slots=True)
class Head:
    """The newest row of a subject: its hash, its number, kind and state, and the line it stands on."""

    hash: bytes
    seq: int
    state: str
    line: int


class Rows:
    """Reads payloads, and remembers the pieces that were found to be canonical."""

    def __init__(self, steps: Steps) -> None:
        self._steps = {
            (kind, event, begin): {to.encode(): f"{kind} {to}" for to in ends}
            for kind, events in steps.items()
            for event, begins in events.items()
            for begin, ends in begins.items()
        }
        self._moves: dict[bytes, tuple[str, dict[bytes, str]]] = {}
        self._ends: dict[bytes, bytes] = {}
        self._known: set[bytes] = set()

    def read(self, row: bytes) -> Step:
        """What a payload says of its place in its chain; its rulings are left to `judge`. Raises Bad."""
        find = row.find
        due = find(b',"due_at":')
        if not _HEAD(row, 0, due):
            return self._whole(row)
        previous = find(b',"previous_hash":', due)
        rulings = find(b',"rulings":', previous)
        seq = row.rfind(b',"seq":')  # where `judge` takes the rulings to end
        subject = find(b',"subject":"', seq)
        terms = find(b'","terms":', subject)
        if row[previous : previous + 18] == _PREVIOUS:
            hash_, between = row[previous + 18 : previous + 82], row[previous + 82 : rulings]
        elif row[previous : previous + 21] == _NO_PREVIOUS:
            hash_, between = None, b'"' + row[previous + 21 : rulings]
        else:
            return self._whole(row)
        piece = row[due:previous]
        begins, ends = self._moves.get(piece) or self._learn_move(piece)
        piece = row[terms:]
        end = self._ends.get(piece) or self._learn_end(piece)
        if between not in self._known:
            self._learn_between(between)
        after = ends.get(end)
        if after is None:
            raise Bad(f"no machine goes from {begins} to {end.decode()} by this event")
        return row[subject + 12 : terms], row[seq + 7 : subject], hash_, begins, after

    def judge(self, row: bytes) -> None:
        """Whether the rulings of a payload, most of its bytes, are canonical. Raises Bad."""
        rulings = row.find(b',"rulings":', row.find(b',"previous_hash":'))
        piece = row[rulings : row.rfind(b',"seq":')]
        if piece not in self._known:
            self._learn(piece, piece, ("rulings",), ("rulings_before",))

    def _learn_move(self, piece: bytes) -> tuple[str, dict[bytes, str]]:
        said = _members(piece, _MOVE, ("moved", "personal"))
        begins = f"{said['kind']} {said['from_state'] or ''}"
        move = begins, self._targets(said["kind"], said["event"], said["from_state"])
        _make_room(self._moves)
        self._moves[piece] = move
        return move

    def _learn_between(self, piece: bytes) -> None:
        if piece[:1] != b'"':
            raise Bad("the previous hash is no hash")
        self._learn(piece, piece[1:], ("reason", "recorded_at"))

    def _learn_end(self, piece: bytes) -> bytes:
        if piece[-1:] != b"}":
            raise Bad("not the fields of a history row, in their order")
        said = _members(b',"subject":"' + piece[:-1], ("subject", "terms", "to_state"))
        _make_room(self._ends)
        self._ends[piece] = end = bytes(said["to_state"].encode())
        return end

    def _learn(self, piece: bytes, members: bytes, names: Sequence[str], more: Sequence[str] = ()) -> None:
        _members(members, names, more)
        _make_room(self._known)
        self._known.add(piece)

    def _targets(self, kind: Any, event: Any, begin: Any) -> dict[bytes, str]:
        try:
            return self._steps[kind, event, begin or ""]
        except (KeyError, TypeError):
            raise Bad(f"no {kind} takes the event {event} in the state {begin}") from None

    def _whole(self, row: bytes) -> Step:
        """The same, of a payload parsed as a whole."""
        said = _canonical(row)
        if not isinstance(said, dict) or not said.keys() >= set(NAMES) or said.keys() - set(NAMES) - MAY_HAVE:
            raise Bad("not the fields of a history row")
        texts = [said[name] for name in ("subject", "to_state", "kind", "event", "actor")]
        previous = said["previous_hash"]
        number = said["seq"]
        if not all(isinstance(text, str) for text in texts) or not isinstance(number, int) or number is True:
            raise Bad("a field of a history row is of the wrong kind")
        if previous is not None and not (isinstance(previous, str) and _HASH.fullmatch(previous.encode())):
            raise Bad("the previous hash is no hash")
        after = self._targets(said["kind"], said["event"], said["from_state"]).get(said["to_state"].encode())
        if after is None:
            raise Bad(f"no {said['kind']} goes from {said['from_state']} to {said['to_state']} by {said['event']}")
        before = f"{said['kind']} {said['from_state'] or ''}"
        hash_ = None if previous is None else previous.encode()
        return said["subject"].encode(), b"%d" % number, hash_, before, after


@dataclass(slots=True)
class Chains:
    """The newest row of every subject so far: what bounds the memory of a verification."""

    heads: dict[bytes, Head] = field(default_factory=dict)

    def add(self, step: Step, hash_: bytes, line: int) -> None:
        """Takes the next row. Raises Broken."""
        subject, seq, previous, before, after = step
        head = self.heads.get(subject)
        if head is None:
            if seq != b"1":
                raise Broken(f"row 1 of {_shown(subject)} is missing: its first is {_shown(seq)}")
            if previous is not None or before[-1] != " " or not _PLAIN.fullmatch(subject):
                raise Broken(f"the first row of {_shown(subject)} says that others were before it")
            self.heads[subject] = Head(hash_, 1, after, line)
            return
        next_ = head.seq + 1
        if seq != (_NUMBERS[next_] if next_ < 1000 else b"%d" % next_):
            if seq.isdigit() and len(seq) < 16 and int(seq) > next_:
                raise Broken(f"row {next_} of {_shown(subject)} is missing before its row {_shown(seq)}")
            raise Broken(f"row {_shown(seq)} of {_shown(subject)} stands where row {next_} belongs", head.line)
        if previous != head.hash:
            raise Broken(
                f"row {next_} of {_shown(subject)} does not name the hash of its row {head.seq}", head.line
            )
        if before != head.state:
            raise Broken(
                f"row {next_} of {_shown(subject)} starts from {before}, not from {head.state}", head.line
            )
        head.hash, head.seq, head.state, head.line = hash_, next_, after, line

    def skip(self, step: Step, hash_: bytes, line: int) -> None:
        """Takes a row of which others of its chain may be left out: later, and bound to the one before if next."""
        subject, seq, previous, _, after = step
        head = self.heads.get(subject)
        if (
            not seq.isdigit()
            or len(seq) > 15
            or (previous is None) != (seq == b"1")
            or not _PLAIN.fullmatch(subject)
        ):
            raise Bad(f"row {_shown(seq)} of {_shown(subject)} is not numbered as a row is")
        if head is not None and int(seq) <= head.seq:
            raise Broken(f"row {_shown(seq)} of {_shown(subject)} comes after its row {head.seq}")
        if head is not None and int(seq) == head.seq + 1:
            self.add(step, hash_, line)
        else:
            self.heads[subject] = Head(hash_, int(seq), after, line)


class Broken(Bad):
    """A row that does not follow the one before it in its chain. earlier: the line of that one, if in doubt."""

    def __init__(self, why: str, earlier: int | None = None) -> None:
        super().__init__(why)
        self.earlier = earlier


def _members(piece: bytes, names: Sequence[str], more: Sequence[str] = ()) -> dict[str, Any]:
    """The members of an object from a piece `,"name":value,…`: all names, and more if they like. Raises Bad."""
    said = _canonical(b"{" + piece[1:] + b"}")
    if [name for name in said if name not in more] != list(names):
        raise Bad("not the fields of a history row, in their order")
    return dict(said)


def _canonical(text: bytes) -> Any:
    """Parsed JSON. Raises Bad where it is not canonical: RFC 8785, ASCII names, integers below 2^53 alone."""
    try:
        said = json.loads(text.decode(), parse_float=_no_fraction, parse_constant=_no_fraction)
        again = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise Bad("not JSON as the service writes it") from None
    if again != text or not _plain(said):
        raise Bad("not the canonical bytes of what it says")
    return said


def _plain(said: Any) -> bool:
    if isinstance(said, dict):
        return all(name.isascii() and _plain(value) for name, value in said.items())
    if isinstance(said, list):
        return all(map(_plain, said))
    return not isinstance(said, int) or abs(said) < 2**53


def _no_fraction(text: str) -> Any:
    raise Fractional(text)


def _make_room(kept: dict[bytes, Any] | set[bytes]) -> None:
    if len(kept) >= REMEMBERED:
        kept.clear()


def _shown(text: bytes) -> str:
    return text[:60].decode("ascii", "replace")
