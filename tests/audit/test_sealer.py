"""The sealer of the scheduler seals at its start, on request and at its end; failures do not stop it."""

from time import monotonic, sleep

import pytest
from sqlalchemy import Engine

from lifecycle.audit.keys import SigningKey
from lifecycle.audit.seal import Seals
from lifecycle.audit.standing import sealing_status
from lifecycle.records.engine import reading
from scheduler import sealer as module
from scheduler.sealer import Sealer
from tests.commands.diary import Diary

LONG = 1000.0  # seconds: only asking wakes it


def signed(engine: Engine, size: int) -> bool:
    """Whether so many rows are signed within ten seconds."""
    end = monotonic() + 10
    while monotonic() < end:
        with reading(engine) as conn:
            if sealing_status(conn).signed == size:
                return True
        sleep(0.01)
    return False


def test_the_sealer_seals_at_its_start_on_request_and_at_its_end(diary: Diary, key: SigningKey) -> None:
    diary.accepted()
    sealer = Sealer(diary.engine, lambda: diary.now, Seals(key), LONG)
    sealer.start()
    assert signed(diary.engine, 2)
    diary.apply(reference="another")
    sealer.ask()
    assert signed(diary.engine, 3)
    diary.apply(reference="a third")
    sealer.stop()
    assert signed(diary.engine, 4)


def test_a_failure_does_not_end_it(diary: Diary, key: SigningKey, monkeypatch: pytest.MonkeyPatch) -> None:
    sealed, tries = module.seal, []

    def failing_once(*given: object) -> object:
        tries.append(given)
        if len(tries) == 1:
            raise RuntimeError("the database is away")
        return sealed(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "seal", failing_once)
    diary.accepted()
    sealer = Sealer(diary.engine, lambda: diary.now, Seals(key), 0.05)
    sealer.start()
    assert signed(diary.engine, 2)
    sealer.stop()
