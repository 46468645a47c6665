"""Showing the diaries: one table per contract, and at the end that the chains verify."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from lifecycle.demo import words
from lifecycle.demo.book import DemoBook, StoryLanguage
from lifecycle.demo.diary import Diaries, DiaryEntry
from lifecycle.machines.dossier import Contract, Dossier, Option
from lifecycle.machines.step import CLOCK
from lifecycle.terms.calendar import TOKYO, tokyo_day

CitedRuling = tuple[str, str, str]  # of a contract or option: article and reason
WIDE = 110  # columns; below, the article stands with the reason


def print_diaries(console: Console, book: DemoBook, diaries: Diaries, lang: StoryLanguage) -> None:
    """Prints every contract's diary, and that the chains verify."""
    for story in book.stories:
        console.print(f"[bold]{story.reference}  {escape(story.title.to(lang))}[/bold]")
        item = words.name_of(story.item, words.ITEMS, lang)
        console.print(f"[dim]{escape(story.customer.to(lang))} · {item}[/dim]")
        console.print(_table(diaries.entries[story.reference], lang, console.width))
        for line in outcome(diaries.dossiers[story.reference], lang):
            console.print(Padding(line, (0, 0, 0, 2), expand=False))
        console.print()
    refusals = sum(entry.refused for told in diaries.entries.values() for entry in told)
    text = words.VERIFIED.to(lang).format(
        contracts=len(diaries.dossiers), refusals=refusals, chains=diaries.chains, rows=diaries.rows
    )
    console.print(f"[bold green]{text}[/bold green]")


def outcome(dossier: Dossier, lang: StoryLanguage) -> Iterator[str]:
    """How a contract and its option stand, one line each."""
    for subject in dossier.subjects:
        yield ("; " if lang == "en" else "、").join(_outcome(subject, lang))


def _outcome(subject: Contract | Option, lang: StoryLanguage) -> Iterator[str]:
    what = words.OPTION if isinstance(subject, Option) else words.CONTRACT
    yield f"{what.to(lang)}{words.COLON.to(lang)}{words.name_of(subject.state, words.STATES, lang)}"
    if subject.billing_started:
        yield words.BILLS_FROM.to(lang).format(day=words.day_name(subject.billing_starts_on, lang))
    if subject.minimum_term_ends_on:
        yield words.TERM.to(lang).format(day=words.day_name(subject.minimum_term_ends_on, lang))
    if subject.effective_on and subject.decided_by and subject.accepted_on:
        by = words.name_of(subject.decided_by, words.DECIDED_BY, lang)
        yield words.LAST_DAY.to(lang).format(day=words.day_name(subject.effective_on, lang), by=by)
    if isinstance(subject, Option) and subject.minimum_term_cut_days:
        yield words.CUT.to(lang).format(days=subject.minimum_term_cut_days)


def _table(told: Sequence[DiaryEntry], lang: StoryLanguage, width: int) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    wide = width >= WIDE
    table.add_column(words.DAY.to(lang), width=16 if lang == "en" else 20)
    table.add_column(words.EVENT.to(lang), width=22 if wide else 14, overflow="fold")
    if wide:
        table.add_column(words.BY.to(lang), width=5)
        table.add_column(words.ARTICLE.to(lang), width=15, overflow="fold")
    table.add_column(words.REASON.to(lang), ratio=1, overflow="fold")
    said: set[CitedRuling] = set()
    for entry in told:
        day, event = _day(entry, lang), _event(entry, lang)
        by = Text((words.CLOCK if entry.actor == CLOCK else words.DESK).to(lang))
        for article, because in _reasons(entry, said, lang):
            cited = [by, Text(article), because] if wide else [_cited(article, because)]
            table.add_row(day, event, *cited)
            day = event = by = Text()
    return table


def _cited(article: str, because: Text) -> Text:
    return Text.assemble((article, "bold"), " ", because) if article else because


def _day(entry: DiaryEntry, lang: StoryLanguage) -> Text:
    """The legal day, of a timer with its instant; below it when it was entered, where that was a later day."""
    at = entry.effective_at.astimezone(TOKYO)
    clock = entry.actor == CLOCK
    text = Text(words.day_name(at.date(), lang) + (f" {at:%H:%M}" if clock else ""))
    recorded_on = tokyo_day(entry.recorded_at)
    if recorded_on > tokyo_day(entry.effective_at):
        late = words.FIRED_LATE if clock else words.ENTERED_LATE
        text.append("\n" + late.to(lang).format(day=words.day_name(recorded_on, lang)), "yellow")
    return text


def _event(entry: DiaryEntry, lang: StoryLanguage) -> Text:
    name = words.name_of(entry.event, words.EVENTS, lang)
    if entry.of == "option":
        name = f"DRM {name}"
    if entry.refused:
        return Text(words.REFUSED.to(lang).format(event=name), "bold red")
    return Text(name, "bold")


def _reasons(entry: DiaryEntry, said: set[CitedRuling], lang: StoryLanguage) -> list[tuple[str, Text]]:
    """Article and reason of each ruling not yet said in this diary, or of the one that decides; the desk's own."""
    new = [r for r in entry.rulings if (entry.of, r["article"], r["because"]) not in said]
    said.update((entry.of, r["article"], r["because"]) for r in entry.rulings)
    because = "because" if lang == "en" else "because_ja"
    found = [(words.article_name(r["article"], lang), Text(r[because])) for r in new or _deciding(entry)]
    if entry.reason:
        found.append(("", Text(words.QUOTED.to(lang).format(text=entry.reason), "italic")))
    return found or [("", Text())]


def _deciding(entry: DiaryEntry) -> Sequence[Mapping[str, Any]]:
    """The ruling that tells a timer's day: of several, the minimum term only where it was what decided."""
    if entry.event != "terminate":
        return entry.rulings[:1]
    by_term = entry.facts["decided_by"] == "minimum_term"
    return [r for r in entry.rulings if by_term or r["rule"] != "minimum_term"][-1:]
