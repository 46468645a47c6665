"""`lifecycle demo` from end to end: a database, the play with its progress bar, the diaries."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from lifecycle.demo import words
from lifecycle.demo.book import BOOK, Lang
from lifecycle.demo.diary import diaries
from lifecycle.demo.play import Played, play
from lifecycle.demo.show import show
from lifecycle.records.engine import open_engine
from lifecycle.records.migrate import migrate

WIDTH = 140  # where there is no terminal to ask
MOMENT = 0.5  # seconds after which the bar is worth showing


def run(database_url: str | None, lang: Lang) -> None:
    """Plays the book on an empty database and prints the diaries; without a URL on a file that is then removed.

    Raises NotASandbox or Backwards where the database is not empty, BrokenChain.
    """
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = WIDTH
    with _opened(database_url) as engine:
        migrate(engine)
        played = _play(engine, console, lang)
        show(console, BOOK, diaries(engine, played), lang)
    if database_url is not None:
        shown = make_url(database_url).render_as_string()
        console.print(words.KEPT.to(lang).format(url=shown), soft_wrap=True, markup=False)


@contextmanager
def _opened(database_url: str | None) -> Iterator[Engine]:
    """An engine on the database, or on a temporary one."""
    with TemporaryDirectory(prefix="lifecycle-demo-") as folder:
        engine = open_engine(database_url or f"sqlite:///{Path(folder) / 'demo.db'}")
        try:
            yield engine
        finally:
            engine.dispose()


def _play(engine: Engine, console: Console, lang: Lang) -> Played:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(words.PLAYING.to(lang), total=len(BOOK.in_order()), visible=False)

        def tick() -> None:
            elapsed = progress.tasks[0].elapsed or 0
            progress.update(task, advance=1, visible=elapsed > MOMENT)

        return play(engine, BOOK, lang, tick)
