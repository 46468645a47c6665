"""The verifier's command line, of `lifecycle audit verify` and of the one file for auditors."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from lifecycle.audit.checkpoint import Forged, Unreadable, VerificationKey, read_kept
from lifecycle.audit.verifier.chains import Steps
from lifecycle.audit.verifier.compare import compare
from lifecycle.audit.verifier.verify import GOOD, TAMPERED, UNREADABLE, Verdict, verify


def main(arguments: Sequence[str], steps: Steps) -> int:
    """The command line: EXPORT --checkpoint FILE … --key VKEY, or compare FILE … --key VKEY.

    Prints what came of it; the exit code.
    """
    if arguments[:1] == ["compare"]:
        return _compare(arguments[1:])
    parser = argparse.ArgumentParser("verify", description="Verifies an export of the history. / 履歴の検証")
    parser.add_argument("export", type=Path)
    parser.add_argument("--checkpoint", type=Path, nargs="+", action="extend", default=[], metavar="FILE",
                        help="what you kept: files, or directories of them")  # fmt: skip
    parser.add_argument(
        "--key", required=True, nargs="+", action="extend",
        help="the verification key: name+id+base64, or a file that holds it; earlier ones as well",
    )  # fmt: skip
    asked = parser.parse_args(arguments)
    try:
        keys = [key_of(given) for given in asked.key]
        verdict = verify(asked.export, read_kept(asked.checkpoint, keys), keys, steps)
    except Forged as error:
        verdict = Verdict(TAMPERED, f"TAMPERED / 改ざんあり: {error}")
    except (Unreadable, OSError, ValueError) as error:
        verdict = Verdict(UNREADABLE, f"UNREADABLE / 読み取れません: {error}")
    return _said(verdict)


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
