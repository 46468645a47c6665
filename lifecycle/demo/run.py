"""`lifecycle demo` from end to end: a database, the play with its progress bar, the diaries."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from sqlalchemy import Engine

from lifecycle.demo import words
from lifecycle.demo.book import BOOK, StoryLanguage
from lifecycle.demo.diary import diaries
from lifecycle.demo.play import Played, play
from lifecycle.demo.print_diaries import print_diaries
from lifecycle.records.engine import open_engine
from lifecycle.records.migrate import migrate

WIDTH = 140  # where there is no terminal to ask
MOMENT = 0.5  # seconds after which the bar is worth showing


def run_demo(kept: Engine | None, lang: StoryLanguage) -> None:
    """Plays the book on an empty database and prints the diaries; where none is given, on one not kept.

    Raises NotASandbox or Backwards where the database is not empty, BrokenChain.
    """
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = WIDTH
    with _temporary() if kept is None else nullcontext(kept) as engine:
        migrate(engine)
        played = _play(engine, console, lang)
        print_diaries(console, BOOK, diaries(engine, played), lang)
    if kept is not None:
        line = words.KEPT.to(lang).format(url=kept.url.render_as_string())
        console.print(line, soft_wrap=True, markup=False)


@contextmanager
def _temporary() -> Iterator[Engine]:
    """An engine on a file that is removed afterwards."""
    with TemporaryDirectory(prefix="lifecycle-demo-") as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'demo.db'}")
        try:
            yield engine
        finally:
            engine.dispose()


def _play(engine: Engine, console: Console, lang: StoryLanguage) -> Played:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(words.PLAYING.to(lang), total=len(BOOK.in_order()), visible=False)

        def tick() -> None:
            elapsed = progress.tasks[0].elapsed or 0
            progress.update(task, advance=1, visible=elapsed > MOMENT)

        return play(engine, BOOK, lang, tick)
