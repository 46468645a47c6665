"""The questions that auditors ask, each one command: `lifecycle audit why …`. They show no personal data."""

from contextlib import AbstractContextManager
from datetime import datetime
from tempfile import TemporaryFile
from typing import Annotated, Literal

import orjson
import typer
from rich.console import Console
from rich.progress import track
from sqlalchemy import Connection

from lifecycle.cli.audit import audit_app
from lifecycle.cli.options import EMBEDDED, DatabaseUrl, bound_of, current_engine, instant_of, stop
from lifecycle.cli.output import AnswerTable, AsCsv, AsJson, LangOption, print_as_known, print_why
from lifecycle.queries import audit_trail
from lifecycle.queries.as_known import as_known as belief
from lifecycle.queries.audit_trail import Span
from lifecycle.queries.history import history_views
from lifecycle.queries.named_subject import id_named
from lifecycle.queries.what_if import NoSuchSetting, count_contracts, decided
from lifecycle.queries.what_if import what_if as under_others
from lifecycle.queries.why import why as reasons
from lifecycle.records.engine import reading
from lifecycle.records.mapping import Unknown, load, owner_of
from lifecycle.records.references import AmbiguousReference
from lifecycle.timers.clock import read_clock
from scheduler.clock import system_clock

SinceOption = Annotated[str | None, typer.Option(help="Recorded from this instant or day.")]
UntilOption = Annotated[
    str | None, typer.Option(help="Recorded before this instant, or up to the end of this day.")
]


@audit_app.command()
def why(
    subject: Annotated[str, typer.Argument(help="A contract or option: its id or reference.", metavar="SUBJECT")],
    database_url: DatabaseUrl = EMBEDDED,
    lang: LangOption = "en", as_json: AsJson = False,
) -> None:  # fmt: skip
    """Shows why a subject ended on its day: rulings, causes, facts. / 終了日の理由とその原因"""
    with _reading(database_url) as conn:
        try:
            found = id_named(conn, subject, "contract", "option") or subject
            print_why(reasons(conn, load(conn, owner_of(conn, found)), found), lang, as_json=as_json)
        except (Unknown, KeyError):
            stop(f"no contract or option has the id {subject} or a reference like it")
        except AmbiguousReference as error:
            stop(str(error))


@audit_app.command()
def believed(
    contract: Annotated[str, typer.Argument(help="The id or a reference of a contract.", metavar="CONTRACT")],
    known_at: Annotated[str, typer.Option(help="Count rows recorded up to this instant or day.")],
    effective_at: Annotated[str | None, typer.Option(help="The moment asked about; by default known-at.")] = None,
    against_known_at: Annotated[str | None, typer.Option(help="Compare with rows recorded up to then.")] = None,
    database_url: DatabaseUrl = EMBEDDED,
    lang: LangOption = "en", as_json: AsJson = False,
) -> None:  # fmt: skip
    """Shows what was known at one moment about another. / ある時点の記録から分かる状態とその差異"""
    known = instant_of(known_at)
    held = instant_of(effective_at) if effective_at else known
    against = instant_of(against_known_at) if against_known_at else None
    with _reading(database_url) as conn:
        try:
            found = id_named(conn, contract, "contract") or contract
            print_as_known(belief(conn, found, known, held, against), lang, as_json=as_json)
        except (Unknown, AmbiguousReference) as error:
            stop(str(error))


@audit_app.command()
def actions(
    actor: Annotated[str, typer.Argument(help="The actor's name in the history.", metavar="NAME")],
    since: SinceOption = None, until: UntilOption = None, database_url: DatabaseUrl = EMBEDDED,
    lang: LangOption = "en",
    as_json: AsJson = False, as_csv: AsCsv = False,
) -> None:  # fmt: skip
    """Lists the acts of one actor in a period. / ある担当者の入力の一覧"""
    sheet = AnswerTable(
        ("recorded_at", "effective_at", "subject_id", "event", "from_state", "to_state", "reason"), lang
    )
    with _reading(database_url) as conn:
        rows = audit_trail.actions(conn, actor, _span(since, until))
        sheet.show(history_views(conn, rows), as_json=as_json, as_csv=as_csv)


@audit_app.command()
def late_entries(
    more_than_days: Annotated[int, typer.Option(help="Only entries later than this.", min=0, max=20_000)] = 0,
    since: SinceOption = None, until: UntilOption = None, database_url: DatabaseUrl = EMBEDDED,
    lang: LangOption = "en",
    as_json: AsJson = False, as_csv: AsCsv = False,
) -> None:  # fmt: skip
    """Lists notices that were entered late. / 遅れて入力した通知の一覧"""
    sheet = AnswerTable(("contract_id", "subject_id", "arrived_on", "keyed_on", "days", "actor", "reason"), lang)
    with _reading(database_url) as conn:
        found = audit_trail.late_entries(conn, more_than_days, _span(since, until))
        sheet.show(found, as_json=as_json, as_csv=as_csv)


