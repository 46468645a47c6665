"""`lifecycle terms …`: recorded editions of the terms, and the correction of their values."""

from datetime import date
from typing import Annotated

import orjson
import typer
from rich.table import Table
from sqlalchemy import Connection

from lifecycle.cli.options import EMBEDDED, By, DatabaseUrl, Reason, current_engine, instant_of, out, stop, user_of
from lifecycle.cli.root import app
from lifecycle.cli.service_option import OwnService, ServiceOption, editions_of, service_of
from lifecycle.errors import DomainError, Malformed
from lifecycle.history.editions_known import announcements
from lifecycle.queries.questions import terms_in_force
from lifecycle.records.engine import reading, writing
from lifecycle.terms.calendar import tokyo_day
from lifecycle.terms.default_service import DEFAULT_SERVICE
from lifecycle.terms.edition import content_of, differences, edition_of
from lifecycle.terms.editions import SERVICES, NotInForce
from lifecycle.terms.version import Terms
from lifecycle.timers.clock import read_clock
from scheduler.clock import system_clock

terms_app = typer.Typer()
app.add_typer(terms_app, name="terms")
Version = Annotated[str, typer.Argument(help="The version's first day in force, as 2022-05-01.")]


@terms_app.callback(invoke_without_command=True)
def terms(
    context: typer.Context,
    on: Annotated[str | None, typer.Option(help="A day YYYY-MM-DD; by default today.")] = None,
    service: OwnService = DEFAULT_SERVICE,
) -> None:
    """Prints the version of the terms in force on a day, as JSON. / 実施中の規程の値と解釈"""
    if context.invoked_subcommand is not None:
        return
    try:
        day = tokyo_day(instant_of(on) if on else system_clock())
        out.print_json(data=terms_in_force(day, editions_of(service)))
    except NotInForce as refusal:
        stop(refusal.ruling.because)


@terms_app.command()
def editions(service: ServiceOption = None, database_url: DatabaseUrl = EMBEDDED) -> None:
    """Lists the editions that are loaded, beside those on record. / 規程の版の一覧"""
    from lifecycle.commands.editions import on_record

    wanted = service_of(service)
    table = Table("service", "in force from", "loaded", "on record", "announced", "")
    engine = current_engine(database_url)
    with reading(engine) as conn:
        for terms in (one for each in SERVICES.values() for one in each if wanted in (None, one.service)):
            told = announcements(conn, terms.service)
            made_known = told[terms.version].on if terms.version in told else terms.announced_on
            held = on_record(conn, terms.version, terms.service)
            known = held.edition if held else "-"
            late = SERVICES[terms.service].known_late(terms)
            said = f"{made_known or '-'}{' (late / 実施日以後)' if late else ''}"
            hashes = edition_of(terms)[:16], known[:16]
            table.add_row(terms.service, terms.version, *hashes, said, _difference(conn, terms))
    engine.dispose()
    out.print(table)


@terms_app.command()
def show(version: Version, service: OwnService = DEFAULT_SERVICE) -> None:
    """Prints an edition as it is hashed, as JSON. / 規程の版の内容"""
    out.print_json(orjson.dumps(content_of(_loaded(version, service))).decode())


@terms_app.command()
def correct(
    version: Version, reason: Reason, service: OwnService = DEFAULT_SERVICE, by: By = None,
    database_url: DatabaseUrl = EMBEDDED,
) -> None:  # fmt: skip
    """Puts the loaded values on record in the place of wrong ones. / 規程の版の値を訂正する

    What the wrong values led to stays as it is until each contract is corrected.
    """
    from lifecycle.commands.command import CommandContext
    from lifecycle.commands.editions import NothingToCorrect, correct_edition

    terms, engine = _loaded(version, service), current_engine(database_url)
    try:
        with writing(engine) as conn:
            now = read_clock(conn).sandbox_now or system_clock()
            told = _difference(conn, terms)
            correct_edition(conn, terms, CommandContext(user_of(by), now, reason))
    except NothingToCorrect as error:
        stop(str(error))
    finally:
        engine.dispose()
    out.print(f"Corrected; it is on record: {told}")


@terms_app.command()
def announce(
    version: Version,
    on: Annotated[str, typer.Option(help="The day on which it was made known, YYYY-MM-DD.")],
    how: Annotated[str, typer.Option(help="How it was made known, for example: website and e-mail.")],
    reason: Reason, service: OwnService = DEFAULT_SERVICE, by: By = None, database_url: DatabaseUrl = EMBEDDED,
) -> None:  # fmt: skip
    """Records when a version was made known to the customers, and how. / 規程の周知日と方法を記録する"""
    from lifecycle.commands.command import CommandContext
    from lifecycle.commands.editions import announce_edition

    editions_of(service)
    engine = current_engine(database_url)
    try:
        with writing(engine) as conn:
            now = read_clock(conn).sandbox_now or system_clock()
            context = CommandContext(user_of(by), now, reason)
            announce_edition(conn, version, date.fromisoformat(on), how, context, service)
    except ValueError:
        raise typer.BadParameter(f"not a day: {on}", param_hint="--on") from None
    except Malformed as error:
        stop("; ".join(f"{one['pointer'].lstrip('/')} {one['detail']}" for one in error.errors))
    except DomainError as error:
        stop(str(error))
    finally:
        engine.dispose()
    out.print(f"{version}: announced on {on}")


def _loaded(version: str, service: str) -> Terms:
    loaded = editions_of(service)
    for terms in loaded:
        if terms.version == version:
            return terms
    raise typer.BadParameter(f"is none of {', '.join(terms.version for terms in loaded)}", param_hint="VERSION")


def _difference(conn: Connection, terms: Terms) -> str:
    from lifecycle.commands.editions import content_on_record, on_record

    held = on_record(conn, terms.version, terms.service)
    if held is None or held.edition == edition_of(terms):
        return ""
    recorded, loaded = content_on_record(conn, held)["binding"], content_of(terms)["binding"]
    return "; ".join(differences(recorded, loaded)) or "texts alone differ"
