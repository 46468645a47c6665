"""A contract that a mistyped notice ends, and the correction that reverses the end."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from lifecycle.commands.command import Command, Outcome
from lifecycle.commands.correction_operations import CorrectionBody
from lifecycle.commands.execute import execute
from lifecycle.commands.service import Service
from lifecycle.history.rows import rows_of
from lifecycle.machines.entries import Row
from lifecycle.records.engine import reading
from tests.commands import acts
from tests.commands.diary import Diary, at_version, on, tokyo

WRONG, RIGHT = "2022-07-01", "2022-08-01"
FIRES = tokyo("2022-08-01 00:00")  # the end by the wrong day


def wronged(diary: Diary, reference: str = "OD-2022-0001") -> tuple[str, str]:
    """A contract whose notice was entered as of 1 July, with the notice's row; it is 20 July."""
    contract = diary.accepted(reference=reference)
    diary.today("2022-07-20")
    dossier = diary.do(acts.notify_cancellation, contract, on(WRONG), reason="found late")
    return contract, f"{contract}.{dossier.contract.seq}"


def correct(
    engine: Engine, contract: str, entry: str, now: datetime, *, facts: Mapping[str, Any] | None = None,
    version: int | None = None, key: str | None = None, actor: str = "tanaka",
) -> Outcome:  # fmt: skip
    """Correct the notice, to 1 August by default. Raises the errors of `execute`."""
    body = CorrectionBody(
        entry=entry, facts=dict(facts or {"arrived_on": RIGHT}), reason="the stamp of receipt says otherwise"
    )
    command = Command(
        operation="contracts-correct", actor=actor, path=f"/v1/contracts/{contract}/corrections",
        subject_id=contract, body=body, expected=at_version(version), key=key, fingerprint="the same",
    )  # fmt: skip
    return execute(Service(engine, lambda: now, wall=lambda: now), command)


def rows(engine: Engine, contract: str) -> list[Row]:
    """The whole history of a contract."""
    with reading(engine) as conn:
        return list(rows_of(conn, contract))


def events(engine: Engine, contract: str) -> list[str]:
    """What happened to a contract, row by row."""
    return [row["event"] for row in rows(engine, contract) if row["subject"] == contract]


def superseded(engine: Engine, contract: str) -> list[str]:
    """Return the events of the superseded rows."""
    found = rows(engine, contract)
    gone = {seq for row in found for seq in row.get("line", {}).get("supersedes", ())}
    return [row["event"] for row in found if row["seq"] in gone]


LATER = FIRES + timedelta(days=9)
