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
        "--key", required=True, help="the verification key: name+id+base64, or a file that holds it"
    )
    parser.add_argument(
        "--judge", action="store_true", help="compute every state, day and yen again from the terms"
    )
    asked = parser.parse_args(arguments)
    try:
        text = Path(asked.key).read_text("utf-8") if Path(asked.key).is_file() else asked.key
        key = VerificationKey.parse(text)
        verdict = verify(
            asked.export, read_kept(asked.checkpoint, key), key, steps, Judge() if asked.judge else None
        )
    except Forged as error:
        verdict = Verdict(TAMPERED, f"TAMPERED / 改ざんあり: {error}")
    except (Unreadable, OSError, ValueError) as error:
        verdict = Verdict(UNREADABLE, f"UNREADABLE / 読み取れません: {error}")
    print(verdict.says, file=sys.stdout if verdict.code == GOOD else sys.stderr)
    return verdict.code
