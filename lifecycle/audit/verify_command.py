"""The verifier's command line, of `lifecycle audit verify` and of the one file for auditors."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lifecycle.audit.checkpoint import (
    Forged,
    KeptCheckpoint,
    Unreadable,
    VerificationKey,
    is_stamp,
    read_files,
    read_kept,
)
from lifecycle.audit.export_format import header_of
from lifecycle.audit.judge import Judge
from lifecycle.audit.verifier.chains import Steps
from lifecycle.audit.verifier.compare import compare
from lifecycle.audit.verifier.policy import Policy, read_policy
from lifecycle.audit.verifier.verify import GOOD, TAMPERED, UNREADABLE, Verdict, verify


def main(arguments: Sequence[str], steps: Steps) -> int:
    """The command line: EXPORT --checkpoint FILE … --key VKEY [--judge] [--archive FILE …], or compare …

    Prints what came of it; the exit code.
    """
    if arguments[:1] == ["compare"]:
        return _compare(arguments[1:])
    parser = argparse.ArgumentParser("verify", description="Verifies an export of the history. / 履歴の検証")
    parser.add_argument("export", type=Path)
    parser.add_argument("--checkpoint", type=Path, nargs="+", action="extend", default=[], metavar="FILE",
                        help="what you kept: files, or directories of them")  # fmt: skip
    parser.add_argument(
        "--key", nargs="+", action="extend", default=[],
        help="the verification key: name+id+base64, or a file that holds it; earlier ones as well",
    )  # fmt: skip
    parser.add_argument(
        "--judge", action="store_true", help="compute every state, day and yen again from the terms"
    )
    parser.add_argument("--archive", type=Path, nargs="+", action="extend", default=[], metavar="FILE",
                        help="files of archived rows, to be read in their places")  # fmt: skip
    parser.add_argument("--policy", type=Path, help="which witnesses must have cosigned (c2sp.org/tlog-policy)")
    asked = parser.parse_args(arguments)
    if not asked.key and asked.policy is None:
        parser.error("--key or --policy is required")
    try:
        policy = read_policy(asked.policy.read_text("utf-8")) if asked.policy else None
        keys = [key_of(given) for given in asked.key] + (policy.logs if policy else [])
        kept = read_kept(asked.checkpoint, keys)
        verdict = verify(asked.export, kept, keys, steps, Judge() if asked.judge else None, asked.archive)
        if policy is not None and verdict.code == GOOD:
            verdict = _witnessed(verdict, policy, kept, header_of(asked.export))
        if verdict.code == GOOD and (stamps := sum(is_stamp(one) for _, one in read_files(asked.checkpoint))):
            told = f"{stamps} time stamps: not checked / 未検査; openssl ts -verify checks them"
            verdict = Verdict(GOOD, f"{verdict.says}\n  {told}")
    except Forged as error:
        verdict = Verdict(TAMPERED, f"TAMPERED / 改ざんあり: {error}")
    except (Unreadable, OSError, ValueError) as error:
        verdict = Verdict(UNREADABLE, f"UNREADABLE / 読み取れません: {error}")
    return _said(verdict)


def _witnessed(
    verdict: Verdict, policy: Policy, kept: Sequence[KeptCheckpoint], header: dict[str, Any]
) -> Verdict:
    """The verdict, where enough witnesses cosigned a checkpoint: of a full export, one of those kept."""
    notes = {one.checkpoint.size: one.note for one in kept if policy.is_met_by(one.note)}
    if header["filter"] is not None:  # its rows are proved up to the checkpoint of its first line alone
        note = str(header["checkpoint"]).encode()
        size = int(note.split(b"\n")[1])
        notes = {size: note} if size in notes or policy.is_met_by(note) else {}
    if not notes:
        return Verdict(TAMPERED, "NOT WITNESSED / 立会いなし: no checkpoint is cosigned as the policy asks")
    return Verdict(GOOD, f"{verdict.says}\n  cosigned as the policy asks, up to row {max(notes):,}")


def _compare(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser("verify compare", description="Compares what auditors kept. / 保管物の突合")
    parser.add_argument("kept", type=Path, nargs="+", help="checkpoints and proofs: files, or directories of them")
    parser.add_argument("--key", required=True, action="append", help="the verification key, or a file with it")
    asked = parser.parse_args(arguments)
    try:
        forks, missing = compare(asked.kept, [key_of(given) for given in asked.key])
    except Forged as error:
        return _said(Verdict(TAMPERED, f"TAMPERED / 改ざんあり: {error}"))
    except (Unreadable, OSError, ValueError) as error:
        return _said(Verdict(UNREADABLE, f"UNREADABLE / 読み取れません: {error}"))
    if forks:
        return _said(Verdict(TAMPERED, f"FORKED / 分岐あり: {'; '.join(forks)}"))
    if missing:
        return _said(Verdict(UNREADABLE, f"NOT COMPARED / 未突合: {'; '.join(missing)}"))
    return _said(Verdict(GOOD, "ONE LOG / 一つの記録: all checkpoints are of logs that only grew"))


def _said(verdict: Verdict) -> int:
    print(verdict.says, file=sys.stdout if verdict.code == GOOD else sys.stderr)
    return verdict.code


def key_of(given: str) -> VerificationKey:
    """The verification key that is written so, or in a file of that name. Raises Unreadable, OSError."""
    return VerificationKey.parse(Path(given).read_text("utf-8") if Path(given).is_file() else given)
