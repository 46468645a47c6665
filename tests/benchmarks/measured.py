"""Which code each benchmark measures, and which tables of the page are older than theirs.

A table names the commit and a digest of the code it was measured on. What formatting changes leaves the digest as
it is: blanks, quotes, round brackets, commas, comments, docstrings.
"""

import re
import subprocess
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).parents[2]
_MACHINES = ("lifecycle/machines", "lifecycle/terms")
_WRITTEN = (
    "lifecycle/history", "lifecycle/records/alike_rows.py", "lifecycle/records/base.py",
    "lifecycle/records/bulk_insert.py", "lifecycle/records/compiled.py", "lifecycle/records/engine.py",
    "lifecycle/records/mapping.py", "lifecycle/records/parts.py", "lifecycle/records/tables.py",
)  # fmt: skip
_SWEEP = (*_MACHINES, *_WRITTEN, "lifecycle/timers")
_COMMAND = (*_MACHINES, *_WRITTEN, "lifecycle/commands")
_API = (*_COMMAND, "lifecycle/queries/views", "api/access", "api/request", "api/routes", "api/app.py")
_FOUND = (
    "lifecycle/records/contract_filter.py", "lifecycle/records/finding.py", "lifecycle/records/listing.py",
    "lifecycle/records/people.py", "lifecycle/records/search_folding.py", "lifecycle/records/side_tables.py",
    "lifecycle/records/text_parts.py", "lifecycle/records/variants.toml",
)  # fmt: skip
_FILES = ("lifecycle/sheets", "api/imports")
MEASURED: dict[str, tuple[str, ...]] = {
    "against": (*_API, *_SWEEP, "lifecycle/audit"),
    "sweep": _SWEEP, "starts": _SWEEP, "scale": _SWEEP, "memory": _SWEEP, "peers": _SWEEP, "schedulers": _SWEEP,
    "lateness": (*_SWEEP, "scheduler"),
    "command": _COMMAND, "fold": _COMMAND, "applications": _API, "clients": _API, "cliff": (*_API, *_SWEEP),
    "outage": _COMMAND, "statements": (*_MACHINES, "lifecycle/queries"),
    "import": (*_COMMAND, *_FILES), "files": (*_FILES, "api/documents"),
    "sealing": ("lifecycle/audit", *_COMMAND), "verify": ("lifecycle/audit/verifier", "lifecycle/audit/judge.py"),
    "judge": ("lifecycle/audit/judge.py", *_MACHINES), "as_of": (*_MACHINES, "lifecycle/queries"),
    "plans": _FOUND, "search": _FOUND, "pages": (*_FOUND, "api/pages", "lifecycle/queries"),
    "rehearse": (*_MACHINES, "lifecycle/queries/rehearsal.py", "lifecycle/cli/rehearsing.py"),
    "bytes": _WRITTEN,
    "sockets": _API, "viewers": (*_API, *_FOUND),
    "large": (*_SWEEP, *_FOUND, "lifecycle/queries"),
    "bloat": (*_SWEEP, "lifecycle/audit"),
    "endurance": (*_API, *_SWEEP, *_FOUND, "lifecycle/audit", "lifecycle/webhooks", "scheduler"),
}  # fmt: skip
NOT_YET = "Not measured yet.\n"
_TABLE = re.compile(r"<!-- bench:(\w+) -->\n(.*?)<!-- /bench -->", re.DOTALL)
_CODE = re.compile(r"commit (?:\w+), code ([0-9a-f]{8}),")
_DOCSTRING = re.compile(r'(?:\A|(?<=:\n))\s*"""[\s\S]*?"""')
_COMMENT = re.compile(r"^\s*#.*$|  # .*$", re.MULTILINE)
_FORM = str.maketrans("", "", " \n\t\r,()\"'\\")


def tables_of(page: str) -> dict[str, str]:
    """The table of each benchmark on a page."""
    return dict(_TABLE.findall(page))


def older(page: str, root: Path = ROOT) -> list[str]:
    """The benchmarks whose tables are older than the code that they measure, or not there yet."""
    return [name for name, said in tables_of(page).items() if not _is_of(said, code_of(name, root))]


def code_of(name: str, root: Path = ROOT) -> str:
    """A digest of the code that a benchmark measures, whatever its form."""
    found = sha256()
    for path in files_of(name, root):
        found.update(f"{path.relative_to(root)} {_digest(path)}\n".encode())
    return found.hexdigest()[:8]


def files_of(name: str, root: Path = ROOT) -> Iterator[Path]:
    """The files that a benchmark measures."""
    for place in MEASURED[name]:
        path = root / place
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path] if path.is_file() else []


def commit() -> str:
    """The commit that is checked out, as far as that can be found out."""
    asked = subprocess.run(
        ["git", "rev-parse", "--short=8", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return asked.stdout.strip() or "unknown"


def _is_of(said: str, code: str) -> bool:
    found = _CODE.search(said.partition("\n")[0])
    return found is not None and found[1] == code


@cache
def _digest(path: Path) -> str:
    return sha256(without_form(path.read_text("utf-8")).encode()).hexdigest()


def without_form(source: str) -> str:
    """Code without what formatting may change, comments and docstrings."""
    return _DOCSTRING.sub("", _COMMENT.sub("", source)).translate(_FORM)
