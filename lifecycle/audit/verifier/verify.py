"""Verifying an export with nothing but the export and what an auditor kept: checkpoints, and a verification key.

No database, no service. A large file is read by two processes at once.
"""

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from lifecycle.audit.checkpoint import Forged, Unreadable, VerificationKey, read_checkpoint
from lifecycle.audit.verifier.growing import grow_tree
from lifecycle.audit.verifier.lines import Fault, Found, KeptCheckpoint, header_of
from lifecycle.audit.verifier.readers import check_proofs, follow_chains
from lifecycle.audit.verifier.rows import Steps

ALONE = 16 << 20  # bytes of a file that one process reads alone
GOOD, TAMPERED, UNREADABLE = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a verification. code: GOOD, TAMPERED or UNREADABLE. first, last: lines of the first bad row."""

    code: int
    says: str
    first: int | None = None
    last: int | None = None


def verify(
    path: Path, kept: Sequence[KeptCheckpoint], key: VerificationKey, steps: Steps, alone: int = ALONE
) -> Verdict:
    """Checks an export. alone: bytes up to which one process reads it. Raises Unreadable, Forged."""
    header = header_of(path)
    if header.get("filter") is not None:
        found = check_proofs(path, steps, header, key, kept)
        if found.fault:
            return _tampered(found.fault)
        told = "".join(f"\n  {note}" for note in found.notes[:20])
        return Verdict(GOOD, f"GOOD / 改ざんなし: {found.rows:,} rows, each proved to be in the sealed log{told}")
    if path.stat().st_size > alone:
        with ProcessPoolExecutor(1) as other:
            growing = other.submit(grow_tree, path, kept)
            chains = follow_chains(path, steps)
            tree = growing.result()
    else:
        chains, tree = follow_chains(path, steps), grow_tree(path, kept)
    fault = _first(chains, tree)
    if fault is not None:
        return _tampered(fault)
    sealed = max((one.checkpoint.size for one in kept), default=0)
    newer = f"{chains.rows - sealed:,} are newer than the last of them"
    of = f"{chains.rows:,} rows of {chains.subjects:,} subjects"
    return Verdict(GOOD, f"GOOD / 改ざんなし: {of}; {len(kept)} checkpoints vouch for {sealed:,}, {newer}")


def _first(chains: Found, tree: Found) -> Fault | None:
    """Between which lines the first bad row stands, by what both readers found."""
    mine, its = chains.fault, tree.fault
    if mine is None:
        return its
    if (
        its is None
    ):  # the earlier of two rows that do not fit may be the bad one, unless a checkpoint vouches for it
        doubtful = chains.earlier is not None and chains.earlier > tree.good
        first = chains.earlier if doubtful and chains.earlier else mine.first
        return Fault(first, mine.last, _in_doubt(chains, mine) if doubtful else mine.why)
    if mine.first < its.first:  # every row before `its` is vouched for, or hashed as it says
        return mine
    if mine.first <= its.last and its.first < its.last:
        return Fault(its.first, mine.last, f"{_in_doubt(chains, mine)}; {its.why}")
    return its


def _in_doubt(chains: Found, fault: Fault) -> str:
    one_of = f"line {chains.earlier} or line {fault.last}" if chains.earlier else f"line {fault.last}"
    return f"{one_of}: {fault.why}"


def _tampered(fault: Fault) -> Verdict:
    where = f"line {fault.first}" if fault.first == fault.last else f"lines {fault.first} to {fault.last}"
    says = f"TAMPERED / 改ざんあり: the first bad row stands on {where}: {fault.why}"
    return Verdict(TAMPERED, says, fault.first, fault.last)


def read_kept(paths: Sequence[Path], key: VerificationKey) -> list[KeptCheckpoint]:
    """The checkpoints in files, and in all files of directories. Raises Unreadable, Forged."""
    files = [file for path in paths for file in (sorted(path.iterdir()) if path.is_dir() else [path])]
    found = []
    for file in files:
        try:
            found.append(KeptCheckpoint(read_checkpoint(file.read_bytes(), key), file.name))
        except OSError as error:
            raise Unreadable(f"{file} cannot be read: {error.strerror}") from None
        except Unreadable as error:
            raise Unreadable(f"{file}: {error}") from None
        except Forged as error:
            raise Forged(f"{file}: {error}") from None
    return sorted(found, key=lambda one: one.checkpoint.size)


def main(arguments: Sequence[str], steps: Steps) -> int:
    """The command line: EXPORT --checkpoint FILE … --key VKEY. Prints what came of it; the exit code."""
    parser = argparse.ArgumentParser("verify", description="Verifies an export of the history. / 履歴の検証")
    parser.add_argument("export", type=Path)
    parser.add_argument("--checkpoint", type=Path, nargs="+", action="extend", default=[], metavar="FILE",
                        help="what you kept: files, or directories of them")  # fmt: skip
    parser.add_argument(
        "--key", required=True, help="the verification key: name+id+base64, or a file that holds it"
    )
    asked = parser.parse_args(arguments)
    try:
        text = Path(asked.key).read_text("utf-8") if Path(asked.key).is_file() else asked.key
        key = VerificationKey.parse(text)
        verdict = verify(asked.export, read_kept(asked.checkpoint, key), key, steps)
    except Unreadable as error:
        verdict = Verdict(UNREADABLE, f"UNREADABLE / 読み取れません: {error}")
    except Forged as error:
        verdict = Verdict(TAMPERED, f"TAMPERED / 改ざんあり: {error}")
    except (OSError, ValueError) as error:
        verdict = Verdict(UNREADABLE, f"UNREADABLE / 読み取れません: {error}")
    print(verdict.says, file=sys.stdout if verdict.code == GOOD else sys.stderr)
    return verdict.code
