"""Random databases: months of random commands, sealed now and then, exported whole."""

import gzip
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import Engine, select

from lifecycle.audit.export_file import export_to_file
from lifecycle.audit.keys import SigningKey
from lifecycle.audit.seal import Seals, list_checkpoints, seal
from lifecycle.commands.command import CommandContext
from lifecycle.records import tables
from lifecycle.records.engine import reading, writing
from lifecycle.records.mapping import load
from lifecycle.timers.sweep import sweep
from tests.audit.tampering import Case, missed, verdict_on
from tests.faults.acts import REFUSALS, Drawing, numbered
from tests.faults.expected import TOKYO

BEGINS = datetime(2022, 5, 1, 9, tzinfo=TOKYO)
LIVING = 5  # contracts that the desk goes on with


def tried(engine: Engine, seed: int, folder: Path, kinds: list[str]) -> tuple[int, list[str]]:
    """Create a random database, export it, then tamper with the export in each way.

    The rows it has, and what is wrong with the verdicts: a false alarm, or something not found or not located.
    """
    chance = Random(f"book {seed}")
    clean, case = book(engine, chance, folder)
    verdict = verdict_on(clean, folder)
    wrong = [f"book {seed}: {verdict.says}"] if verdict.code else []
    wrong += [says for kind in kinds if (says := missed(kind, case, seed, folder))]
    return case.logged, wrong


def book(engine: Engine, chance: Random, folder: Path) -> tuple[Case, Case]:
    """Plays, and exports twice: as the last act left it, with rows not sealed yet; and sealed to its end."""
    key, drawing, now = SigningKey("contracts.example.com", chance.randbytes(32)), Drawing(chance), BEGINS
    with numbered():
        for _ in range(chance.randint(15, 60)):
            _act(engine, drawing, now)
            now += chance.choice((0, 1, 20, 24 * 3, 24 * 20)) * timedelta(hours=1)
            if chance.random() < 0.3:
                sweep(engine, now, batch=chance.choice((1, 3, 1000)))
            if chance.random() < 0.2:
                seal(engine, now, Seals(key))
    clean = _exported(engine, key, folder / chance.choice(("book.jsonl", "book.jsonl.gz")))
    seal(engine, now, Seals(key))
    return clean, _exported(engine, key, folder / "sealed.jsonl")


def _act(engine: Engine, drawing: Drawing, now: datetime) -> None:
    table = tables.contract.c
    with writing(engine) as conn:
        living = (
            select(table.id).where(table.state.not_in(("terminated", "rejected", "withdrawn"))).order_by(table.id)
        )
        ids = list(conn.execute(living).scalars())
        if len(ids) < LIVING:
            ask = drawing.application(now)
        elif drawing.draw.random() < 0.1:
            ask = drawing.outage(conn, now, ids)
        else:
            ask = drawing.about(load(conn, drawing.draw.choice(ids)), now)
    try:
        with writing(engine) as conn:
            ask.do(conn, CommandContext("desk", now, f"act {drawing.number}"))
    except REFUSALS:
        return


def _exported(engine: Engine, key: SigningKey, file: Path) -> Case:
    export_to_file(engine, file)
    content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    with reading(engine) as conn:
        notes = tuple(note.encode() for _, note, _ in list_checkpoints(conn))
    return Case(tuple(content.splitlines(keepends=True)), notes, key)
