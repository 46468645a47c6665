"""`lifecycle …`: start the service, migrate, look ahead. Every setting is an option and a variable."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine

from lifecycle.audit.chain import instant
from lifecycle.desk import tokens
from lifecycle.desk.clock import Backwards, NotASandbox, read_clock
from lifecycle.desk.forecast import forecast
from lifecycle.desk.questions import terms_in_force
from lifecycle.records.engine import is_sqlite, open_engine, reading, writing
from lifecycle.records.migrate import is_current
from lifecycle.records.migrate import migrate as bring_forward
from lifecycle.terms.annex1_fees import Month
from lifecycle.terms.calendar import TOKYO, tokyo_day
from lifecycle.terms.editions import NotInForce
from scheduler.clock import system_clock

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="The contract lifecycle service. / 契約ライフサイクル管理サービス",
)
token_app = typer.Typer(no_args_is_help=True, help="Tokens to come in with. / アクセストークン")
app.add_typer(token_app, name="token")
out = Console(soft_wrap=True, markup=False, highlight=False, width=None if sys.stdout.isatty() else 200)

DatabaseUrl = Annotated[
    str,
    typer.Option(
        envvar="LIFECYCLE_DATABASE_URL",
        help="sqlite:///file (embedded) or postgresql://user@host/name.",
    ),
]
Host = Annotated[str, typer.Option(envvar="LIFECYCLE_HOST", help="Address to listen on.")]
Port = Annotated[int, typer.Option(envvar="LIFECYCLE_PORT", help="Port to listen on.", min=1, max=65535)]
AdminToken = Annotated[
    str | None,
    typer.Option(envvar="LIFECYCLE_ADMIN_TOKEN", help="The administrator's token; better given as a variable."),
]
Interval = Annotated[
    float,
    typer.Option(
        envvar="LIFECYCLE_SWEEP_INTERVAL", help="Seconds between regular sweeps, the net below the alarm.", min=0.1
    ),
]
EMBEDDED = "sqlite:///lifecycle.db"


@app.command()
def serve(
    database_url: DatabaseUrl = EMBEDDED,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    admin_token: AdminToken = None,
    sweep_interval: Interval = 30.0,
    sandbox: Annotated[
        bool, typer.Option(envvar="LIFECYCLE_SANDBOX", help="Time stands still and moves on request.")
    ] = False,
    now: Annotated[
        str | None, typer.Option(envvar="LIFECYCLE_NOW", help="A new sandbox's time, RFC 3339 with an offset.")
    ] = None,
) -> None:
    """API and scheduler in one process; migrates an embedded database itself. / API とスケジューラを起動する"""
    from api import serving

    if now is not None and not sandbox:
        raise typer.BadParameter("goes with --sandbox only: a live service runs on real time", param_hint="--now")
    engine = _engine(database_url)
    if is_sqlite(engine):
        bring_forward(engine)
    _require_current(engine)
    try:
        at = _instant(now) if now else None
        serving.serve(engine, host, port, admin_token, sweep_interval, sandbox=sandbox, now=at, say=out.print)
    except (NotASandbox, Backwards) as error:
        _stop(str(error))


@app.command()
def api(
    database_url: DatabaseUrl = EMBEDDED,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    admin_token: AdminToken = None,
    sweep_interval: Interval = 30.0,
) -> None:
    """The API alone; run `lifecycle scheduler` beside it. / API のみを起動する"""
    from api import serving

    engine = _engine(database_url)
    _require_current(engine)
    try:
        serving.api_only(engine, host, port, admin_token, sweep_interval, say=out.print)
    except NotASandbox as error:
        _stop(str(error))


@app.command()
def scheduler(database_url: DatabaseUrl = EMBEDDED, sweep_interval: Interval = 30.0) -> None:
    """The clock alone: fires what falls due; any number of them on PostgreSQL. / スケジューラのみを起動する"""
    from api import serving

    engine = _engine(database_url)
    _require_current(engine)
    try:
        serving.scheduler_only(engine, sweep_interval)
    except NotASandbox as error:
        _stop(str(error))


@app.command()
def migrate(database_url: DatabaseUrl = EMBEDDED) -> None:
    """Brings the database to the newest revision. / データベースを最新の版にする"""
    bring_forward(_engine(database_url))
    out.print("The database is at the newest revision.")


@app.command()
def due(
    until: Annotated[str, typer.Option(help="An instant (RFC 3339) or a day YYYY-MM-DD, its end.")],
    database_url: DatabaseUrl = EMBEDDED,
) -> None:
    """What the clock will do until then, in order. / 期日までの自動処理の一覧"""
    engine = _engine(database_url)
    _require_current(engine)
    table = Table("due", "kind", "reference", "event", "from", "to", "because")
    with reading(engine) as conn:
        now = read_clock(conn).sandbox_now or system_clock()
        for entry in forecast(conn, now, _instant(until)):
            kind = entry.subject.id[:1].replace("c", "contract").replace("o", "option")
            because = entry.rulings[0].because if entry.rulings else ""
            at, reference = instant(entry.due_at), entry.subject.reference
            table.add_row(at, kind, reference, entry.event, entry.from_state, entry.to_state, because)
    out.print(table)


@app.command()
def statements(
    month: Annotated[str, typer.Argument(help="A month YYYY-MM.", metavar="MONTH")],
    out_file: Annotated[Path, typer.Option("--out", help="The CSV file to write.", dir_okay=False)],
    database_url: DatabaseUrl = EMBEDDED,
) -> None:
    """Every contract's statement of a month, line by line, as CSV. / 月次明細を CSV に書き出す"""
    from lifecycle.desk.statement_file import export

    try:
        wanted = Month.parse(month if len(month) == 7 else "")
    except ValueError:
        raise typer.BadParameter(f"not a month in the form YYYY-MM: {month}", param_hint="MONTH") from None
    engine = _engine(database_url)
    _require_current(engine)
    try:
        number, lines, seconds = export(engine, wanted, out_file, Console(stderr=True))
    except OSError as error:
        _stop(f"cannot write {out_file}: {error.strerror}")
    else:
        out.print(f"{number:,} statements with {lines:,} lines of {wanted} in {seconds:.1f} s: {out_file}")
    finally:
        engine.dispose()


