"""The recorded SQL statements of a revision's code, to try them on later schemas.

`python -m tests.records.recorded` records the newest revision; do so in the change that adds the next migration,
before adding it. The recordings stand in tests/records/revisions/.
"""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

from alembic.migration import MigrationContext
from psycopg.types.json import Json
from sqlalchemy import Engine, event, text

from lifecycle.people.tokens import issue_token
from lifecycle.records.engine import open_engine, reading, writing
from lifecycle.records.migrate import migrate
from lifecycle.timers.sweep import sweep
from tests import postgres, scratch
from tests.commands import acts as contracts
from tests.commands.diary import NOW, Diary, tokyo

FOLDER = Path(__file__).parent / "revisions"
Said = list[tuple[str, Any, int]]


def live(engine: Engine) -> None:
    """Two contracts with options, from application to notice; one of them to its end."""
    diary = Diary(engine)
    for number in range(2):
        contract, _ = _noticed(diary, number)
    with writing(engine) as conn:
        conn.execute(text("UPDATE contract SET due_at = NULL WHERE id = :id"), {"id": contract})
        conn.execute(text("UPDATE drm_option SET due_at = NULL WHERE contract_id = :id"), {"id": contract})
        issue_token(conn, "recorded", ["admin"], diary.now)
    sweep(engine, tokyo("2023-01-01"))


def _noticed(diary: Diary, number: int) -> tuple[str, str]:
    contract = diary.accepted(reference=f"R-{number}", options=[("drm", f"R-{number}-D")])
    option = diary.look(contract).options[0].id
    diary.accept_option(option)
    diary.today("2022-06-10")
    diary.do(contracts.notify_cancellation, contract, NOW)
    return contract, option


def record(engine: Engine) -> Said:
    """Record every statement of such contracts with its parameters and number of rows."""
    said: Said = []

    def note(_c: Any, cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        for one in parameters if many else [parameters]:
            said.append((statement, _kept(one), -1 if many else cursor.rowcount))

    event.listen(engine, "after_cursor_execute", note)
    live(engine)
    event.remove(engine, "after_cursor_execute", note)
    return [one for one in said if not one[0].startswith(("BEGIN", "UPDATE contract SET due_at = NULL"))]


def replay(engine: Engine, said: Said) -> list[str]:
    """Says it all again, in one transaction; the statements that touched another number of rows than then."""
    wrong = []
    with writing(engine) as conn:
        for statement, parameters, rows in said:
            given = _given(parameters)
            done = conn.exec_driver_sql(statement, tuple(given) if isinstance(given, list) else given)
            if statement.startswith(("INSERT", "UPDATE")) and rows >= 0 and done.rowcount != rows:
                wrong.append(f"{done.rowcount} for {rows}: {statement}")
            elif done.returns_rows:
                done.all()
    return wrong


def _packed(said: Said) -> str:
    """As JSON, each statement once."""
    statements = list(dict.fromkeys(statement for statement, _, _ in said))
    rows = [[statements.index(statement), parameters, rows] for statement, parameters, rows in said]
    return json.dumps({"statements": statements, "said": rows}, ensure_ascii=False, indent=0) + "\n"


def recorded(file: Path) -> Said:
    """What a file holds."""
    held = json.loads(file.read_text("utf-8"))
    return [(held["statements"][index], parameters, rows) for index, parameters, rows in held["said"]]


def _kept(value: Any) -> Any:
    if isinstance(value, Json):
        return {"$json": value.obj}
    if isinstance(value, datetime):
        return {"$at": value.isoformat()}
    if isinstance(value, date):
        return {"$on": value.isoformat()}
    if isinstance(value, bytes):
        return {"$bytes": value.decode()}
    if isinstance(value, dict):
        return {key: _kept(inner) for key, inner in value.items()}
    return [_kept(inner) for inner in value] if isinstance(value, list | tuple) else value


def _given(value: Any) -> Any:
    if isinstance(value, dict) and "$json" in value:
        return Json(value["$json"])
    if isinstance(value, dict) and "$at" in value:
        return datetime.fromisoformat(value["$at"])
    if isinstance(value, dict) and "$on" in value:
        return date.fromisoformat(value["$on"])
    if isinstance(value, dict) and "$bytes" in value:
        return str(value["$bytes"]).encode()
    if isinstance(value, dict):
        return {key: _given(inner) for key, inner in value.items()}
    return [_given(inner) for inner in value] if isinstance(value, list) else value


def main() -> None:
    with postgres.running() as server, scratch.folder("recorded") as folder:
        for url in (f"sqlite:///{folder / 'recorded.db'}", server.create("recorded")):
            engine = open_engine(url)
            migrate(engine)
            with reading(engine) as conn:
                revision = MigrationContext.configure(conn).get_current_revision()
            FOLDER.mkdir(exist_ok=True)
            file = FOLDER / f"{revision}-{engine.dialect.name}.json"
            file.write_text(_packed(record(engine)), "utf-8")
            engine.dispose()
            print(file.name)


if __name__ == "__main__":
    main()
