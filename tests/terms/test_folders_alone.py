"""The names of a service, its items and its option are in its folder and in no other line of the program."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lifecycle.terms.editions import SERVICES, item_names, option_kinds
from tests.services import cloud_archive

ROOT = Path(__file__).parents[2]
# The default, the sample contracts, the judge of that one service, and migrations, which are never edited.
ELSEWHERE = ("lifecycle/terms/", "lifecycle/demo/", "lifecycle/audit/judge.py", "lifecycle/records/migrations/")
FILES = sorted(
    path
    for folder in ("api", "lifecycle", "scheduler")
    for suffix in ("py", "html", "js", "typ")
    for path in (ROOT / folder).rglob(f"*.{suffix}")
    if not path.relative_to(ROOT).as_posix().startswith(ELSEWHERE)
)


def names() -> set[str]:
    """The ids of both services, of their items and options."""
    with cloud_archive():
        return {*SERVICES, *item_names(), *option_kinds()}


def literals(path: Path, words: set[str]) -> Iterator[str]:
    """The texts in a file of the program that has such words; of Python its strings without the docstrings."""
    text = path.read_text("utf-8")
    if path.suffix != ".py":
        yield re.sub(r"(?s)/\*.*?\*/|{#.*?#}", "", text)
        return
    if not any(word in text for word in words):
        return  # nothing that need be parsed
    tree = ast.parse(text)
    documented = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented:
            yield node.value


def test_no_file_outside_the_folders_names_a_service_an_item_or_an_option() -> None:
    known = names()
    words = re.compile(rf"(?<![\w-])({'|'.join(sorted(known))})(?![\w-])")
    found = {
        (path.relative_to(ROOT).as_posix(), word)
        for path in FILES
        for text in literals(path, known)
        for word in words.findall(text)
    }
    assert found == set()


@pytest.mark.parametrize("group", ["item", "option", "service", "choice"])
def test_names_on_pages_are_those_of_the_folder_of_the_service(group: str) -> None:
    from api.messages.catalogue import MESSAGES

    assert not {f"{group}.{name}" for name in names()} & set(MESSAGES)
