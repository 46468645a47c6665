"""Static checks: rules and machines get the time as a parameter and use no input or output."""

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import lifecycle

HOUSE = Path(*lifecycle.__path__)
FLOORS = [
    "terms", "machines", "records", "history", "audit", "timers", "commands", "people", "webhooks", "queries",
]  # fmt: skip
FILES = {str(p.relative_to(HOUSE)): p for floor in FLOORS for p in sorted((HOUSE / floor).rglob("*.py"))}
FILES["errors.py"] = HOUSE / "errors.py"  # below every floor: what all of them raise
PURE = {name for name in FILES if name.startswith(("terms/", "machines/", "errors.py"))}

CLOCKS = {"now", "today", "utcnow", "time_ns", "localtime", "gmtime"}  # a stopwatch tells no day
STOPWATCHES = {"time.monotonic", "time.perf_counter", "time.sleep"}
FILE_CALLS = {"open", "read_text", "read_bytes", "write_text", "write_bytes", "iterdir", "glob", "files", "print"}
PURE_IMPORTS = {
    "bisect", "calendar", "collections", "dataclasses", "datetime", "functools", "hashlib", "holidays",
    "importlib", "lifecycle", "orjson", "pydantic", "pydantic_core", "re", "statemachine", "tomllib", "typing",
    "zoneinfo", "__future__", "enum", "fractions", "itertools", "math", "decimal",
    "operator", "heapq", "types", "unicodedata", "string",
}  # fmt: skip
SQL_CLOCK = re.compile(r"\bcurrent_(timestamp|date|time)\b|\bnow\(\)|\bdate\('now'", re.IGNORECASE)

# A file without these words need not be parsed.
NAMED = re.compile(rf"\b({'|'.join(CLOCKS)}|time)\b")
SQL_WORD = re.compile(r"current_|now", re.IGNORECASE)


def parse(name: str) -> ast.Module:
    return ast.parse(FILES[name].read_text("utf-8"))


@lru_cache(maxsize=1)
def nodes(tree: ast.AST) -> tuple[ast.AST, ...]:
    """All nodes of a tree, collected once for all checks."""
    return tuple(ast.walk(tree))


def called(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """The name of everything called, and what it is called on: ('now', 'datetime'), ('open', '')."""
    for node in nodes(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            on = node.func.value
            yield node.func.attr, on.id if isinstance(on, ast.Name) else ast.unparse(on)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id, ""


def imported(tree: ast.AST) -> Iterator[str]:
    """The dotted names of everything imported."""
    for node in nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def in_functions(tree: ast.AST) -> Iterator[ast.AST]:
    yield from (n for n in nodes(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda))


def texts(tree: ast.AST) -> Iterator[str]:
    """Every string but the docstrings."""
    docstrings = {ast.get_docstring(n, clean=False) for n in nodes(tree) if isinstance(n, DOCUMENTED)}
    for node in nodes(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value not in docstrings:
            yield node.value


GUARDS = ("records/append_only.py",)  # a trigger of the database keeps what is young by the database's own clock
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def test_no_clock_is_read_below_the_edges() -> None:
    for name in FILES:
        if not NAMED.search(FILES[name].read_text("utf-8")):
            continue
        tree = parse(name)
        assert not [f"{on}.{call}()" for call, on in called(tree) if call in CLOCKS], name
        assert not [f"{on}.{call}()" for call, on in called(tree) if (call, on) == ("time", "time")], name
        assert not [w for w in imported(tree) if w.startswith("time.") and w not in STOPWATCHES], name


def test_no_sql_reads_the_database_clock() -> None:
    for name in set(FILES) - set(GUARDS):
        if not SQL_WORD.search(FILES[name].read_text("utf-8")):
            continue
        assert not [text for text in texts(parse(name)) if SQL_CLOCK.search(text)], name


def test_terms_and_machines_import_nothing_that_reaches_outside() -> None:
    mine = {*FLOORS[:2], "errors"}
    for name in PURE:
        whats = list(imported(parse(name)))
        assert not [what for what in whats if what.partition(".")[0] not in PURE_IMPORTS], name
        assert not [w for w in whats if w.startswith("lifecycle.") and w.split(".")[1] not in mine], name
        if name.startswith("terms/"):
            assert not [what for what in whats if what.startswith("lifecycle.machines")], name


def test_terms_and_machines_open_no_file_when_called() -> None:
    for name in PURE:
        tree = parse(name)
        assert not [c for node in in_functions(tree) for c, _ in called(node) if c in FILE_CALLS], name
        if name.startswith("machines/"):  # terms/ reads its packaged files once, at import
            assert not [call for call, _ in called(tree) if call in FILE_CALLS], name


def test_the_test_detects_a_clock_and_a_file() -> None:
    tree = ast.parse("import time\ndef f():\n    datetime.now(UTC), open('x'), text('SELECT now()')")
    assert {("now", "datetime"), ("open", "")} <= set(called(tree))
    assert [call for node in in_functions(tree) for call, _ in called(node)] == ["now", "open", "text"]
    assert any(SQL_CLOCK.search(text) for text in texts(tree))
    assert list(imported(tree)) == ["time"]
