"""What a paper says: its lines with the reasons they rest on, in one language."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import orjson
from sqlalchemy import Connection

from api.messages.catalogue import Language, translator
from api.messages.format import Formatter
from api.problems import Problem
from lifecycle.queries.month_statement import statement_of
from lifecycle.queries.views.contracts import contract_view
from lifecycle.queries.views.fields import Answer
from lifecycle.records.mapping import load
from lifecycle.records.reading import history_of, personal_of
from lifecycle.terms.calendar import Month, tokyo_day

DAYS = ("received_on", "accepted_on", "billing_starts_on", "minimum_term_ends_on")
MOST_ROWS = 10_000  # of one contract's history


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A line of a paper. because: the sentences behind it, each with its article."""

    label: str
    value: str
    because: Sequence[str] = ()
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A paper. name: of its file; reference: the contract's; to: whom it is for; issued: the day on it."""

    name: str
    reference: str
    language: Language
    title: str
    to: str
    issued: str
    opening: str
    lines: Sequence[DocumentLine]
    closing: str


class DocumentWriter:
    """Writes one contract's papers in one language, by what is on record now."""

    def __init__(self, conn: Connection, contract_id: str, now: datetime, language: Language) -> None:
        self.dossier, self.now, self.language = load(conn, contract_id), now, language
        self.people: Mapping[str, Any] = personal_of(conn, contract_id) or {}
        self.view = contract_view(self.dossier, self.people, now)
        self.statement_of = partial(statement_of, conn, self.dossier)
        rows = history_of(conn, contract_id, 0, MOST_ROWS)
        self.rulings: list[Answer] = [one for row in rows for one in orjson.loads(row.payload)["rulings"]]
        self.show, self.say = Formatter(language), translator(language)

    def paper(self, name: str) -> Document:
        """A paper by its name: acceptance, cancellation or statement-YYYY-MM. Raises Problem 404, 409."""
        if name == "acceptance":
            return self._acceptance()
        if name == "cancellation":
            return self._cancellation()
        kind, _, month = name.partition("-")
        try:
            if kind == "statement" and len(month) == 7:
                return self._statement(Month.parse(month))
        except ValueError:
            pass
        raise Problem(404, "unknown", "Not found", "There is no such paper.")

    @property
    def _accepted(self) -> bool:
        return self.view["accepted_on"] is not None

    @property
    def _notified(self) -> bool:
        return self.view["cancellation"] is not None

    def _acceptance(self) -> Document:
        self._need(self._accepted)
        lines = [*self._head(), *self._days(DAYS)]
        return self._made("acceptance", lines)

    def _cancellation(self) -> Document:
        self._need(self._notified)
        end = self.view["cancellation"]
        assert end is not None
        lines = list(self._head())
        for notice in end["notices"]:
            if not notice["revoked"]:
                lines.append(DocumentLine(self.say("field.arrived_on"), self.show.day(notice["arrived_on"])))
                if notice["chosen_on"]:
                    lines.append(DocumentLine(self.say("field.chosen_on"), self.show.day(notice["chosen_on"])))
        lines += self._days(("minimum_term_ends_on",))
        because = [self._reason(one) for one in end["because"]]
        lines.append(
            DocumentLine(self.say("paper.last_day"), self.show.day(end["effective_on"]), because, strong=True)
        )
        lines.append(DocumentLine(self.say("line.ends_at"), self.show.instant(end["ends_at"])))
        return self._made("cancellation", lines)

    def _statement(self, month: Month) -> Document:
        found = self.statement_of(month)
        lines = list(self._head())
        lines.append(DocumentLine(self.say("paper.month"), found["month"]))
        for one in found["lines"]:
            flag = f" {self.show.word('flag', one['flag'])}" if one["flag"] else ""
            label = self.show.word("charge", one["kind"]) + flag
            lines.append(DocumentLine(label, self.show.yen(one["amount_yen"]), [self._reason(one["ruling"])]))
        lines.append(DocumentLine(self.say("paper.total"), self.show.yen(found["total_yen"]), strong=True))
        running = month.last >= tokyo_day(self.now)
        return self._made("statement", lines, f"statement-{month}", "statement_running" if running else None)

    def _made(self, kind: str, lines: Sequence[DocumentLine], name: str | None = None, title: str | None = None
    ) -> Document:  # fmt: skip
        issued = self.say("paper.issued", day=self.show.day(tokyo_day(self.now)))
        who = (self.people.get("customer") or {}).get("name", "")
        return Document(
            f"{self.view['reference']}-{name or kind}", self.view["reference"], self.language,
            self.say(f"paper.{title or kind}"), self.say("paper.to", name=who) if who else "", issued,
            self.say(f"paper.{kind}_opening"), lines, self.say("paper.closing"),
        )  # fmt: skip

    def _head(self) -> Iterator[DocumentLine]:
        yield DocumentLine(self.say("field.reference"), self.view["reference"])
        yield DocumentLine(self.say("field.item"), self.show.word("item", self.view["item"]))

    def _days(self, names: Sequence[str]) -> Iterator[DocumentLine]:
        view: Answer = self.view
        for name in names:
            if (day := view[name]) is not None:
                found = {one["because"]: one for one in self.rulings if one.get("on") == day}
                yield DocumentLine(
                    self.say(f"paper.{name}"), self.show.day(day), [self._reason(one) for one in found.values()]
                )

    def _reason(self, ruling: Answer) -> str:
        left, right = ("（", "）") if self.language == "ja" else (" (", ")")
        return f"{self.show.because(ruling)}{left}{self.show.article(ruling['article'])}{right}"

    def _need(self, there: bool) -> None:
        if not there:
            state = self.view["state"]
            raise Problem(409, "not-possible", "Not possible in this state", "There is nothing to confirm.",
                          state=state, allowed_events=self.view["allowed_events"])  # fmt: skip