@audit_app.command()
def late_firings(
    more_than_s: Annotated[int, typer.Option(help="Only firings later than this.", min=0, max=2_000_000_000)] = 60,
    since: SinceOption = None, until: UntilOption = None, database_url: DatabaseUrl = EMBEDDED,
    lang: LangOption = "en",
    as_json: AsJson = False, as_csv: AsCsv = False,
) -> None:  # fmt: skip
    """Lists transitions that the clock fired late, with the delay. / 遅れて実行した自動処理の一覧"""
    columns = ("subject_id", "event", "due_at", "recorded_at", "late_by_s", "clock_late_by_s", "caused_by")
    with _reading(database_url) as conn:
        found = audit_trail.late_firings(conn, more_than_s, _span(since, until))
        AnswerTable(columns, lang).show(found, as_json=as_json, as_csv=as_csv)


@audit_app.command()
def rests_on(
    ground: Annotated[Literal["choice", "assumed"], typer.Argument(help="choice, or terms that are assumed.")],
    number: Annotated[str | None, typer.Option("--reading", help="Only this reading, for example R8.")] = None,
    since: SinceOption = None, until: UntilOption = None, database_url: DatabaseUrl = EMBEDDED,
    lang: LangOption = "en",
    as_json: AsJson = False, as_csv: AsCsv = False,
) -> None:  # fmt: skip
    """Lists decisions based on a choice or on assumed terms. / 選択または推定に基づく判断の一覧"""
    with _reading(database_url) as conn:
        found = list(audit_trail.rests_on(conn, ground, _span(since, until), number))
        counts = audit_trail.count_readings(conn, ground, _span(since, until), number)
    if not (as_json or as_csv):
        AnswerTable(("reading", "basis", "rows", "title"), lang).show(iter(counts))
    because: Literal["because", "because_ja"] = "because_ja" if lang == "ja" else "because"
    told = [
        {**item, "because": "; ".join(f"{r['reading']}: {r[because]}" for r in item["rulings"])} for item in found
    ]
    sheet = AnswerTable(("recorded_at", "id", "event", "actor", "because"), lang)
    sheet.show(iter(told), as_json=as_json, as_csv=as_csv, beside={"counts": counts})


@audit_app.command()
def otherwise(
    number: Annotated[str, typer.Argument(help="A reading, for example R8.", metavar="READING")],
    value: Annotated[str | None, typer.Argument(help="The other value; required if there are several.")] = None,
    setting: Annotated[str | None, typer.Option(help="The setting, if the reading has several.")] = None,
    database_url: DatabaseUrl = EMBEDDED,
    lang: LangOption = "en", as_json: AsJson = False, as_csv: AsCsv = False,
) -> None:  # fmt: skip
    """Lists the contracts that would change under another reading. / 解釈を変えた場合に変わる契約の一覧"""
    try:
        settings = decided(number, value, setting)
    except NoSuchSetting as error:
        stop(str(error))
    columns = ("contract_id", "reference", "subject_id", "field", "then", "otherwise")
    with _reading(database_url) as conn, TemporaryFile() as kept:
        bar = Console(stderr=True)
        looked = track(
            under_others(conn, settings, _now(conn)), "contracts", count_contracts(conn), console=bar,
            transient=True, disable=not bar.is_terminal,
        )  # fmt: skip
        kept.writelines(orjson.dumps(item) + b"\n" for _, item in looked if item)
        kept.seek(0)
        affected = map(orjson.loads, kept)
        if as_json:
            AnswerTable(columns, lang).show(affected, as_json=True, beside={"settings": settings})
            return
        lines = (
            {"contract_id": item["contract_id"], "reference": item["reference"]} | line
            for item in affected
            for line in (*item["differences"], *({"field": "refused", "subject_id": r} for r in item["refused"]))
        )
        AnswerTable(columns, lang).show(lines, as_csv=as_csv)


def _reading(url: str) -> AbstractContextManager[Connection]:
    engine = current_engine(url)
    return reading(engine)


def _now(conn: Connection) -> datetime:
    return read_clock(conn).sandbox_now or system_clock()


def _span(since: str | None, until: str | None) -> Span:
    return Span(bound_of(since, end=False), bound_of(until, end=True))
