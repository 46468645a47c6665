"""Ways to tamper with an export or an auditor's files at random places; the verifier must locate each."""

import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

from lifecycle.audit.checkpoint import Forged, KeptCheckpoint, Unreadable, read_checkpoint
from lifecycle.audit.keys import SigningKey
from lifecycle.audit.standalone import legal_steps
from lifecycle.audit.verifier.verify import GOOD, TAMPERED, UNREADABLE, Verdict, verify

STEPS = legal_steps()
Row = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """An export as lines, the notes that were kept, the key; rows: the lines of the log's rows, parsed.

    bad: the line of the first bad row, None where what is bad is no row.
    """

    lines: tuple[bytes, ...]
    notes: tuple[bytes, ...]
    key: SigningKey
    bad: int | None = None

    @property
    def logged(self) -> int:
        """The number of the log's rows."""
        return next(n for n, line in enumerate(self.lines) if line.startswith(b'{"log"')) - 1

    def row(self, number: int) -> Row:
        """The numbered row of the log, parsed."""
        found: Row = json.loads(self.lines[number + 1])["row"]
        return found


def payload(row: Row) -> bytes:
    """Return the bytes of a row written by an attacker."""
    return json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def line_of(row: Row) -> bytes:
    """A line with a hash that fits."""
    return b'{"hash":"%s","row":%s}\n' % (digest(row).encode(), payload(row))


def digest(row: Row) -> str:
    """The hash of a row."""
    return hashlib.sha256(b"\0" + payload(row)).hexdigest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over hashes, by the definition."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + root(leaves[:split]) + root(leaves[split:])).digest()


def relinked(case: Case, rows: Sequence[Row]) -> Case:
    """The export with these rows: every later row of a chain and every state name the hashes that fit."""
    heads: dict[str, Row] = {}
    done: list[Row] = []
    for row in rows:
        before = heads.get(row["subject"])
        row = row | {"previous_hash": None if before is None else digest(before)}
        heads[row["subject"]] = row
        done.append(row)
    tail: list[bytes] = []
    for line in case.lines[case.logged + 1 :]:
        said = json.loads(line)
        if "state" in said:
            head = heads.get(said["state"]["subject"])
            if head is None:
                continue
            said["state"] |= {"hash": digest(head), "seq": head["seq"], "state": head["to_state"]}
        elif "log" in said:
            said["log"] = len(rows)
        else:
            said["end"] = {"rows": len(rows), "subjects": len(heads)}
        tail.append(json.dumps(said, separators=(",", ":")).encode() + b"\n")
    return replace(case, lines=(case.lines[0], *map(line_of, done), *tail))


def resigned(case: Case, since: int = 0) -> Case:
    """Return the stored notes, signed again over the export from a size on."""
    hashes = [bytes.fromhex(json.loads(line)["hash"]) for line in case.lines[1 : case.logged + 1]]
    sizes = [int(note.split(b"\n")[1]) for note in case.notes]
    notes = [
        case.key.seal(size, root(hashes[:size])).encode() if since < size <= len(hashes) else note
        for size, note in zip(sizes, case.notes, strict=True)
    ]
    return replace(case, notes=tuple(notes))


def rows_of(case: Case) -> list[Row]:
    """All rows of the log."""
    return [case.row(number) for number in range(case.logged)]


def put(case: Case, number: int, line: bytes) -> Case:
    """The export with another line for a row of the log, which is the bad one."""
    return replace(case, lines=(*case.lines[: number + 1], line, *case.lines[number + 2 :]), bad=number + 2)


def altered(row: Row, chance: Random) -> Row:
    """Return a row with one field changed to another plausible value."""
    name = chance.choice(["actor", "reason", "terms", "effective_at", "facts"])
    value: Any = {"x": chance.randrange(1000)} if name == "facts" else f"{row[name]}{chance.randrange(10)}"
    return row | {name: value}


def changed_byte(case: Case, chance: Random) -> Case:
    number = chance.randrange(case.logged)
    line = bytearray(case.lines[number + 1])
    line[chance.randrange(len(line) - 1)] ^= 1 << chance.randrange(7)
    return put(case, number, bytes(line))


