"""Commands of the audit about time stamps of checkpoints."""

from pathlib import Path
from typing import Annotated

import typer

from lifecycle.audit.checkpoint import Unreadable
from lifecycle.audit.timestamps import list_stamps, stamp
from lifecycle.cli.audit import audit_app, open_database
from lifecycle.cli.options import EMBEDDED, DatabaseUrl, out, stop
from lifecycle.records.engine import reading
from scheduler.clock import system_clock


@audit_app.command("timestamp")
def have_stamped(
    authority: Annotated[str, typer.Option(help="The address of the authority (RFC 3161).")],
    database_url: DatabaseUrl = EMBEDDED,
) -> None:
    """Has an authority stamp the newest checkpoint with the time. / チェックポイントにタイムスタンプを付ける"""
    try:
        with open_database(database_url) as engine:
            size = stamp(engine, authority, system_clock())
    except Unreadable as error:
        stop(str(error))
    out.print(f"the checkpoint of {size:,} rows has a time stamp")


@audit_app.command("timestamps")
def write_stamps(
    out_dir: Annotated[Path, typer.Option("--out", help="The directory to write to.", file_okay=False)],
    database_url: DatabaseUrl = EMBEDDED,
) -> None:
    """Writes time stamps (.tsr), each with its checkpoint (.txt). / タイムスタンプの書出し"""
    number = 0
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
        with open_database(database_url) as engine, reading(engine) as conn:
            for size, note, answer in list_stamps(conn):
                number += 1
                path = out_dir / f"timestamp-{size:012d}-{number}"
                path.with_suffix(".txt").write_bytes(note.encode())
                path.with_suffix(".tsr").write_bytes(answer)
    except OSError as error:
        stop(f"cannot write to {out_dir}: {error.strerror}")
    out.print(f"{number:,} time stamps in {out_dir}")
