"""`make house`: the size of the program, and the files that a command passes through.

A command passes through a file if code of the file runs. A climb is a call from a lower layer into a higher one.
"""

import ast
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from statistics import mean
from types import FrameType
from typing import Any

from lifecycle.records.engine import open_engine
from lifecycle.records.migrate import migrate
from tests.api.situations import contract_in
from tests.docs.pages import ROOT, name, text
from tests.docs.test_layers import SOURCES, classes, imported, module_of
from tests.pages.browsing import HOST, browsing
from tests.pages.test_forms import confirmation_of, looked_at

FOLDERS = (
    ("lifecycle/terms",), ("lifecycle/machines",), ("lifecycle/records",),
    ("lifecycle/history", "lifecycle/audit"),
    tuple(f"lifecycle/{folder}" for folder in ("timers", "people", "webhooks", "queries", "commands")),
    ("scheduler",), ("api",),
)  # fmt: skip
OURS = ("lifecycle/", "api/", "scheduler/")


class Trail:
    """The files that an act passes while `on`, each as often as the act returns to it."""

    def __init__(self) -> None:
        self.on, self.stays = False, list[str]()

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        """Notes a call: a profile function."""
        if not self.on or event != "call" or frame.f_code.co_name.startswith("<"):
            return
        file = frame.f_code.co_filename.removeprefix(f"{ROOT}/")
        if file.startswith(OURS) and self.stays[-1:] != [file]:
            self.stays.append(file)

    @contextmanager
    def of(self, act: str) -> Iterator[None]:
        """Follows what runs inside the block, and prints it as a row."""
        self.on, self.stays = True, []
        yield
        self.on = False
        floors = [floor_of(file) for file in self.stays]
        climbs = sum(after > before for before, after in pairwise(floors))
        row(act, f"{len(set(self.stays))} files, {climbs} climbs")


def floor_of(file: str) -> int:
    """Return the layer of a file, 0 for a file outside all layers."""
    return next((n for n, names in enumerate(FOLDERS, 1) if file.startswith(names)), 0)


def row(what: str, figure: object) -> None:
    """Prints a row of a Markdown table."""
    print(f"| {what} | {figure} |")


def size() -> None:
    """Prints how large the program is, and which names and folders run into each other."""
    counted = [source for source in SOURCES if "migrations" not in source.parts]
    lines = {name(source): text(source).splitlines() for source in counted}
    row("lines, files", f"{sum(map(len, lines.values())):,}, {len(lines)}")
    row("mean length of a line", f"{mean(len(line) for found in lines.values() for line in found):.1f}")
    row("lines of the longest file", max(map(len, lines.values())))
    names = Counter(node.name for source in SOURCES for node in classes(ast.parse(text(source))))
    row("duplicate class names", sum(times > 1 for times in names.values()))
    row("import cycles between folders", len(circles()))


def circles() -> list[list[str]]:
    """Return folders that import each other, directly or through others; a folder includes its subfolders."""
    below: dict[str, set[str]] = {}
    for source in SOURCES:
        own = folder_of(module_of(source))
        below.setdefault(own, set()).update({folder_of(one) for one in imported(ast.parse(text(source)))} - {own})
    try:
        TopologicalSorter(below).prepare()
    except CycleError as error:
        return [error.args[1]]
    return []


def folder_of(module: str) -> str:
    """Return the folder of a module or of a name in it, such as `lifecycle.machines`."""
    return ".".join(module.split(".")[:2])


def main() -> None:
    """Prints the table."""
    trail = Trail()
    sys.setprofile(trail)
    threading.setprofile(trail)
    print("| | |\n|---|--:|")
    size()
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/house.db")
        migrate(engine)
        with browsing(engine) as browser:
            browser.sign_in()
            desk = browser.desk
            desk.context.after_commit = lambda: None  # a sweep is another act
            desk.do(contract_in(desk, "billing"), "notify_cancellation")  # what is looked up once is known then
            contract = contract_in(desk, "billing")
            with trail.of("a notice by API"):
                desk.do(contract, "notify_cancellation")
            contract = contract_in(desk, "billing")
            with trail.of("a notice by page, its preview"):
                page = looked_at(browser, f"/contracts/{contract['id']}/notify_cancellation")
            browser.client.follow_redirects = False
            with trail.of("a notice by page, its confirmation"):
                form = confirmation_of(page)
                browser.client.post(form.action, data=form.values, headers={"Origin": HOST})
        engine.dispose()


if __name__ == "__main__":
    main()