def changed_row(case: Case, chance: Random) -> Case:
    number = chance.randrange(case.logged)
    return put(case, number, line_of(altered(case.row(number), chance)))


def changed_row_old_hash(case: Case, chance: Random) -> Case:
    number = chance.randrange(case.logged)
    old = case.lines[number + 1]
    return put(case, number, old[:81] + payload(altered(case.row(number), chance)) + b"}\n")


def deleted_middle(case: Case, chance: Random) -> Case:
    number = chance.randrange(case.logged - 1)
    return replace(case, lines=(*case.lines[: number + 1], *case.lines[number + 2 :]), bad=number + 2)


def deleted_middle_counted_anew(case: Case, chance: Random) -> Case:
    number = chance.randrange(case.logged - 1)
    rows = rows_of(case)
    gone = rows.pop(number)
    for later in rows[number:]:
        if later["subject"] == gone["subject"]:
            later["seq"] -= 1
    return replace(relinked(case, rows), bad=number + 2)


def deleted_tail(case: Case, chance: Random) -> Case:
    left = chance.randrange(1, case.logged)
    return replace(relinked(case, rows_of(case)[:left]), bad=left + 2)


def inserted(case: Case, chance: Random) -> Case:
    rows, number = rows_of(case), chance.randrange(1, case.logged)
    rows.insert(number, altered(rows[number - 1], chance) | {"seq": rows[number - 1]["seq"] + 1})
    again = relinked(case, rows)
    return replace(again, bad=number + 2)


def reordered(case: Case, chance: Random) -> Case:
    first, second = sorted(chance.sample(range(case.logged), 2))
    lines = list(case.lines)
    lines[first + 1], lines[second + 1] = lines[second + 1], lines[first + 1]
    return replace(case, lines=tuple(lines), bad=first + 2)


def swapped_between_contracts(case: Case, chance: Random) -> Case:
    rows = rows_of(case)
    pairs = [
        (first, second)
        for first, second in combinations(range(case.logged), 2)
        if rows[first]["kind"] == rows[second]["kind"] and rows[first]["subject"] != rows[second]["subject"]
    ]
    first, second = chance.choice(pairs)
    one, other = rows[first], rows[second]
    keep = ("subject", "seq", "previous_hash")
    rows[first] = other | {name: one[name] for name in keep}
    rows[second] = one | {name: other[name] for name in keep}
    lines = (case.lines[0], *map(line_of, rows), *case.lines[case.logged + 1 :])
    return replace(case, lines=lines, bad=first + 2)


def chain_rewritten(case: Case, chance: Random) -> Case:
    rows, number = rows_of(case), chance.randrange(case.logged)
    rows[number] = altered(rows[number], chance)
    return replace(relinked(case, rows), bad=number + 2)


def whole_log_rewritten(case: Case, chance: Random) -> Case:
    number = chance.randrange(case.logged)
    rows = rows_of(case)
    rows[number:] = [altered(row, chance) for row in rows[number:]]
    return replace(relinked(case, rows), bad=number + 2)


def illegal_step_signed(case: Case, chance: Random) -> Case:
    """What a service that has been changed would sign: only the machines' own steps give it away."""
    rows, number = rows_of(case), chance.randrange(case.logged)
    rows[number] |= {"event": "forgive"}
    return replace(resigned(relinked(case, rows)), bad=number + 2)


def checkpoint_replaced(case: Case, chance: Random) -> Case:
    number = chance.randrange(len(case.notes))
    origin, size, _ = case.notes[number].split(b"\n")[:3]
    other = base64.b64encode(chance.randbytes(32))
    forger = SigningKey(case.key.name, chance.randbytes(32))
    note = forger.sign(b"\n".join((origin, size, other, b"")).decode()).encode()
    if chance.random() < 0.5:  # the old signature under another text
        note = b"\n".join((origin, size, other, b"", case.notes[number].split(b"\n")[4], b""))
    return replace(case, notes=(*case.notes[:number], note, *case.notes[number + 1 :]))


def split_view(case: Case, chance: Random) -> Case:
    """The key signed two histories: the auditor has the checkpoints of one and receives the other."""
    number = chance.randrange(case.logged)
    rows = rows_of(case)
    rows[number] = altered(rows[number], chance)
    shown_to_others = resigned(relinked(case, rows), since=number)
    return replace(case, notes=shown_to_others.notes, bad=number + 2)


