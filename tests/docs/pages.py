"""The files of the project, its pages, and the names that the pages mention."""

import re
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SKIPPED = {".git", ".venv", "__pycache__", "build", "node_modules"}


@cache
def files() -> list[Path]:
    """Every text under version control; outside of it, every text there is."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, capture_output=True, check=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        found = [p for p in ROOT.rglob("*") if p.is_file() and not SKIPPED & set(p.relative_to(ROOT).parts)]
    else:
        found = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    return sorted(path for path in found if path.is_file() and path.suffix not in (".png", ".gz"))


@cache
def pages() -> list[Path]:
    """The pages of prose."""
    return [path for path in files() if path.suffix == ".md"]


def name(path: Path) -> str:
    """A file's name from the project's folder on."""
    return path.relative_to(ROOT).as_posix()


def text(path: Path) -> str:
    """A file's text."""
    return path.read_text("utf-8")


def prose(page: str) -> str:
    """A page without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", page, flags=re.MULTILINE | re.DOTALL)


def blocks(page: str) -> list[str]:
    """The fenced blocks of a page that are meant for a shell."""
    return re.findall(r"^```bash\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def spans(page: str) -> list[str]:
    """What a page sets in code type within its prose."""
    return re.findall(r"(?<!`)`([^`\n]+)`(?!`)", prose(page))


def said_in_shell(page: str) -> list[str]:
    """The command lines of a page: its shell blocks, line by line, and what it sets in code type."""
    lines = [line for block in blocks(page) for line in block.splitlines() if not line.startswith("#")]
    return [*lines, *spans(page)]
