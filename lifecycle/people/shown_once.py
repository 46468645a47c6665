"""Where credentials are shown that nobody can look up later: on a terminal, else in a file of their owner alone.

What is printed elsewhere than on a terminal is a log: others read it, and it is kept.
"""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ShownOnce:
    """terminal: prints a line there, None where there is none. file: to write to instead, None for none."""

    terminal: Callable[[str], object] | None = None
    file: Path | None = None

    @property
    def possible(self) -> bool:
        """Whether anybody would see what is shown."""
        return self.terminal is not None or self.file is not None

    def show(self, lines: Sequence[str]) -> Path | None:
        """Shows lines; the file that they were written to, None for the terminal. Raises OSError."""
        if self.terminal is not None:
            for line in lines:
                self.terminal(line)
            return None
        assert self.file is not None
        _write(self.file, "".join(f"{line}\n" for line in lines))
        return self.file


def _write(file: Path, text: str) -> None:
    """Puts a file of mode 0600 in the place of what is there, whatever that is: it is never written into."""
    new = file.with_name(f"{file.name}.new")
    with suppress(FileNotFoundError):
        new.unlink()
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as opened:
        opened.write(text)
    new.replace(file)