def state_forged(case: Case, chance: Random) -> Case:
    places = [n for n, line in enumerate(case.lines) if line.startswith(b'{"state"')]
    place = chance.choice(places)
    said = json.loads(case.lines[place])["state"]
    name = chance.choice(["state", "seq", "hash", "kind"])
    said[name] = said[name] + 1 if name == "seq" else f"{said[name]}x"
    line = json.dumps({"state": said}, separators=(",", ":")).encode() + b"\n"
    return replace(case, lines=(*case.lines[:place], line, *case.lines[place + 1 :]), bad=place + 1)


def truncated(case: Case, chance: Random) -> Case:
    content = b"".join(case.lines)
    cut = content[: chance.randrange(len(case.lines[0]), len(content) - 1)]
    lines = tuple(cut.splitlines(keepends=True))
    whole = len(lines) if lines[-1].endswith(b"\n") else len(lines) - 1
    return replace(case, lines=lines, bad=whole + 1)


def garbage(case: Case, chance: Random) -> Case:
    content = bytearray(b"".join(case.lines))
    begin = len(case.lines[0]) + chance.randrange(len(content) - len(case.lines[0]) - 300)
    content[begin : begin + 200] = chance.randbytes(chance.randrange(1, 400))
    return replace(case, lines=(bytes(content),), bad=bytes(content[:begin]).count(b"\n") + 1)


def nothing_but_garbage(case: Case, chance: Random) -> Case:
    pieces = [
        chance.randbytes(chance.randrange(2000)),
        b"[" * 100_000,
        b'{"export":' * 1000,
        b"\x1f\x8b" + chance.randbytes(99),
    ]
    return replace(case, lines=(chance.choice(pieces),))


Tamper = Callable[[Case, Random], Case]
KINDS: dict[str, Tamper] = {
    one.__name__.replace("_", " "): one
    for one in (
        changed_byte, changed_row, changed_row_old_hash, deleted_middle, deleted_middle_counted_anew, deleted_tail,
        inserted, reordered, swapped_between_contracts, chain_rewritten, whole_log_rewritten, illegal_step_signed,
        checkpoint_replaced, split_view, state_forged, truncated, garbage, nothing_but_garbage,
    )
}  # fmt: skip


def verdict_on(case: Case, folder: Path) -> Verdict:
    """Return the verdict of the verifier."""
    file = folder / "tried.jsonl"
    file.write_bytes(b"".join(case.lines))
    try:
        kept = [
            KeptCheckpoint(read_checkpoint(note, case.key.public), f"checkpoint {n}")
            for n, note in enumerate(case.notes)
        ]
        return verify(file, sorted(kept, key=lambda one: one.checkpoint.size), case.key.public, STEPS)
    except Forged as error:
        return Verdict(TAMPERED, str(error))
    except Unreadable as error:
        return Verdict(UNREADABLE, str(error))


def missed(kind: str, case: Case, seed: int, folder: Path) -> str | None:
    """What is wrong with the verdict on one trial, None where it is found and located."""
    tampered = KINDS[kind](case, Random(f"{kind} {seed}"))
    if (tampered.lines, tampered.notes) == (case.lines, case.notes):
        return None
    verdict = verdict_on(tampered, folder)
    if verdict.code == GOOD:
        return f"{kind} {seed}: not found"
    if tampered.bad is None:
        return None
    if verdict.code != TAMPERED or verdict.first is None or verdict.last is None:
        return f"{kind} {seed}: {verdict}"
    if verdict.first <= tampered.bad <= verdict.last or _named(verdict, case, tampered.bad):
        return None
    return f"{kind} {seed}: the first bad row is on line {tampered.bad}, not {verdict}"


def _named(verdict: Verdict, case: Case, bad: int) -> bool:
    """Whether the row that is missing from a line is named by its subject and number."""
    row = case.row(bad - 2) if bad - 2 < case.logged else {"seq": 0, "subject": ""}
    return f"row {row['seq']} of {row['subject']} is missing" in verdict.says
