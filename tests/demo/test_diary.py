"""The printed diaries and the hash chains: nothing truncated, no change undetected, on either database."""

import re
import sqlite3
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import Engine, text

from lifecycle.demo import words
from lifecycle.demo.book import BOOK, BilingualText, DemoBook, StoryLanguage, parse_book
from lifecycle.demo.diary import BrokenChain, Diaries, DiaryEntry, diaries
from lifecycle.demo.play import Played, Unexpected, play
from lifecycle.demo.print_diaries import print_diaries
from lifecycle.records.engine import open_engine, writing


def printed(book: DemoBook, told: Diaries, lang: StoryLanguage, width: int) -> str:
    """The diaries as a terminal of that width shows them."""
    page = StringIO()
    print_diaries(Console(file=page, width=width, highlight=False), book, told, lang)
    return page.getvalue()


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("width", [60, 80, 140])
def test_no_reason_is_cut_off_however_narrow_the_terminal(told: Diaries, lang: StoryLanguage, width: int) -> None:
    assert "…" not in printed(BOOK, told, lang, width)
    page, because = printed(BOOK, told, lang, 400), "because" if lang == "en" else "because_ja"
    for entries in told.entries.values():
        assert all(ruling[because] in page for entry in entries for ruling in entry.rulings)


def test_a_japanese_diary_is_japanese(told: Diaries) -> None:
    """But for what the desk wrote down, for the book was played in English."""
    reasons = [entry.reason for entries in told.entries.values() for entry in entries if entry.reason]
    page = " ".join(printed(BOOK, told, "ja", 400).split())
    for reason in reasons:
        page = page.replace(reason, "")
    assert not re.search(r"[a-z]{3,} [a-z]{3,} [a-z]{3,}", page)
    assert "に入力" in page and "拒否" in page and "第5条第3項" in page


@pytest.mark.parametrize("width", [80, 140])
def test_late_entries_and_refusals_are_marked(told: Diaries, width: int) -> None:
    page = " ".join(printed(BOOK, told, "en", width).split())
    assert page.count("entered late:") == 3 + 1 and page.count("fired late:") == 2  # one is a story's title
    assert page.count("REFUSED:") == 4


def rows(told: Diaries) -> dict[str, list[DiaryEntry]]:
    """The diaries without what holds ids."""
    return {r: [replace(e, facts={}) for e in entries] for r, entries in told.entries.items()}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_both_databases_produce_the_same_diaries(engine: Engine, told: Diaries) -> None:
    other = diaries(engine, play(engine, BOOK, "en"))
    assert rows(other) == rows(told)
    assert (other.rows, other.chains) == (told.rows, told.chains)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE history SET payload = replace(payload, '2024-05-15', '2024-05-16') WHERE seq = 4",
        "UPDATE history SET hash = upper(hash) WHERE seq = 1",
        "UPDATE contract SET head_hash = NULL WHERE reference = 'DEMO-01'",
    ],
)
def test_an_altered_row_breaks_its_chain(
    tmp_path: Path, played_engine: Engine, played: Played, told: Diaries, change: str
) -> None:
    """The chains verify before the alteration."""
    copy = tmp_path / "copy.db"
    with sqlite3.connect(str(played_engine.url.database)) as source:
        source.execute("VACUUM INTO ?", (str(copy),))
    source.close()
    engine = open_engine(f"sqlite:///{copy}")
    assert diaries(engine, played).rows == told.rows
    with writing(engine) as conn:
        conn.execute(text("DROP TRIGGER history_no_update"))
        assert conn.execute(text(change)).rowcount > 0
    with pytest.raises(BrokenChain):
        diaries(engine, played)
    engine.dispose()


def test_an_unexpected_acceptance_stops_the_demo(engine: Engine) -> None:
    story = BOOK.stories[0]
    wrong = replace(story, acts=[replace(story.acts[0], refused=True)])
    with pytest.raises(Unexpected):
        play(engine, replace(BOOK, stories=[wrong]), "en")


def test_a_book_with_an_unknown_word_is_refused() -> None:
    good = (
        "begins_at = 2023-09-01T09:00:00+09:00\nends_at = 2023-10-01T09:00:00+09:00\n[[story]]\nreference = 'D'\n"
        "title = {en = 'a', ja = 'b'}\ncustomer = {en = 'a', ja = 'b'}\nitem = 'basic'\nacts = []\n"
    )
    assert parse_book(good).stories[0].title == BilingualText("a", "b")
    for bad in (good + "colour = 'red'\n", good.replace("basic", "gold")):
        with pytest.raises(ValueError, match=r"colour|item"):
            parse_book(bad)


def test_the_demo_has_a_japanese_text_for_every_event(told: Diaries) -> None:
    entries = [entry for entries in told.entries.values() for entry in entries]
    subjects = [subject for dossier in told.dossiers.values() for subject in dossier.subjects]
    assert {entry.event for entry in entries} <= set(words.EVENTS)
    assert {subject.state for subject in subjects} <= set(words.STATES)
    assert {subject.decided_by for subject in subjects if subject.decided_by} <= set(words.DECIDED_BY)


def test_articles_are_cited_as_each_language_does() -> None:
    assert words.article_name("Art. 5(3)", "en") == "Art. 5(3)"
    assert words.article_name("Art. 5(3)", "ja") == "第5条第3項"
    assert words.article_name("Art. 7, Annex 1", "ja") == "第7条、別紙1"
    assert words.article_name("Supplementary provisions", "ja") == "附則"
