"""Every name in a page exists: paths, links, modules, functions, commands, make targets, routes, readings."""

import re
import shlex
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import typer
from fastapi.routing import APIRoute

from api.app import ROUTERS
from api.routes import health
from lifecycle.cli import app
from lifecycle.cli.settings import FILE, SECRETS
from lifecycle.terms.readings import READINGS
from tests.docs.pages import ROOT, files, name, pages, prose, said_in_shell, spans, text

PAGES = pytest.mark.parametrize("page", pages(), ids=name)
FOLDERS = ("lifecycle", "api", "scheduler", "tests", "docs", ".ci")
PATH = re.compile(rf"(?:{'|'.join(map(re.escape, FOLDERS))})/[\w./-]*")
MODULE = re.compile(r"(?:lifecycle|api|scheduler|tests)(?:\.[a-z]\w*)+")
LINK = re.compile(r"\]\(([^)\s]+)\)")
ALL = (*ROUTERS, health.router)


@PAGES
def test_every_relative_link_has_a_target(page: Path) -> None:
    for target in LINK.findall(prose(text(page))):
        if re.match(r"\w+:", target):
            continue
        path, _, anchor = unquote(target).partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), target
        assert linked.is_relative_to(ROOT), target
        if anchor:
            assert anchor in anchors(linked), target


def anchors(page: Path) -> set[str]:
    """The anchors that a page's headings make."""
    headings = re.findall(r"^#+ (.+)$", prose(text(page)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@PAGES
def test_every_path_exists(page: Path) -> None:
    """YYYY and NNNN are placeholders."""
    for span in spans(text(page)):
        if PATH.fullmatch(span) and not re.search(r"YYYY|NNNN", span):
            assert (ROOT / span).exists(), span


@PAGES
def test_every_module_exists(page: Path) -> None:
    for span in spans(text(page)):
        if MODULE.fullmatch(span):
            assert exists(span), span


def exists(dotted: str) -> bool:
    """Whether a dotted name is a module, or something in one."""
    parent, _, last = dotted.rpartition(".")
    try:
        return find_spec(dotted) is not None
    except ModuleNotFoundError:
        spec = find_spec(parent)
        return spec is not None and spec.origin is not None and last in Path(spec.origin).read_text("utf-8")


@cache
def defined() -> set[str]:
    """The name of every function and class of the project."""
    sources = (text(path) for path in files() if path.suffix == ".py")
    return {
        found for source in sources for found in re.findall(r"^\s*(?:async )?(?:def|class) (\w+)", source, re.M)
    }


@PAGES
def test_every_function_exists(page: Path) -> None:
    for span in spans(text(page)):
        if found := re.fullmatch(r"(\w+)\(\)", span):
            assert found[1] in defined(), span


def lifecycle_calls(page: Path) -> Iterator[list[str]]:
    """What is typed after `lifecycle` on a page."""
    for line in said_in_shell(text(page)):
        if found := re.match(r"(?:\.venv/bin/)?lifecycle (.+)", line):
            yield shlex.split(found[1], comments=True)


@cache
def command_line() -> Any:
    """The commands of `lifecycle`."""
    return typer.main.get_command(app)


@PAGES
def test_every_command_exists_with_its_options(page: Path) -> None:
    for words in lifecycle_calls(page):
        command = command_line()
        for before, word in pairwise(["", *words]):
            value = before.startswith("--") and getattr(command, "invoke_without_command", False)
            if hasattr(command, "commands") and not word.startswith("-") and not value:
                assert word in command.commands, " ".join(words)
                command = command.commands[word]
        known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
        assert {word.partition("=")[0] for word in words if word.startswith("--")} <= known, " ".join(words)


@cache
def settings_known() -> set[str]:
    """The variables of the environment that commands read."""
    commands = (ROOT / "lifecycle" / "cli").glob("*.py")
    known = {name for file in commands for name in re.findall(r'(?:envvar=|setting\(\s*)"(\w+)"', text(file))}
    return known | {name + FILE for name in SECRETS}


@PAGES
def test_every_setting_of_the_environment_exists(page: Path) -> None:
    assert set(re.findall(r"\bLIFECYCLE_[A-Z]\w*", text(page))) <= settings_known()


@PAGES
def test_every_make_target_exists(page: Path) -> None:
    known = set(re.findall(r"^([a-z]+):", text(ROOT / "Makefile"), re.MULTILINE))
    for line in said_in_shell(text(page)):
        if found := re.match(r"make ([a-z]+)", line):
            assert found[1] in known, line


@cache
def shapes_known() -> set[str]:
    """Every route of the application, without the names of its parameters."""
    return {shape(r.path) for router in ALL for r in router.routes if isinstance(r, APIRoute)}


@PAGES
def test_every_route_exists(page: Path) -> None:
    for span in spans(text(page)):
        if found := re.fullmatch(r"(?:[A-Z]+ )?(/(?:v1|healthz|readyz)[\w/{}.-]*)", span):
            assert shape(found[1]) in shapes_known(), span


def shape(route: str) -> str:
    """A route without the names of its parameters."""
    return re.sub(r"\{\w+(:path)?\}", "{}", route)


@PAGES
def test_every_reading_exists(page: Path) -> None:
    assert set(re.findall(r"\bR\d+\b", prose(text(page)))) <= set(READINGS)


def test_a_missing_name_is_detected() -> None:
    assert not exists("lifecycle.commands.nothing") and exists("lifecycle.commands.enter_event.execute_event")
    assert "nothing_at_all" not in defined() and "carry_out" in defined()
    assert "日本語概要" in anchors(ROOT / "README.md")
    assert shape("/v1/contracts/{id}") == shape("/v1/contracts/{contract_id}")
