"""The verifier's command line, of `lifecycle audit verify` and of the one file for auditors."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from lifecycle.audit.checkpoint import Forged, Unreadable, VerificationKey, read_kept
from lifecycle.audit.judging.judge import Judge
from lifecycle.audit.verifier.chains import Steps
from lifecycle.audit.verifier.verify import GOOD, TAMPERED, UNREADABLE, Verdict, verify


def main(arguments: Sequence[str], steps: Steps) -> int:
    """The command line: EXPORT --checkpoint FILE … --key VKEY [--judge]. Prints what came of it; the exit code."""
    parser = argparse.ArgumentParser("verify", description="Verifies an export of the history. / 履歴の検証")
    parser.add_argument("export", type=Path)
    parser.add_argument("--checkpoint", type=Path, nargs="+", action="extend", default=[], metavar="FILE",
                        help="what you kept: files, or directories of them")  # fmt: skip
    parser.add_argument(
        "--key", required=True, nargs="+", action="extend",
        help="the verification key: name+id+base64, or a file that holds it; earlier ones as well",
    )  # fmt: skip
    parser.add_argument(
        "--judge", action="store_true", help="compute every state, day and yen again from the terms"
    )
    asked = parser.parse_args(arguments)
    try:
        keys, judge = [key_of(given) for given in asked.key], Judge() if asked.judge else None
        verdict = verify(asked.export, read_kept(asked.checkpoint, keys), keys, steps, judge)
    except Forged as error:
        verdict = Verdict(TAMPERED, f"TAMPERED / 改ざんあり: {error}")
    except (Unreadable, OSError, ValueError) as error:
        verdict = Verdict(UNREADABLE, f"UNREADABLE / 読み取れません: {error}")
    print(verdict.says, file=sys.stdout if verdict.code == GOOD else sys.stderr)
    return verdict.code


def key_of(given: str) -> VerificationKey:
    """The verification key that is written so, or in a file of that name. Raises Unreadable, OSError."""
    return VerificationKey.parse(Path(given).read_text("utf-8") if Path(given).is_file() else given)
