"""Reading an export: every subject's chain from its first row to its state; or single rows with their proofs.

The first takes the hash that a line states; growing.py shows that it is the hash of the line's bytes.
"""

import json
from collections.abc import Sequence
from hashlib import sha256
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from lifecycle.audit.checkpoint import Checkpoint, Unreadable, VerificationKey, read_checkpoint
from lifecycle.audit.merkle import root_by_inclusion
from lifecycle.audit.verifier.chains import Broken, Chains
from lifecycle.audit.verifier.following import follow
from lifecycle.audit.verifier.lines import BREAKS, ROW, Fault, Found, KeptCheckpoint, blocks_of, lines_of
from lifecycle.audit.verifier.rows import Bad, RowChecker, Steps

_BEGINS = itemgetter(slice(len(ROW)))


def follow_chains(path: Path, steps: Steps) -> Found:
    """Reads every row: canonical, in its place in its chain, a legal step; and the states at the end."""
    found, rows, chains, section = Found(), RowChecker(steps), Chains(), "log"
    try:
        for lines in blocks_of(path):
            for begins, some in groupby(lines, _BEGINS):
                if begins == ROW:
                    before = chains.line
                    follow(list(some), chains, rows)
                    found.rows += chains.line - before
                    continue
                for line in some:
                    chains.line += 1
                    if chains.line > 1:
                        section = _control(line, section, found, chains)
        if section != "over":
            raise Bad("the export ends here before its end: lines are missing")
    except Broken as broken:
        found.fault, found.earlier = Fault(chains.line, chains.line, str(broken)), broken.earlier
    except Bad as bad:
        found.fault = Fault(chains.line, chains.line, str(bad))
    except BREAKS as error:
        found.fault = Fault(chains.line + 1, chains.line + 1, f"the file breaks off: {error}")
    return found


def _control(line: bytes, section: str, found: Found, chains: Chains) -> str:
    """A line that is no row: where the log ends, a subject's state, the end; which section comes next."""
    if section == "states" and _plain_state(line, chains):
        found.subjects += 1
        return section
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        said = None
    name, value = next(iter(said.items())) if isinstance(said, dict) and len(said) == 1 else ("", None)
    if name == "log" and section == "log" and value == found.rows:
        found.logged = found.rows
        return "pending"
    if name == "state" and section in ("pending", "states") and isinstance(value, dict):
        _state(value, chains)
        found.subjects += 1
        return "states"
    ends = {"rows": found.rows, "subjects": found.subjects}
    if name == "end" and section in ("pending", "states") and value == ends and line[-1:] == b"\n":
        for subject, (_, _, _, at) in chains.heads.items():
            raise Broken(f"{subject.decode()} has rows, and no state at the end", at)
        return "over"
    raise Bad("not a line that belongs here")


def _plain_state(line: bytes, chains: Chains) -> bool:
    """Whether a line is, byte by byte, the state that a subject's rows lead to; then that is off the list."""
    subject = line[line.rfind(b':"') + 2 : -4]
    head = chains.heads.get(subject)
    if head is None:
        return False
    hash_, seq, now, _ = head
    kind, _, state = now.encode().partition(b" ")
    said = hash_, kind, seq, state, subject
    if line != b'{"state":{"hash":"%b","kind":"%b","seq":%d,"state":"%b","subject":"%b"}}\n' % said:
        return False
    del chains.heads[subject]
    return True


def _state(said: dict[str, Any], chains: Chains) -> None:
    subject = str(said.get("subject"))
    head = chains.heads.pop(subject.encode("utf-8", "replace"), None)
    if head is None:
        raise Bad(f"{subject[:60]} has a state and no rows, or two states")
    hash_, seq, now, at = head
    if said.get("seq") != seq:
        raise Broken(f"{subject} has {said.get('seq')} rows by its state, and {seq} in the export")
    if f"{said.get('kind')} {said.get('state')}" != now:
        raise Broken(f"{subject} is {said.get('state')} by its state, and {now} by its rows", at)
    if str(said.get("hash")).encode() != hash_:
        raise Broken(f"{subject}: its state names another hash than that of its newest row", at)


def check_proofs(
    path: Path, steps: Steps, header: dict[str, Any], key: VerificationKey, kept: Sequence[KeptCheckpoint]
) -> Found:
    """Reads an export of some rows: each is proved to be in the log of the checkpoint that the header holds."""
    found, rows, chains = Found(), RowChecker(steps), Chains()
    checkpoint = read_checkpoint(str(header.get("checkpoint")).encode("utf-8", "replace"), key)
    of_its_size = [one for one in kept if one.checkpoint.size == checkpoint.size]
    for one in of_its_size:
        if one.checkpoint.root != checkpoint.root:
            found.fault = Fault(
                1, 1, f"its checkpoint of {checkpoint.size} rows is not the one kept as {one.name}"
            )
            return found
    if kept and not of_its_size:
        raise Unreadable(f"no checkpoint kept is of {checkpoint.size} rows: ask for a proof up to one of them")
    number, over, whole = 1, False, header["filter"].keys() == {"contract"}
    try:
        for number, line in enumerate(lines_of(path), start=1):
            if number == 1:
                continue
            if over:
                raise Bad("a line after the end")
            over = _proved(line, checkpoint, rows, chains, found, number, whole=whole)
        if not over:
            raise Bad("the export ends here before its end: lines are missing")
        if whole and header["filter"]["contract"].encode("utf-8", "replace") not in chains.heads:
            raise Bad("the contract that the first line names has no row")
    except Bad as bad:
        found.fault = Fault(number, number, str(bad))
    except BREAKS as error:
        found.fault = Fault(number + 1, number + 1, f"the file breaks off: {error}")
    found.logged, found.subjects = found.rows, len(chains.heads)
    found.notes = [f"{subject.decode()}: {now}, {seq} rows" for subject, (_, seq, now, _) in chains.heads.items()]
    return found


def _proved(
    line: bytes, checkpoint: Checkpoint, rows: RowChecker, chains: Chains, found: Found, number: int, *,
    whole: bool
) -> bool:  # fmt: skip
    """One row with its proof; True for the last line."""
    begins = line.find(b',"row":')
    try:
        said = json.loads(line[:begins] + b"}" if begins > 0 else line)
        if not isinstance(said, dict):
            raise ValueError
        if begins < 0 and said == {"end": {"rows": found.rows}}:
            return True
        path = [bytes.fromhex(step) for step in said["proof"]]
        index = int(said["index"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Bad("not a row with its proof") from None
    row = line[begins + 7 : -2]
    digest = sha256(b"\0" + row).digest()
    if line[-2:] != b"}\n" or said.get("hash") != digest.hex():
        raise Bad("its hash is not the one of its bytes")
    if root_by_inclusion(digest, index, checkpoint.size, path) != checkpoint.root:
        raise Bad(f"the proof does not lead to the root of the log's {checkpoint.size} rows")
    take = chains.add if whole else chains.skip
    rows.judge(row)
    take(rows.read(row), digest.hex().encode(), number)
    found.rows += 1
    return False
