"""`lifecycle audit check`: a live database against its own history."""

from pathlib import Path
from typing import Annotated, Any, NoReturn

import orjson
import typer
from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError

from lifecycle.audit.checks.check import Checker, Reached
from lifecycle.audit.checks.found import TITLES, Finding
from lifecycle.cli.audit import audit_app, open_database
from lifecycle.cli.options import EMBEDDED, DatabaseUrl, out, stop
from lifecycle.cli.output import print_json
from lifecycle.cli.progress import bar

SHOWN = 200  # findings that the text shows; JSON has all of them


@audit_app.command()
def check(
    progress_file: Annotated[
        Path | None,
        typer.Option("--resume", help="Keep the progress in this file; an interrupted check continues from it."),
    ] = None,
    people: Annotated[
        bool,
        typer.Option("--people/--no-people", help="Check personal data too; the login must be able to read it."),
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    database_url: DatabaseUrl = EMBEDDED,
) -> None:
    """Compares a database with its own history; it changes nothing. / データベースを履歴と照合する

    Exit code: 0 if everything agrees, 1 if something differs, 2 if the check could not be completed.
    """
    reached, found, subjects = _kept(progress_file)
    try:
        with open_database(database_url) as engine:
            checker = Checker(engine, people=people)
            with bar("subjects", checker.total()) as progress:
                progress(subjects)
                for part in checker.parts(reached):
                    found += part.findings
                    subjects += part.subjects
                    progress(part.subjects)
                    if progress_file is not None:
                        _keep(progress_file, part.reached, found, subjects)
    except SQLAlchemyError as error:
        _unfinished(f"the check stopped: {str(getattr(error, 'orig', error)).splitlines()[0]}")
    if progress_file is not None:
        progress_file.unlink(missing_ok=True)
    if as_json:
        print_json(
            {
                "subjects": subjects,
                "people_checked": people,
                "findings": [finding._asdict() | {"title_ja": TITLES[finding.check]} for finding in found],
            }
        )
        raise typer.Exit(1 if found else 0)
    for finding in found[:SHOWN]:
        out.print(finding.line)
    if found:
        more = f", {SHOWN:,} of them shown" if len(found) > SHOWN else ""
        stop(f"{len(found):,} findings{more}; nothing was changed / 相違{len(found):,}件（変更は行っていません）")
    out.print(f"{subjects:,} contracts and outages agree with their history. / 履歴と一致しました。")


def _kept(file: Path | None) -> tuple[Reached, list[Finding], int]:
    """What an interrupted check left. Ends the command where the file is none of it."""
    if file is None or not file.exists():
        return Reached(), [], 0
    try:
        said: dict[str, Any] = orjson.loads(file.read_bytes())
        return Reached(**said["reached"]), [Finding(*row) for row in said["findings"]], int(said["subjects"])
    except (OSError, ValueError, LookupError, TypeError):
        _unfinished(f"{file} is not the progress of a check")


def _keep(file: Path, reached: Reached, found: list[Finding], subjects: int) -> None:
    said = {"reached": reached, "findings": [list(row) for row in found], "subjects": subjects}
    part = file.with_name(f"{file.name}.part")
    try:
        part.write_bytes(orjson.dumps(said))
        part.replace(file)
    except OSError as error:
        _unfinished(f"cannot write {file}: {error.strerror}")


def _unfinished(why: str) -> NoReturn:
    """Ends the command with exit code 2."""
    Console(stderr=True, soft_wrap=True, markup=False).print(why)
    raise typer.Exit(2)
