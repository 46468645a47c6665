"""Tests run by several processes, forked off one that has loaded and collected all of them.

A process takes one file after another; where none is left, it takes half of what another one has left of its own.
"""

import atexit
import multiprocessing
import warnings
from collections import deque
from collections.abc import Iterator
from itertools import groupby
from multiprocessing import connection
from multiprocessing.connection import Connection
from typing import Any

import pytest

_FORK = multiprocessing.get_context("fork")
Queue = deque[int]  # numbers of tests, in order


class Forking:
    """A plugin that has so many processes run what was collected."""

    def __init__(self, processes: int) -> None:
        self.processes = processes

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Takes the place of running one test after another, where there is something to run."""
        if session.testsfailed or session.config.option.collectonly or not session.items:
            return None
        files = groupby(range(len(session.items)), lambda number: session.items[number].path)
        _Run(session, deque(deque(numbers) for _, numbers in files)).run(self.processes)
        return True


class _Forked:
    """A process. It has been told `told`: the test that it runs, and the one after that; `left` is its own too."""

    def __init__(self, session: pytest.Session, others: "list[_Forked]") -> None:
        self.told, self.left, self.ends = Queue(), Queue(), False
        self.line, line = _FORK.Pipe()
        close = [
            self.line,
            *(other.line for other in others),
        ]  # they would keep a line open whose process has gone
        self.process = _FORK.Process(target=_work, args=(session, line, close))
        self.process.start()
        line.close()

    def tell(self, number: int | None) -> None:
        """Its next test; None if there is none."""
        if number is None:
            self.ends = True
        else:
            self.told.append(number)
        self.line.send(number)


class _Run:
    """Hands out tests and reports what became of them."""

    def __init__(self, session: pytest.Session, files: deque[Queue]) -> None:
        self.session, self.files = session, files
        self.forked = list[_Forked]()

    def run(self, processes: int) -> None:
        """Until every process has ended."""
        try:
            for _ in range(min(processes, len(self.session.items))):
                self._fork()
            while self.forked:
                lines = {one.line: one for one in self.forked}
                ends = {one.process.sentinel: one for one in self.forked}
                ready = connection.wait([*lines, *ends])
                for one in [lines[found] for found in ready if found in lines]:
                    self._hear(one)
                if not any(found in lines for found in ready):
                    self._ended(ends[ready[0]])
        finally:
            for one in self.forked:
                one.line.close()
            for one in self.forked:
                one.process.join()
        if self.session.shouldfail:
            raise self.session.Failed(self.session.shouldfail)
        if self.session.shouldstop:
            raise self.session.Interrupted(self.session.shouldstop)

    def _fork(self) -> None:
        one = _Forked(self.session, self.forked)
        self.forked.append(one)
        for _ in range(2):
            if not one.ends:
                one.tell(self._next(one))

    def _next(self, one: _Forked) -> int | None:
        """A test of the file that it is at, of a new one, or of the later half of another's."""
        if self.session.shouldfail or self.session.shouldstop:
            return None
        if not one.left and self.files:
            one.left = self.files.popleft()
        if not one.left:
            most = max(self.forked, key=lambda other: len(other.left))
            for _ in range((len(most.left) + 1) // 2):
                one.left.appendleft(most.left.pop())
        return one.left.popleft() if one.left else None

    def _hear(self, one: _Forked) -> None:
        """What became of the test that it has run; that it has ended, for good or too early."""
        try:
            reports, warned = one.line.recv()
        except EOFError:
            self._ended(one)
            return
        self._report(one.told.popleft(), reports)
        for given in warned:
            self.session.config.hook.pytest_warning_recorded.call_historic(kwargs=given)
        if not one.ends:
            one.tell(self._next(one))

    def _ended(self, one: _Forked) -> None:
        self.forked.remove(one)
        one.process.join()
        if not one.told:
            return
        number = one.told.popleft()
        item = self.session.items[number]
        how = f"the process that ran this test ended with {one.process.exitcode}"
        self._report(number, [pytest.TestReport(item.nodeid, item.location, {}, "failed", how, "call")])
        self.files.appendleft(one.told + one.left)
        self._fork()

    def _report(self, number: int, reports: list[Any]) -> None:
        item, config = self.session.items[number], self.session.config
        config.hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for given in reports:
            report = given
            if isinstance(given, dict):
                report = config.hook.pytest_report_from_serializable(config=config, data=given)
            config.hook.pytest_runtest_logreport(report=report)
        config.hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)


class _Teller:
    """Gathers what a test's process has to tell of it."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.reports, self.warned = list[Any](), list[Any]()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        hook = self.config.hook
        self.reports.append(hook.pytest_report_to_serializable(config=self.config, report=report))

    def pytest_warning_recorded(
        self, warning_message: warnings.WarningMessage, when: Any, nodeid: str, location: Any
    ) -> None:
        """Only its text goes along: a message may hold anything."""
        given = warnings.WarningMessage(
            f"{warning_message.message}", Warning, warning_message.filename, warning_message.lineno
        )
        self.warned.append({"warning_message": given, "when": when, "nodeid": nodeid, "location": location})

    def told(self) -> tuple[list[Any], list[Any]]:
        """What was gathered since this was asked for last."""
        found = self.reports, self.warned
        self.reports, self.warned = [], []
        return found


def _work(session: pytest.Session, line: Connection, close: list[Connection]) -> None:
    """The life of a process: it runs what it is told and prints nothing. It leaves as a Python of its own does."""
    atexit._clear()
    for other in close:
        other.close()
    plugins = session.config.pluginmanager
    plugins.unregister(name="terminalreporter")
    if capture := plugins.getplugin("capturemanager"):  # its files are the other processes' too
        capture.stop_global_capturing()
        capture.start_global_capturing()
        capture.suspend_global_capture()
    teller = _Teller(session.config)
    plugins.register(teller)
    try:
        for item, following in _pairs(session, line):
            session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            line.send(teller.told())
    except (EOFError, BrokenPipeError, KeyboardInterrupt):  # the first process has gone, or is about to
        session._setupstate.teardown_exact(None)
    finally:
        atexit._run_exitfuncs()


def _pairs(session: pytest.Session, line: Connection) -> Iterator[tuple[pytest.Item, pytest.Item | None]]:
    number = line.recv()
    while number is not None:
        following = line.recv()
        yield session.items[number], None if following is None else session.items[following]
        number = following
