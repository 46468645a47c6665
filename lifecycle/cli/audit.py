"""Commands of the audit: `lifecycle audit …`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine

from lifecycle.audit import seal as sealing
from lifecycle.audit import succession
from lifecycle.audit.checkpoint import Forged, Unreadable, read_kept
from lifecycle.audit.keys import new_key, read_key
from lifecycle.audit.log import move_all_pending
from lifecycle.audit.verifier.policy import read_policy
from lifecycle.audit.verify_command import key_of
from lifecycle.audit.witnessing import collect
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
from lifecycle.records.engine import reading, writing
from lifecycle.timers.clock import read_clock
from scheduler.clock import system_clock

audit_app = typer.Typer(
    no_args_is_help=True, help="Audit trail: keys, checkpoints, exports, verification, questions. / 監査証跡"
)
app.add_typer(audit_app, name="audit")


@contextmanager
def open_database(database_url: str) -> Iterator[Engine]:
    """Open a database at the newest revision, and close it at the end. Exits if it does not exist."""
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
        stop(f"{new} already exists; a key is never overwritten")
    except OSError as error:
        stop(f"cannot use {new or public}: {error.strerror}")
    except Unreadable as error:
        stop(str(error))


@audit_app.command("sign-on")
def sign_on(
    key: Annotated[str, typer.Option(help="The new verification key, or a file with it.")],
    replaces: Annotated[str, typer.Option(help="The previous verification key, or a file with it.")],
    reason: Annotated[str, typer.Option(help="The reason; kept permanently, so write no names.")],
    by: Annotated[str, typer.Option(help="The actor in the log.")],
    checkpoint: Annotated[
        list[Path] | None, typer.Option(help="Checkpoints kept outside the database: files or directories.")
    ] = None,
    database_url: DatabaseUrl = EMBEDDED,
) -> None:
    """Has a new key sign the log on, after a loss or a theft or in its turn. / 新しい署名鍵に引き継ぐ"""
    try:
        new, old = key_of(key), key_of(replaces)
        outside = [one.checkpoint for one in read_kept(checkpoint or [], [old])]
        with open_database(database_url) as engine:
            with reading(engine) as conn:
                now = read_clock(conn).sandbox_now or system_clock()
            move_all_pending(engine)
            with writing(engine) as conn:
                made = succession.sign_on(conn, succession.Succession(new, old, by, reason, outside), now)
    except OSError as error:
        stop(f"cannot read {error.filename}: {error.strerror}")
    except (Unreadable, Forged) as error:
        stop(str(error))
    out.print(
        f"{made.key.name} signs instead of {made.replaces.name}: set LIFECYCLE_AUDIT_KEY, restart the sealers"
    )
    if made.kept is not None:
        out.print(f"the log extends what was signed up to row {made.kept[0]:,}")
    if made.lost is not None:
        out.print(f"the log does not extend the checkpoint of {made.lost[0]:,} rows: tell the auditors")


@audit_app.command()
@taking(seals=seals_of)
def seal(database_url: DatabaseUrl = EMBEDDED, *, seals: sealing.Seals) -> None:
    """Moves pending rows into the log and signs a checkpoint. / 監査ログを封印し、署名する"""
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
def witness(
    policy: Annotated[Path, typer.Option(help="The witnesses with their addresses (c2sp.org/tlog-policy).")],
    database_url: DatabaseUrl = EMBEDDED,
) -> None:
    """Has witnesses cosign the newest checkpoint; exit code 1 if one does not. / 立会人の連署を集める"""
    missing = 0
    try:
        asked = read_policy(policy.read_text("utf-8"))
        with open_database(database_url) as engine:
            for name, trouble in collect(engine, asked, system_clock()):
                out.print(f"{name}: {trouble or 'cosigned'}")
                missing += trouble is not None
    except (OSError, ValueError) as error:
        stop(f"cannot read {policy}: {error}")
    except Unreadable as error:
        stop(str(error))
    if missing:
        stop(f"{missing} of the witnesses did not cosign")


@audit_app.command()
def checkpoints(
    out_dir: Annotated[Path, typer.Option("--out", help="The directory to write to.", file_okay=False)],
    database_url: DatabaseUrl = EMBEDDED,
) -> None:
    """Writes every signed checkpoint to a separate file. / 署名済みチェックポイントの書出し"""
    with open_database(database_url) as engine, reading(engine) as conn:
        found = sealing.list_checkpoints(conn)
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
        for size, note, _ in found:
            sealing.write_out(out_dir, size, note)
    except OSError as error:
        stop(f"cannot write to {out_dir}: {error.strerror}")
    out.print(f"{len(found):,} checkpoints in {out_dir}")
