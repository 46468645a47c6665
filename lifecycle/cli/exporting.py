"""Commands of the audit that write files for others, and check such files."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from lifecycle.audit.checkpoint import Unreadable
from lifecycle.audit.consistency import prove_consistency
from lifecycle.audit.export import ExportFilter, count_rows
from lifecycle.audit.export_file import export_to_file
from lifecycle.audit.standalone import legal_steps, standalone
from lifecycle.audit.verify_command import main
from lifecycle.cli.audit import audit_app, open_database
from lifecycle.cli.logs import fail_with
from lifecycle.cli.options import EMBEDDED, DatabaseUrl, bound_of, month_of, out, stop, user_of
from lifecycle.cli.progress import bar
from lifecycle.cli.service_option import ServiceOption, service_of
from lifecycle.errors import Archived
from lifecycle.people.reads import Read, write_reads
from lifecycle.records.engine import reading, writing
from lifecycle.records.keeping import refuse_archived
from scheduler.clock import system_clock

Out = Annotated[Path, typer.Option("--out", help="The file to write.", dir_okay=False)]
SizeOption = Annotated[
    int | None, typer.Option(help="Prove up to the checkpoint of this size; the newest by default.")
]


@audit_app.command("export")
def export_history(
    out_file: Out,
    contract: Annotated[
        str | None, typer.Option(help="Only rows of this contract, by id, and of its parts.")
    ] = None,
    event: Annotated[str | None, typer.Option(help="Only rows of this event.")] = None,
    actor: Annotated[str | None, typer.Option(help="Only rows of this actor.")] = None,
    since: Annotated[str | None, typer.Option(help="Only rows recorded from this instant or day.")] = None,
    until: Annotated[
        str | None, typer.Option(help="Only rows before this instant, or up to the end of this day.")
    ] = None,
    service: ServiceOption = None,
    state: Annotated[str | None, typer.Option(help="Only contracts in this state.")] = None,
    customer: Annotated[str | None, typer.Option(help="Only contracts of the customer with this number.")] = None,
    size: SizeOption = None,
    database_url: DatabaseUrl = EMBEDDED,
) -> None:
    """Writes the history: .jsonl, .jsonl.gz to verify; .csv, .xlsx to read. / 履歴を書き出す

    Without a filter it writes the whole history; with one, each row has a proof that the sealed log holds it.
    Run it again to continue an interrupted export; a table (.csv, .xlsx) starts again.
    """
    from lifecycle.audit.tabular import SUFFIXES, write_table  # loads what writes sheets

    bounds = bound_of(since, end=False), bound_of(until, end=True)
    wanted = ExportFilter(contract, event, actor, *bounds, service_of(service), state=state, customer=customer)
    with _writing(out_file, database_url, wanted) as (engine, progress):
        if out_file.suffix in SUFFIXES:
            number = write_table(engine, wanted, out_file, progress)
        else:
            number = export_to_file(engine, out_file, wanted, size, progress)
        _put_on_record(engine, "audit-export", wanted.said(), number)
    out.print(f"{number:,} rows in {out_file}")


@audit_app.command("sent")
def export_sent(
    out_file: Out,
    month: Annotated[str | None, typer.Option(help="Only rows about this month, YYYY-MM.")] = None,
    service: ServiceOption = None,
    database_url: DatabaseUrl = EMBEDDED,
) -> None:
    """Writes what was sent to customers as CSV, with its hashes. / 発行した明細と精算を書き出す"""
    from lifecycle.audit.sent import sent_rows  # loads what writes sheets
    from lifecycle.sheets.writing import csv_pieces

    wanted, own = None if month is None else month_of(month, "--month"), service_of(service)
    part, number = out_file.with_name(f"{out_file.name}.part"), -1  # less the headings

    def counted(rows: Iterator[Any]) -> Iterator[Any]:
        nonlocal number
        for row in rows:
            number += 1
            yield row

    try:
        with open_database(database_url) as engine:
            with reading(engine) as conn, part.open("wb") as file:
                file.writelines(csv_pieces(counted(sent_rows(conn, wanted, own))))
            asked = {"month": month, "service": own}
            _put_on_record(engine, "audit-sent", {name: text for name, text in asked.items() if text}, number)
        part.replace(out_file)
    except OSError as error:
        stop(f"cannot write {out_file}: {error.strerror}")
    finally:
        part.unlink(missing_ok=True)
    out.print(f"{number:,} rows in {out_file}")


@audit_app.command("prove")
def prove_contract(
    contract: Annotated[str, typer.Argument(help="The contract's id.", metavar="CONTRACT")],
    out_file: Out,
    size: SizeOption = None,
    database_url: DatabaseUrl = EMBEDDED,
) -> None:
    """Writes the rows of one contract with proofs; shows no other contract. / 一つの契約の証明を書き出す"""
    wanted = ExportFilter(contract=contract)
    with _writing(out_file, database_url, wanted) as (engine, progress):
        with reading(engine) as conn:
            refuse_archived(conn, contract)
        number = export_to_file(engine, out_file, wanted, size, progress)
        _put_on_record(engine, "audit-prove", wanted.said(), number)
    if number == 0:
        out_file.unlink()
        stop(f"no sealed row belongs to a contract {contract}")
    out.print(f"{number:,} rows with their proofs in {out_file}")


@audit_app.command("verify", context_settings={"allow_extra_args": True})
def verify_export(
    context: typer.Context,
    exported: Annotated[Path, typer.Argument(help="The file to verify: an export or proofs.", metavar="EXPORT")],
    checkpoint: Annotated[
        list[Path] | None, typer.Option(help="The checkpoints that you kept: files or directories.")
    ] = None,
    judge: Annotated[
        bool, typer.Option("--judge", help="Also compute every state, day and yen again from the terms.")
    ] = False,
    key: Annotated[
        list[str] | None, typer.Option(help="The verification key, or a file with it; earlier keys as well.")
    ] = None,
    archive: Annotated[
        list[Path] | None, typer.Option(help="Files of archived rows, to be read in their places.")
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(help="Which witnesses must have cosigned (c2sp.org/tlog-policy).")
    ] = None,
    timestamp_ca: Annotated[
        Path | None, typer.Option(help="Certificates of the time-stamping authorities that you trust (PEM).")
    ] = None,
) -> None:
    """Verifies an export. Exit code: 0 correct, 1 changed, 2 unreadable. / 書き出した履歴を検証する

    It needs the export, what you kept, and nothing else: no database, no service.
    """
    kept = [str(path) for path in (*(checkpoint or []), *context.args)]
    more = ["--checkpoint", *kept] if kept else []
    more += ["--judge"] if judge else []
    more += [f"--policy={policy}"] if policy else []
    more += [f"--timestamp-ca={timestamp_ca}"] if timestamp_ca else []
    more += ["--archive", *map(str, archive)] if archive else []
    raise typer.Exit(main([str(exported), *(f"--key={one}" for one in key or []), *more], legal_steps()))


@audit_app.command("consistency")
def prove_extension(
    old: Annotated[int, typer.Option(help="The size of the older checkpoint.", min=1)],
    out_file: Out,
    size: Annotated[
        int | None, typer.Option(help="The size of the newer checkpoint; by default the newest one.")
    ] = None,
    database_url: DatabaseUrl = EMBEDDED,
) -> None:
    """Writes a proof that the log of one checkpoint extends that of another. / 追記だけであることの証明"""
    try:
        with open_database(database_url) as engine, reading(engine) as conn:
            out_file.write_text(prove_consistency(conn, old, size)[1], "utf-8")
    except OSError as error:
        stop(f"cannot write {out_file}: {error.strerror}")
    except Unreadable as error:
        stop(str(error))
    out.print(f"The proof is in {out_file}.")


@audit_app.command("compare")
def compare_kept(
    kept: Annotated[list[Path], typer.Argument(help="Checkpoints and proofs: files or directories.")],
    key: Annotated[list[str], typer.Option(help="The verification key, or a file with it; earlier keys as well.")],
) -> None:
    """Compares what auditors kept; exit code 1 if two histories were signed. / 監査人の保管物を突き合わせる"""
    raise typer.Exit(main(["compare", *map(str, kept), *(f"--key={one}" for one in key)], {}))


@audit_app.command("verifier")
def write_verifier(out_file: Out) -> None:
    """Writes the verifier as one file that needs Python and cryptography. / 単独で動く検証プログラム"""
    try:
        out_file.write_text(standalone(), "utf-8")
    except OSError as error:
        stop(f"cannot write {out_file}: {error.strerror}")
    out.print(f"The verifier is in {out_file}.")


def _put_on_record(engine: Engine, operation: str, asked: Mapping[str, str], rows: int) -> None:
    """Who exported what; a login that may only read cannot, and says so."""
    ids = [asked["contract"]] if "contract" in asked else []
    try:
        with writing(engine) as conn:
            write_reads(conn, [Read(system_clock(), user_of(None), operation, ids, asked, rows)])
    except DBAPIError:
        fail_with("the export is not among the reads on record: this login cannot write to the database")


@contextmanager
def _writing(
    out_file: Path, database_url: str, wanted: ExportFilter
) -> Iterator[tuple[Engine, Callable[[int], object]]]:
    """The database, and the notification of written rows. Ends the command with what is in the way."""
    try:
        with open_database(database_url) as engine:
            with reading(engine) as conn:
                total = count_rows(conn, wanted)
            with bar("rows", total) as progress:
                yield engine, progress
    except OSError as error:
        stop(f"cannot write {out_file}: {error.strerror}")
    except (Unreadable, Archived) as error:
        stop(str(error))
