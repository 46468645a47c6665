"""Service commands in separate processes, forked from one that has already imported the program.

This saves the seconds of importing; everything else is as it is typed. The servers and the demo in the
documentation are started as fresh processes.
"""

import atexit
import multiprocessing
import os
import runpy
import shutil
import socket
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from multiprocessing import connection
from multiprocessing.process import BaseProcess, parent_process
from pathlib import Path
from signal import SIG_DFL, SIG_IGN, SIGCHLD, signal

import orjson

_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(["lifecycle.cli", "api.serving", __name__, "tests.api.warm"])
_TOOL = """#!{python} -SE
import json, os, signal, socket, sys
with socket.socket(socket.AF_UNIX) as line:
    line.connect({door!r})
    asked = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
    socket.send_fds(line, [len(asked).to_bytes(4, "big")], [0, 1, 2])
    line.sendall(asked)
    there = int.from_bytes(line.recv(4), "big")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: os.kill(there, number))
    sys.exit((line.recv(1) or b"\\x01")[0])
"""


def start(
    arguments: Sequence[str], environment: Mapping[str, str], log: Path, module: str = "lifecycle.cli"
) -> BaseProcess:
    """Starts `lifecycle …` with nothing but the given environment; what it prints goes to a file.

    module: another one to be run, as `python -m` does.
    """
    child = _FORKING.Process(target=_logged, args=(module, [*arguments], {**environment}, log), daemon=True)
    child.start()
    return child


@cache
def tool() -> Path:
    """An executable `lifecycle`, alone in its folder: it has its command run on its streams, and ends as that."""
    folder = Path(tempfile.mkdtemp(prefix="lifecycle-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    door = folder / "door"
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(f"{door}")
    listening.listen()
    _FORKING.Process(target=_hand_out, args=(listening,), daemon=True).start()
    listening.close()
    (folder / "lifecycle").write_text(_TOOL.format(python=sys.executable, door=f"{door}"))
    (folder / "lifecycle").chmod(0o755)
    return folder / "lifecycle"


def _logged(module: str, arguments: list[str], environment: dict[str, str], log: Path) -> None:
    with log.open("a") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    _run(module, arguments, environment)


def _hand_out(door: socket.socket) -> None:
    """Fork a process for each connection, for as long as the tests run."""
    signal(SIGCHLD, SIG_IGN)
    parent = parent_process()
    assert parent is not None
    while parent.sentinel not in connection.wait([door, parent.sentinel]):
        line, _ = door.accept()
        if os.fork() == 0:
            signal(SIGCHLD, SIG_DFL)
            _serve(line)
        line.close()


def _serve(line: socket.socket) -> None:
    """Run the received command on the received streams and return its exit status."""
    status: object = 1
    try:
        size, streams, _, _ = socket.recv_fds(line, 4, 3)
        line.sendall(os.getpid().to_bytes(4, "big"))
        asked = b""
        while len(asked) < int.from_bytes(size, "big"):
            asked += line.recv(1 << 20)
        arguments, folder, environment = orjson.loads(asked)
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        sys.stdin = open(0, closefd=False)  # noqa: SIM115 - as long as the process
        os.chdir(folder)
        _run("lifecycle.cli", arguments, environment)
    except SystemExit as end:
        status = end.code
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        line.send(bytes([status if isinstance(status, int) else int(bool(status))]))
        os._exit(0)


def _run(module: str, arguments: list[str], environment: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
