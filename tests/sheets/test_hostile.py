"""Small files that need much work end within 50 ms a KB and 64 MiB, while the service answers."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from lifecycle.sheets import reading
from lifecycle.sheets.reading import UnreadableFile, read_sheet
from tests.how_many import each_fourth
from tests.sheets.hostile import FILES

TAKEN = {  # the rest is refused
    "an empty cell in the last column of 5,000 rows": "empty",
    "an element with many attributes": "empty",
    "merged cells over each other": "19999 rows",
    "20,000 rows of formulas without a value": "19999 rows",
    "five million blank lines": "0 rows",
}
STARTING = 0.3  # seconds of processor time in which a process starts, on a busy machine too
REFUSED = {
    "bomb", "cell_too_long", "too_many_cells", "too_many_columns", "too_many_merged", "too_many_rows",
    "too_much_work", "xlsx",
}  # fmt: skip


ALWAYS = (  # with every fourth of the others there is a file of every kind of answer
    "two million rows without a number",
    "one long text in 20,000 cells",
    "a cell of three megabytes",
)


def test_no_hostile_file_needs_more_than_its_size_allows(tmp_path: Path) -> None:
    assert len(FILES) >= 20
    chosen = {*ALWAYS, *each_fourth([*FILES])}
    for number, (name, made) in enumerate(FILES.items()):
        if name in chosen:
            (tmp_path / f"{number:02d}").write_bytes(made())
    command = [sys.executable, "-m", "tests.sheets.hostile", str(tmp_path)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = [json.loads(line) for line in said.splitlines()]
    assert {name for name, *_ in found} == chosen
    assert {answer for _, answer, *_ in found} >= REFUSED | {"empty", "0 rows"}
    for name, answer, kilobytes, seconds, _, megabytes in found:
        assert answer == TAKEN[name] if name in TAKEN else answer in REFUSED, (name, answer)
        assert seconds <= 0.05 * kilobytes + STARTING, (name, seconds)
        assert megabytes <= 64, (name, megabytes)


def test_a_process_that_runs_too_long_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "SECONDS", 0.0)
    with pytest.raises(UnreadableFile, match="too_much_work"):
        read_sheet(b"a,b\n" + b"\n" * 5_000_000)
