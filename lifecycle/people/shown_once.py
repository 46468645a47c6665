"""Shows credentials that cannot be shown again: on a terminal, else in a file that only its owner can read.

Other output is a log, which is kept and read by others.
"""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ShownOnce:
    """Where to show credentials. terminal: prints a line, None without a terminal. file: written instead, None for
    none.
    """

    terminal: Callable[[str], object] | None = None
    file: Path | None = None

    @property
    def possible(self) -> bool:
        """Whether a person can see what is shown."""
        return self.terminal is not None or self.file is not None

    def show(self, lines: Sequence[str]) -> Path | None:
        """Show lines. Returns the written file, None for the terminal. Raises OSError."""
        if self.terminal is not None:
            for line in lines:
                self.terminal(line)
            return None
        assert self.file is not None
        _write(self.file, "".join(f"{line}\n" for line in lines))
        return self.file


def _write(file: Path, text: str) -> None:
    """Replace the file with a new one of mode 0600; an existing file is never written into."""
    new = file.with_name(f"{file.name}.new")
    with suppress(FileNotFoundError):
        new.unlink()
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as opened:
        opened.write(text)
    new.replace(file)
