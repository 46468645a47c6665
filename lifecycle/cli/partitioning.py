"""`lifecycle partition`: contracts and history of a database in use go into partitions."""

from typing import Annotated

import typer
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import OperationalError, ProgrammingError

from lifecycle.cli.options import EMBEDDED, DatabaseUrl, engine_of, out, require_current, stop
from lifecycle.cli.progress import bar
from lifecycle.cli.root import app
from lifecycle.records import partitioned, partitioning, tables
from lifecycle.records.engine import is_sqlite, reading, writing

MOST_AT_ONCE = 500  # contracts that wait for a part to be copied


@app.command()
def partition(
    partitions: Annotated[
        int, typer.Option(help="How many partitions to make; a power of two.", min=2, max=partitioned.MOST)
    ] = 16,
    batch: Annotated[int, typer.Option(help="Contracts copied in a transaction.", min=1)] = MOST_AT_ONCE,
    cancel: Annotated[bool, typer.Option("--cancel", help="Remove what is not in use yet.")] = False,
    drop_old: Annotated[bool, typer.Option("--drop-old", help="Remove the tables of before.")] = False,
    database_url: DatabaseUrl = EMBEDDED,
) -> None:
    """Partitions contracts and history on PostgreSQL, in use. / 契約と履歴の表を稼働中に分割する

    Rows are copied while the service works, compared by number and hash, and taken into use in one short
    transaction. After an interruption, run it again. The tables of before stay until --drop-old.
    """
    engine = engine_of(database_url)
    if is_sqlite(engine):
        stop("an embedded database has no partitions; they are for PostgreSQL")
    require_current(engine)
    try:
        if cancel:
            partitioning.cancel(engine)
            out.print("Nothing is being partitioned any more.")
        elif drop_old:
            _drop_old(engine)
        else:
            _partition(engine, partitions, batch)
    except ProgrammingError as error:
        stop(f"not partitioned: {str(error.orig).partition(chr(10))[0]}")
    except OperationalError as error:
        stop(f"not partitioned, run it again: {str(error.orig).partition(chr(10))[0]}")


def _partition(engine: Engine, number: int, batch: int) -> None:
    with reading(engine) as conn:
        made, to_copy = partitioned.partitions(conn), conn.execute(select(func.count(tables.contract.c.id)))
        total = to_copy.scalar_one()
    if not made:
        partitioning.begin(engine, number)
        with bar("copying", total) as advance:
            while some := partitioning.copy_some(engine, batch):
                advance(some)
        if wrong := partitioning.differences(engine):
            stop("not taken into use, the tables differ:\n" + "\n".join(wrong))
        tries = partitioning.swap(engine)
        out.print(f"{total:,} contracts copied and compared; taken into use at try {tries}.")
    partitioning.check_keys(engine)
    with reading(engine) as conn:
        made = partitioned.partitions(conn)
    out.print(f"Contracts and history are in {made} partitions each.")


def _drop_old(engine: Engine) -> None:
    with writing(engine) as conn:
        if not partitioned.has_old(conn):
            stop("there are no tables of before")
        partitioned.drop_old(conn)
    out.print("The tables of before are removed.")
