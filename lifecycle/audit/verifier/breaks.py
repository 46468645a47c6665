"""Replaced keys: the rows of the log that record them, and the checkpoints that the log no longer extends.

A new key starts with a row in the log itself, in the chain `log`. The row names the previous key, the newest of
its checkpoints that the log extends, and the newest that it does not extend, if rows were lost.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lifecycle.audit.checkpoint import Checkpoint, Unreadable, VerificationKey
from lifecycle.audit.export_format import BREAKS, lines_of
from lifecycle.audit.verifier.lines import Bad

LOG_CHAIN, SIGN_ON, SIGNED = "log", "sign_on", "signed"  # kind and subject; the event; the state
SIGN_ON_STEPS = {SIGN_ON: {"": [SIGNED], SIGNED: [SIGNED]}}


@dataclass(frozen=True, slots=True)
class SignOn:
    """A key that signs from a row of the log on, and the key that it replaces.

    index: of the row. kept, lost: the newest checkpoints of the previous key that the log extends and does not
    extend; None without one.
    """

    index: int
    key: VerificationKey
    replaces: VerificationKey
    kept: tuple[int, str] | None
    lost: tuple[int, str] | None
    reason: str

    def tells_of(self, one: Checkpoint) -> bool:
        """Whether the row says that the log does not extend a checkpoint."""
        if one.origin != self.replaces.name or self.lost is None:
            return False
        begin = self.kept[0] if self.kept else 0
        return begin < one.size < self.lost[0] or (one.size, one.root.hex()) == self.lost

    def __str__(self) -> str:
        said = f"from row {self.index + 1} of the log on {self.key.name} signs instead of {self.replaces.name}"
        if self.lost is not None:
            begin = self.kept[0] if self.kept else 0
            said += f"; rows {begin + 1} to {self.lost[0]} as {self.replaces.name} signed them are not in this log"
        return f"{said} ({self.reason})"


def read_sign_on(row: Mapping[str, Any], index: int) -> SignOn:
    """Parse a row of the chain `log`. Raises Bad."""
    try:
        facts = row["facts"]
        key, replaces = (VerificationKey.parse(facts[name]) for name in ("key", "replaces"))
        kept, lost = (_place(facts[f"{name}_size"], facts[f"{name}_root"]) for name in ("kept", "lost"))
    except (LookupError, TypeError, AttributeError, ValueError, Unreadable):
        raise Bad("it does not say which key signs instead of which") from None
    return SignOn(index, key, replaces, kept, lost, str(row.get("reason")))


def sign_ons_in(path: Path) -> Iterator[SignOn]:
    """Return the keys that sign on in a full export, even if other lines are bad."""
    try:
        for index, line in enumerate(lines_of(path), start=-1):
            if line.startswith(b'{"log":'):
                return
            if b'"kind":"log"' in line:
                yield read_sign_on(json.loads(line)["row"], index)
    except (*BREAKS, Bad, ValueError, LookupError, TypeError, RecursionError):
        return


def _place(size: Any, root: Any) -> tuple[int, str] | None:
    if size is None and root is None:
        return None
    if type(size) is not int or len(bytes.fromhex(root)) != 32:
        raise ValueError(size)
    return size, str(root)
