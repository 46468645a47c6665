"""Removes each rule from its events in turn, and lists those whose absence no fast test detects.

    .venv/bin/python -m tests.terms.mutations

Rules that the situations of the guards do not cover are tried by the fast tests of the machines, in subprocesses.
"""

import sys
from collections.abc import Iterator
from multiprocessing import get_context
from typing import Any

import pytest

from lifecycle.machines.check import Refused
from lifecycle.machines.table import EVENTS, OPENINGS, target_of
from tests.machines.test_guards import CONTRACT, OPTION
from tests.machines.test_guards_of_parts import GUARDS
from tests.machines.to_come import TO_COME

SITUATIONS = (*CONTRACT, *OPTION, *GUARDS, *TO_COME)
TESTS = [f"tests/machines/test_{name}.py" for name in ("guards_of_parts", "applications", "guards")]
QUIET = ["-o", "addopts=", "-p", "no:cacheprovider", "-p", "no:schemathesis", "-q", "-x", "--no-header"]


def guarding() -> Iterator[tuple[Any, Any]]:
    """Every event with each rule that guards it; that a timer is due is no rule of the terms."""
    events = {id(event): event for kind in EVENTS for event in (OPENINGS[kind], *EVENTS[kind].values())}
    for event in events.values():
        yield from ((event, rule) for rule in event.rules if not rule.__qualname__.startswith("due."))


def take_out(event: Any, rule: Any) -> None:
    """Leaves the rule out of those that guard the event."""
    object.__setattr__(event, "rules", tuple(one for one in event.rules if one is not rule))


def missed(event: Any, rule: Any) -> bool:
    """Whether a situation of the guards has another result without the rule."""
    whole, own = event.rules, [one for one in SITUATIONS if one.event == event.name]
    before = [_said(one) for one in own]
    take_out(event, rule)
    try:
        return [_said(one) for one in own] != before
    finally:
        object.__setattr__(event, "rules", whole)


def missed_by_tests(event: Any, rule: Any) -> bool:
    """Whether a fast test fails without the rule."""
    child = get_context("fork").Process(target=_try, args=(event, rule))
    child.start()
    child.join()
    return child.exitcode == pytest.ExitCode.TESTS_FAILED


def _try(event: Any, rule: Any) -> None:
    take_out(event, rule)
    sys.exit(pytest.main([*QUIET, *TESTS]))


def _said(one: Any) -> list[str]:
    try:
        target_of(one.case, one.event)
    except Refused as refused:
        return [ruling.rule for ruling in refused.rulings]
    return []


if __name__ == "__main__":
    every = [*guarding()]
    left = [one for one in every if not missed(*one)]
    alive = [one for one in left if not missed_by_tests(*one)]
    print(f"{len(every)} rules taken out in turn: {len(every) - len(left)} are missed by their own situation, "
          f"{len(left) - len(alive)} by another test, {len(alive)} by none")  # fmt: skip
    for event, rule in alive:
        print(f"no test misses {event.name}: {rule.__qualname__}")
    sys.exit(bool(alive))
