"""A filtered export contains the terms that its rows name and verifies by itself."""

from pathlib import Path

import orjson
import pytest

from lifecycle.audit.checkpoint import KeptCheckpoint
from lifecycle.audit.export import ExportFilter
from lifecycle.audit.export_file import export_to_file
from lifecycle.audit.judge import Judge
from lifecycle.audit.keys import SigningKey
from lifecycle.audit.seal import Seals, seal
from lifecycle.audit.verifier.verify import GOOD, TAMPERED, verify
from lifecycle.commands.editions import record_editions
from lifecycle.records.engine import writing
from tests.audit.tampering import STEPS
from tests.audit.world import kept
from tests.commands import acts as contracts
from tests.commands.diary import APPLICATION, NOW, Diary, tokyo

NUMBERED = {**APPLICATION.personal, "customer": {**APPLICATION.personal["customer"], "number": "C-7"}}
FILTERS = [  # with the number of rows of contracts that each lets through, and what the judge says
    (ExportFilter(event="accept"), 2, "Not judged: rows are left out"),
    (ExportFilter(actor="desk", since=tokyo("2022-04-21"), until=tokyo("2022-05-01")), 3, "Not judged"),
    (ExportFilter(state="cancel_notified"), 3, "3 rows follow"),
    (ExportFilter(state="accepted", service="media_sphere"), 2, "2 rows follow"),
    (ExportFilter(customer="ｃ-7"), 2, "2 rows follow"),
    (ExportFilter(state="billing"), 0, "0 rows follow"),
]


@pytest.fixture
def notes(diary: Diary, key: SigningKey) -> tuple[KeptCheckpoint, ...]:
    """A sealed book with its terms on record and two contracts, one of them about to end."""
    with writing(diary.engine) as conn:
        record_editions(conn, diary.order("first start"))
    diary.accepted(reference="C", personal=NUMBERED)
    ending = diary.accepted(reference="E")
    diary.do(contracts.notify_cancellation, ending, NOW)
    seal(diary.engine, diary.now, Seals(key))
    return kept(diary, key)


def test_every_filtered_export_contains_the_terms_of_its_rows(
    diary: Diary, key: SigningKey, notes: tuple[KeptCheckpoint, ...], tmp_path: Path
) -> None:
    for number, (wanted, rows, judged) in enumerate(FILTERS):
        file = tmp_path / f"{number}.jsonl"
        export_to_file(diary.engine, file, wanted)
        lines = file.read_bytes().splitlines(keepends=True)
        said = [orjson.loads(line)["row"] for line in lines[1:-1]]
        editions = {row["facts"]["edition"]: n for n, row in enumerate(said, start=1) if row["kind"] == "edition"}
        assert (len(editions), len(said)) == (3, rows + 3), wanted
        named = {row["edition"] for row in said if row["kind"] != "edition"}
        assert named <= editions.keys()
        verdict = verify(file, notes, key.public, STEPS, Judge())
        assert (verdict.code, judged in verdict.says) == (GOOD, True), verdict.says
        for edition in named:  # without it, it does not verify
            less = [line for n, line in enumerate(lines[:-1]) if n != editions[edition]]
            file.write_bytes(b"".join(less) + b'{"end":{"rows":%d}}\n' % (len(less) - 1))
            assert verify(file, notes, key.public, STEPS).code == TAMPERED