@app.command()
def terms(on: Annotated[str | None, typer.Option(help="A day YYYY-MM-DD, today by default.")] = None) -> None:
    """The version of the terms in force on a day, as JSON. / 施行中の約款の値と解釈"""
    day = tokyo_day(_instant(on) if on else system_clock())
    try:
        out.print_json(data=terms_in_force(day))
    except NotInForce as refusal:
        _stop(refusal.ruling.because)


@app.command()
def demo(
    lang: Annotated[Literal["en", "ja"], typer.Option(help="The language of names and reasons.")] = "en",
    keep: Annotated[Path | None, typer.Option(help="A new file to keep the played database in.")] = None,
    database_url: Annotated[str | None, typer.Option(help="An empty database to play on and keep.")] = None,
) -> None:
    """Plays a book of sample contracts through fifteen months and prints their diaries. / 見本の台帳を再生する"""
    from lifecycle.demo.run import run

    if keep is not None and database_url is not None:
        raise typer.BadParameter("goes without --database-url", param_hint="--keep")
    if keep is not None and keep.exists():
        raise typer.BadParameter(f"{keep} is there already; the demo needs a new file", param_hint="--keep")
    url = f"sqlite:///{keep}" if keep else database_url
    try:
        run(_engine(url) if url else None, lang)
    except (NotASandbox, Backwards) as error:
        _stop(f"the demo needs an empty database: {error}")


@token_app.command("create")
def create_token(
    name: Annotated[str, typer.Option(help="Whose token it is; written as actor into the history.")],
    role: Annotated[str, typer.Option(help="What it may do: admin.")] = "admin",
    database_url: DatabaseUrl = EMBEDDED,
) -> None:
    """Makes a token and prints it, this once. / トークンを作成し一度だけ表示する"""
    if role not in tokens.ROLES:
        raise typer.BadParameter(f"one of {', '.join(tokens.ROLES)}", param_hint="--role")
    engine = _engine(database_url)
    _require_current(engine)
    try:
        with writing(engine) as conn:
            print(tokens.create_token(conn, name, [role], system_clock()))
    except tokens.NameTaken as error:
        _stop(str(error))


def _engine(url: str) -> Engine:
    try:
        return open_engine(url)
    except Exception as error:
        _stop(f"cannot open the database: {error}")
        raise


def _require_current(engine: Engine) -> None:
    if not is_current(engine):
        _stop("the database is not at the newest revision: run lifecycle migrate")


def _instant(text: str) -> datetime:
    """An instant, or of a day its last microsecond in Japan."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"not an instant or a day: {text}") from None
    if found.tzinfo is None and len(text) == 10:
        return found.replace(hour=23, minute=59, second=59, microsecond=999_999, tzinfo=TOKYO)
    if found.tzinfo is None:
        raise typer.BadParameter("an instant needs an offset, as in 2022-04-01T09:00:00+09:00")
    return found


def _stop(why: str) -> None:
    Console(stderr=True, soft_wrap=True, markup=False).print(why)
    raise typer.Exit(1)


if __name__ == "__main__":
    app()
