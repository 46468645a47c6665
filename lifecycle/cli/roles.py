"""The roles of a PostgreSQL database."""

from typing import Annotated

import typer
from sqlalchemy.exc import ProgrammingError

from lifecycle.cli.options import EMBEDDED, DatabaseUrl, engine_of, out, require_current, stop
from lifecycle.cli.root import app
from lifecycle.records import roles as database_roles
from lifecycle.records.engine import is_sqlite, reading, writing


@app.command()
def roles(
    sql: Annotated[bool, typer.Option("--sql", help="Print the SQL statements, for review and psql.")] = False,
    apply: Annotated[bool, typer.Option("--apply", help="Run the SQL statements; requires a superuser.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Check that this login has exactly its groups' rights.")
    ] = False,
    database_url: DatabaseUrl = EMBEDDED,
) -> None:
    """Sets up or checks the roles of a PostgreSQL database. / データベースの役割（権限）の設定と確認"""
    if sql + apply + check != 1:
        raise typer.BadParameter("one of --sql, --apply and --check")
    if sql:
        print("\n".join(f"{statement};" for statement in ["BEGIN", *database_roles.set_up(), "COMMIT"]))
        return
    engine = engine_of(database_url)
    if is_sqlite(engine):
        stop("an embedded database has no roles: whoever may write its file may write it all")
    if check:
        with reading(engine) as conn:
            groups, wrong = database_roles.groups_of(conn), database_roles.rights_differences(conn)
        if wrong:
            stop("\n".join(wrong))
        out.print(f"Exactly the rights of: {', '.join(groups) or 'nobody'}.")
        return
    require_current(engine)
    try:
        with writing(engine) as conn:
            database_roles.execute_all(conn, database_roles.set_up())
    except ProgrammingError as error:
        stop(f"not set up: {str(error.orig).partition(chr(10))[0]}")
    out.print(f"The roles are set up: {', '.join(database_roles.ROLES)}.")
