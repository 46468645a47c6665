"""Reading the rows of an export: canonical bytes, and steps that the machines know.

A row's payload is RFC 8785 JSON with fixed names in a fixed order, so it can be cut into pieces that are judged
once: rulings, facts and days recur on many rows. What does not have that shape is parsed whole; what is judged is
the same.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Steps = Mapping[str, Mapping[str, Mapping[str, Sequence[str]]]]  # kind → event → from ("" opens) → to
Step = tuple[bytes, bytes, bytes | None, str, str]  # subject, seq, previous hash, kind and state before and after

NAMES = (
    "actor", "approver", "caused_by", "due_at", "effective_at", "event", "facts", "from_state", "kind",
    "previous_hash", "reason", "recorded_at", "rulings", "seq", "subject", "terms", "to_state",
)  # fmt: skip
MAY_HAVE = frozenset(("moved", "personal", "rulings_before"))
REMEMBERED = 20_000  # pieces of each sort
ENDS = 20  # of them, for each piece that they follow
_TEXT = rb'"[ !#-\[\]-~]*+"'  # a string without anything that needs an escape
_TEXT_OR_NULL = rb"(?:null|" + _TEXT + rb")"
START = re.compile(
    rb'\{"actor":' + _TEXT + rb',"approver":' + _TEXT_OR_NULL + rb',"caused_by":' + _TEXT_OR_NULL
).fullmatch  # fmt: skip
_MOVE = ("due_at", "effective_at", "event", "facts", "from_state", "kind")
_HASH = re.compile(rb"[0-9a-f]{64}")
_PREVIOUS, NO_PREVIOUS = b',"previous_hash":"', b',"previous_hash":null'


class Bad(Exception):
    """A row that cannot have been written by the service; the message says why."""


class Fractional(ValueError):
    """A number that is no integer."""


@dataclass(frozen=True, slots=True)
class Move:
    """What a piece from `due_at` to `kind` says: kind and state before, after."""

    before: str
    targets: Mapping[bytes, str]
    ends: dict[bytes, str]

    @property
    def opens(self) -> bool:
        """Whether nothing was before."""
        return self.before[-1] == " "


class RowChecker:
    """Reads payloads, and remembers the pieces that were found to be canonical.

    starts: up to `caused_by`, where that is null. moves: from `due_at` to `kind`, and further up to the previous
    hash. known: the others.
    """

    def __init__(self, steps: Steps) -> None:
        self._steps = {
            (kind, event, begin): {to.encode(): f"{kind} {to}" for to in ends}
            for kind, events in steps.items()
            for event, begins in events.items()
            for begin, ends in begins.items()
        }
        self.moves: dict[bytes, Move] = {}
        self.starts: set[bytes] = set()
        self.known: set[bytes] = set()

    def read(self, line: bytes, at: int = 0, to: int | None = None) -> Step:
        """What a payload, line[at:to], says of its place in its chain; rulings are left to `judge`. Raises Bad."""
        find = line.find
        due = find(b',"due_at":', at)
        head = line[at:due]
        if head not in self.starts and not self._start(head):
            return self._whole(line[at:to])
        previous = find(b',"previous_hash":', due)
        rulings = find(b',"rulings":', previous)
        seq = line.rfind(b',"seq":')  # where `judge` takes the rulings to end
        subject = find(b',"subject":"', seq)
        terms = find(b'","terms":', subject)
        if line[previous : previous + 18] == _PREVIOUS:
            hash_, between = line[previous + 18 : previous + 82], line[previous + 82 : rulings]
        elif line[previous : previous + 21] == NO_PREVIOUS:
            hash_, between = None, b'"' + line[previous + 21 : rulings]
        else:
            return self._whole(line[at:to])
        piece, end = line[due:previous], line[terms:to]
        move = self.moves.get(piece) or self._learn_move(piece)
        if between not in self.known:
            self._learn_between(between)
        after = move.ends.get(end) or self._learn_end(move, end)
        return line[subject + 12 : terms], line[seq + 7 : subject], hash_, move.before, after

    def judge(self, line: bytes) -> None:
        """Whether the rulings of the payload in a line, most of its bytes, are canonical. Raises Bad."""
        piece = line[line.find(b',"rulings":') : line.rfind(b',"seq":')]
        if piece not in self.known:
            self._learn(piece, piece, ("rulings",), ("rulings_before",))

    def judge_all(self, lines: Sequence[bytes], at: int) -> None:
        """The same for many lines whose payloads begin at a place. Raises Bad."""
        known = self.known
        for line in lines:
            if line[line.find(b',"rulings":', at) : line.rfind(b',"seq":')] not in known:
                self.judge(line)

    def _start(self, piece: bytes) -> bool:
        if not START(piece):
            return False
        if piece.endswith(b"null"):  # others name a row, so they recur too seldom
            _make_room(self.starts)
            self.starts.add(piece)
        return True

    def _learn_move(self, piece: bytes) -> "Move":
        said = _members(piece, _MOVE, ("moved", "personal"))
        before = f"{said['kind']} {said['from_state'] or ''}"
        move = Move(before, self._targets(said["kind"], said["event"], said["from_state"]), {})
        _make_room(self.moves)
        self.moves[piece] = move
        return move

    def _learn_between(self, piece: bytes) -> None:
        if piece[:1] != b'"':
            raise Bad("the previous hash is no hash")
        self._learn(piece, piece[1:], ("reason", "recorded_at"))

    def _learn_end(self, move: "Move", piece: bytes) -> str:
        if piece[-1:] != b"}":
            raise Bad("not the fields of a history row, in their order")
        said = _members(b',"subject":"' + piece[:-1], ("subject", "terms", "to_state"))
        after = move.targets.get(str(said["to_state"]).encode())
        if after is None:
            raise Bad(f"no machine goes from {move.before} to {said['to_state']} by this event")
        _make_room(move.ends, ENDS)
        move.ends[piece] = after
        return after

    def _learn(self, piece: bytes, members: bytes, names: Sequence[str], more: Sequence[str] = ()) -> None:
        _members(members, names, more)
        _make_room(self.known)
        self.known.add(piece)

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


def _make_room(kept: dict[bytes, Any] | dict[bytes, str] | set[bytes], most: int = REMEMBERED) -> None:
    if len(kept) >= most:
        kept.clear()
