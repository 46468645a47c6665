"""Static checks: imports run downwards only, files stay small, only the outer layers read the wall clock."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.docs.pages import ROOT, files, name, text

FLOORS = (
    "lifecycle.errors",
    "lifecycle.spans",
    "lifecycle.sheets",
    "lifecycle.terms",
    "lifecycle.machines",
    "lifecycle.records",
    "lifecycle.history",
    "lifecycle.audit",
    "lifecycle.timers",
    "lifecycle.people",
    "lifecycle.webhooks",
    "lifecycle.mail",
    "lifecycle.queries",
    "lifecycle.commands",
    "scheduler",
    "api.problems",
    "api.schemas",
    "api.openid",
    "api.request",
    "api.access",
    "api.commands",
    "api.messages",
    "api.documents",
    "api.imports",
    "api.document",
    "api.routes",
    "api.pages",
    "api.app",
    "api.announcing",
    "api.serving",
)
ENTRIES = ("lifecycle.cli", "lifecycle.demo")  # may import all; nothing else imports them
OURS = {"lifecycle", "api", "scheduler", "tests"}
SOURCES = [p for p in files() if p.suffix == ".py" and p.relative_to(ROOT).parts[0] in OURS - {"tests"}]

LIMIT = 260
WHOLE = {"lifecycle/audit/judge.py"}  # auditors read the second calculation of the terms as one file

EDGE = {"scheduler/clock.py"}
CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time")}
CALLED = re.compile(rf"\.\s*({'|'.join(called for _, called in CLOCKS)})\b")  # no other file need be parsed


def module_of(path: Path) -> str:
    """The dotted name of a source file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def place_of(module: str, places: tuple[str, ...]) -> str | None:
    """The floor or entry that a module belongs to."""
    return next((p for p in places if module == p or module.startswith(p + ".")), None)


def statements(tree: ast.AST) -> Iterator[ast.AST]:
    """Every statement of a file, and what has statements of its own; no expression, of which there are many."""
    for _, value in ast.iter_fields(tree):
        for node in value if isinstance(value, list) else ():
            if isinstance(node, ast.stmt | ast.excepthandler | ast.match_case):
                yield node
                yield from statements(node)


def imported(tree: ast.AST) -> Iterator[str]:
    """Return the dotted names of the project's modules that a file imports anywhere."""
    for node in statements(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name their module in full"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        yield from (found for found in names if found.partition(".")[0] in OURS)


def classes(tree: ast.Module) -> Iterator[ast.ClassDef]:
    """The classes that a file defines at its top."""
    yield from (node for node in tree.body if isinstance(node, ast.ClassDef))


def upward(source: Path, tree: ast.AST) -> list[str]:
    """What a file imports that it may not."""
    module = module_of(source)
    if place_of(module, ENTRIES):
        return [found for found in imported(tree) if found.startswith("tests")]
    floor = place_of(module, FLOORS)
    if floor is None:
        return list(imported(tree))
    below = FLOORS[: FLOORS.index(floor) + 1]
    return [found for found in imported(tree) if not place_of(found, below) and found != "lifecycle.__version__"]


def test_imports_run_downwards_only() -> None:
    found = {name(source): upward(source, ast.parse(text(source))) for source in SOURCES}
    assert {source: what for source, what in found.items() if what} == {}


def test_every_file_has_its_floor() -> None:
    homeless = {
        m
        for m in map(module_of, SOURCES)
        if m not in ("lifecycle", "api") and not place_of(m, (*FLOORS, *ENTRIES))
    }
    assert homeless == set(), "give the new folder a floor above"


def test_no_class_name_is_used_twice() -> None:
    found = Counter(node.name for source in SOURCES for node in classes(ast.parse(text(source))))
    assert [name for name, times in found.items() if times > 1] == []


def test_a_file_can_be_read_in_one_sitting() -> None:
    lengths = {name(source): len(text(source).splitlines()) for source in SOURCES}
    assert {file: lines for file, lines in lengths.items() if lines > LIMIT and file not in WHOLE} == {}


def clocks(tree: ast.AST) -> list[str]:
    """Return the calls that read the time."""
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = [(ast.unparse(f.value).rpartition(".")[2], f.attr) for f in calls if isinstance(f, ast.Attribute)]
    return [".".join(found) for found in names if found in CLOCKS]


def test_the_wall_clock_is_read_at_the_edge_alone() -> None:
    asking = {name(s) for s in SOURCES if CALLED.search(read := text(s)) and clocks(ast.parse(read))}
    assert asking == EDGE


def test_the_checks_of_layers_detect_violations() -> None:
    execute, terms = ROOT / "lifecycle" / "commands" / "execute.py", ROOT / "lifecycle" / "terms" / "calendar.py"
    tree = ast.parse(
        "import datetime\nif x: pass\nelse: from api.app import create_app\nimport lifecycle.history.store"
    )
    assert upward(execute, tree) == ["api.app.create_app"]
    assert upward(terms, tree) == ["api.app.create_app", "lifecycle.history.store"]
    assert clocks(ast.parse("x = datetime.datetime.now(UTC), date.today(), now()")) == [
        "datetime.now",
        "date.today",
    ]
    assert {name(source) for source in SOURCES} >= EDGE
