"""Commands of the audit: `lifecycle audit …`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine

from lifecycle.audit import seal as sealing
from lifecycle.audit.checkpoint import Unreadable
from lifecycle.audit.keys import new_key, read_key
from lifecycle.cli.options import (
    EMBEDDED,
    DatabaseUrl,
    engine_of,
    out,
    require_current,
    seals_of,
    stop,
)  # fmt: skip
from lifecycle.cli.root import app
from lifecycle.cli.shared_options import taking
from lifecycle.records.engine import reading
from lifecycle.timers.clock import read_clock
from scheduler.clock import system_clock

audit_app = typer.Typer(
    no_args_is_help=True, help="Audit trail: keys, checkpoints, exports, verification, questions. / 監査証跡"
)
app.add_typer(audit_app, name="audit")


@contextmanager
def open_database(database_url: str) -> Iterator[Engine]:
    """A database at the newest revision, closed at the end. Ends the command where it is not there."""
    engine = engine_of(database_url)
    try:
        require_current(engine)
        yield engine
    finally:
        engine.dispose()


@audit_app.command()
def key(
    new: Annotated[Path | None, typer.Option(help="Create a signing key in this new file.")] = None,
    public: Annotated[Path | None, typer.Option(help="Print the verification key of this signing key.")] = None,
    name: Annotated[str | None, typer.Option(help="The new key's name; a random one by default.")] = None,
) -> None:
    """Creates the key that signs checkpoints, or prints its verification key. / 署名鍵の作成と検証鍵の表示"""
    if (new is None) == (public is None):
        raise typer.BadParameter("one of --new and --public")
    try:
        if new is not None:
            made = new_key(new, name)
            out.print(f"A signing key is in {new}; keep it outside the database. Its verification key:")
            print(made)
        elif public is not None:
            print(read_key(public).public)
    except FileExistsError:
        stop(f"{new} is there already; a key is never overwritten")
    except OSError as error:
        stop(f"cannot use {new or public}: {error.strerror}")
    except Unreadable as error:
        stop(str(error))


@audit_app.command()
@taking(seals=seals_of)
def seal(database_url: DatabaseUrl = EMBEDDED, *, seals: sealing.Seals) -> None:
    """Moves pending rows into the log and signs a checkpoint. / 監査ログを封印し署名する"""
    with open_database(database_url) as engine:
        with reading(engine) as conn:
            now = read_clock(conn).sandbox_now or system_clock()
        sealed = sealing.seal(engine, now, seals)
    if sealed.busy:
        stop("another sealer is at work")
    out.print(f"{sealed.rows:,} rows taken into the log")
    if sealed.refused:
        stop(f"nothing is signed: {sealed.refused}")
    if sealed.unposted:
        out.print(f"not posted: {sealed.unposted}")
    if seals.key is None:
        out.print("unsigned: there is no key (LIFECYCLE_AUDIT_KEY)")
    elif sealed.checkpoint is not None:
        out.print(f"signed: {sealed.checkpoint.size:,} rows, root {sealed.checkpoint.root.hex()}")


@audit_app.command()
def checkpoints(
    out_dir: Annotated[Path, typer.Option("--out", help="The directory to write to.", file_okay=False)],
    database_url: DatabaseUrl = EMBEDDED,
) -> None:
    """Writes every signed checkpoint to a separate file. / 署名済みチェックポイントの書き出し"""
    with open_database(database_url) as engine, reading(engine) as conn:
        found = sealing.list_checkpoints(conn)
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
        for size, note, _ in found:
            sealing.write_out(out_dir, size, note)
    except OSError as error:
        stop(f"cannot write to {out_dir}: {error.strerror}")
    out.print(f"{len(found):,} checkpoints in {out_dir}")
