"""A sealed demo database of an older version: it opens, verifies, and accepts corrections and new entries."""

import gzip
import sqlite3
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from lifecycle.audit.checkpoint import KeptCheckpoint, VerificationKey, read_checkpoint
from lifecycle.audit.export_file import export_to_file
from lifecycle.audit.seal import NO_SEALS, seal
from lifecycle.audit.standalone import legal_steps
from lifecycle.audit.verifier.verify import GOOD, verify
from lifecycle.records.engine import open_engine
from lifecycle.records.migrate import migrate
from tests.api.desk import Desk, Json, opened
from tests.commands.proof import verify as chains_verify

PLAYED = Path(__file__).parent / "played-ec4be05.sql.gz"
KEY = VerificationKey.parse("contracts.example.com+9ce1c81a+AS5+kpq/AH4mw5m2PmhP575pzdRuJsuUeE3pz99rISJZ")
KEPT = b"""contracts.example.com
123
/oUKKQug8aL1bgzYkunJ8wXXsreIEWCEW1i/O/zj51o=

\xe2\x80\x94 contracts.example.com nOHIGrlKphJL6d8Hrv3LGkY0fpoHdOkdwFTfjgV1MZ1Twqd2MhcHJ19CpXrlEXzqSaBZaCzKKavcyB7pTuMgi5IyOgA=
"""  # noqa: E501
STANDS = "2024-12-01T09:00:00+09:00"  # the time of the sandbox when it was kept


@pytest.fixture
def played(tmp_path: Path) -> Iterator[Engine]:
    """The database, migrated."""
    file = tmp_path / "played.db"
    with sqlite3.connect(file) as conn:
        conn.executescript(gzip.decompress(PLAYED.read_bytes()).decode())
    conn.close()
    engine = open_engine(f"sqlite:///{file}")
    migrate(engine)
    yield engine
    engine.dispose()


def exported(engine: Engine, file: Path) -> Any:
    """Return the verdict on an export against the checkpoint that an auditor has stored."""
    export_to_file(engine, file)
    kept = KeptCheckpoint(read_checkpoint(KEPT, KEY), "kept")
    return verify(file, [kept], KEY, legal_steps())


def notices(desk: Desk) -> list[tuple[Json, Json]]:
    """Yield each contract with a valid notice, and the row of the notice."""
    found = []
    for contract in desk.get("/v1/contracts", limit=100)["items"]:
        rows = [row for row in desk.history(contract) if row["event"] == "notify_cancellation" and row["stands"]]
        found += [(contract, row) for row in rows[:1]]
    return found


def test_a_database_of_an_older_version_verifies_and_answers_every_question(
    played: Engine, document: Json, tmp_path: Path
) -> None:
    assert exported(played, tmp_path / "history.jsonl").code == GOOD
    with opened(played, document, STANDS) as desk:
        contracts = desk.get("/v1/contracts", limit=100)["items"]
        assert len(contracts) == 23
        for contract in contracts:
            path = f"/v1/contracts/{contract['id']}"
            assert desk.get(path)["state"] == contract["state"]
            assert desk.get(f"{path}/charges") and desk.get(f"{path}/statements/2024-06")
            then = desk.get(path, effective_at=STANDS, known_at=STANDS)
            assert then["state"] == contract["state"] and then["reference"] == contract["reference"]


def test_corrections_in_a_database_of_an_older_version_verify(
    played: Engine, document: Json, tmp_path: Path
) -> None:
    with opened(played, document, STANDS) as desk:
        for contract, row in notices(desk):
            arrived = date.fromisoformat(row["facts"]["arrived_on"]) + timedelta(days=3)
            body = {"entry": row["id"], "facts": {"arrived_on": str(arrived)}, "reason": "Typed wrongly."}
            desk.post(f"/v1/contracts/{contract['id']}/corrections", body, 200)
        demo_01 = desk.get("/v1/contracts", q="DEMO-01")["items"][0]
        assert desk.show(demo_01)["terminated_on"] == "2024-06-17"  # the notice of 15 May came on 18 May
        desk.move_to("2025-06-01")
    chains_verify(played)
    seal(played, desk.context.clock(), NO_SEALS)
    verdict = exported(played, tmp_path / "history.jsonl")
    assert verdict.code == GOOD and "are newer" in verdict.says
