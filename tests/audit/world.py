"""A small database with every kind of subject, sealed several times and exported."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from lifecycle.audit.checkpoint import KeptCheckpoint, read_checkpoint
from lifecycle.audit.export_file import export_to_file
from lifecycle.audit.keys import SigningKey
from lifecycle.audit.seal import Seals, list_checkpoints, seal
from lifecycle.commands import outages
from lifecycle.machines.facts import When
from lifecycle.records.engine import reading, writing
from lifecycle.timers.sweep import sweep
from tests.audit.tampering import Case
from tests.commands import acts as contracts
from tests.commands import acts as parts
from tests.commands.diary import NOW, Diary, tokyo
from tests.commands.part_refusals import accept, asked, measure, written


@dataclass(frozen=True)
class World:
    """An export, the checkpoints that an auditor kept of it, the key, and a contract with parts of every kind."""

    diary: Diary
    exported: Path
    kept: tuple[KeptCheckpoint, ...]
    key: SigningKey
    contract: str


def live(diary: Diary, key: SigningKey) -> str:
    """Contracts with options, item changes, measures, usage, an outage and its credits; a seal after each step."""
    seals = Seals(key)

    def sealed() -> None:
        seal(diary.engine, diary.now, seals)

    contract, option = diary.accepted_with_option()
    sealed()
    changing = diary.accepted(reference="C", item="basic")
    ending = diary.accepted(reference="E")
    sealed()
    accept(diary, asked(diary, changing), "2022-05-11")
    diary.today("2022-04-23")
    diary.do(contracts.notify_cancellation, ending, NOW, reason='改行\nと\t"引用"\u2028')
    sealed()
    diary.today("2022-05-10 12:00")
    sweep(diary.engine, diary.now)
    sealed()
    found = outages.OutageReport(tokyo("2022-05-10 10:00"), "alarm", True, None)
    outage = written(diary, outages.open_outage, diary.order(), found)
    diary.today("2022-05-12 12:00")
    written(diary, outages.recover, outage.id, diary.order(), tokyo("2022-05-12 11:00"))
    measure(diary, contract)
    sealed()
    with writing(diary.engine) as conn:
        outages.claim(conn, contract, outage.id, diary.order(), When(on=date(2022, 5, 12)))
        meters = {"transcode_hours": "1.5", "storage_gb": "10", "delivery_gb": "20", "live_hours": "0"}
        parts.record_usage(conn, contract, diary.order(), "2022-05", meters)
        parts.record_usage(conn, contract, diary.order(), "2022-05", meters | {"storage_gb": "11"})
    diary.today("2022-05-20")
    diary.do(contracts.notify_cancellation, option, NOW)
    sealed()
    diary.today("2022-07-01")
    sweep(diary.engine, diary.now)
    sealed()
    return contract


def world(diary: Diary, key: SigningKey, folder: Path, *, packed: bool = False) -> World:
    """Lives, seals and exports."""
    contract = live(diary, key)
    exported = folder / ("history.jsonl.gz" if packed else "history.jsonl")
    export_to_file(diary.engine, exported)
    return World(diary, exported, kept(diary, key), key, contract)


def kept(diary: Diary, key: SigningKey) -> tuple[KeptCheckpoint, ...]:
    """What an auditor stored: every signed checkpoint."""
    with reading(diary.engine) as conn:
        found = [read_checkpoint(note.encode(), key.public) for _, note, _ in list_checkpoints(conn)]
    return tuple(KeptCheckpoint(one, f"checkpoint-{one.size}") for one in found)


def case_of(diary: Diary, key: SigningKey, folder: Path) -> Case:
    """The world as something to tamper with."""
    made = world(diary, key, folder)
    with reading(diary.engine) as conn:
        notes = tuple(note.encode() for _, note, _ in list_checkpoints(conn))
    return Case(tuple(made.exported.read_bytes().splitlines(keepends=True)), notes, key)
