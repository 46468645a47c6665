"""The data of papers: a contract, its acts, what was sent, and the texts of a language."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Connection

from api.documents.acts import Acts
from api.documents.content import DocumentLine, DocumentSection
from api.documents.reasons import reason
from api.messages.catalogue import Language, translator
from api.messages.format import Formatter
from api.problems import Problem
from lifecycle.machines.dossier import Contract, Option
from lifecycle.machines.items import item_applied_for
from lifecycle.queries.as_of import line_as_of, people_as_of
from lifecycle.queries.views.contracts import contract_view
from lifecycle.queries.views.fields import Answer
from lifecycle.records.mapping import load
from lifecycle.records.people import personal_of
from lifecycle.terms.editions import EDITIONS
from lifecycle.terms.formats import duration

Holder = Contract | Option


class Sources:
    """The data of one contract, loaded on demand. Raises Unknown if there is none."""

    def __init__(self, conn: Connection, contract_id: str, now: datetime, language: Language) -> None:
        self.conn, self.contract_id, self.now, self.language = conn, contract_id, now, language
        self.dossier = load(conn, contract_id)
        self.editions = EDITIONS.governing(self.dossier.contract)
        self.show, self.say = Formatter(language), translator(language)
        self.people: Mapping[str, Any] = personal_of(conn, contract_id) or {}
        self.view = contract_view(self.dossier, self.people, now)

    @cached_property
    def acts(self) -> Acts:
        """The acts of its history."""
        return Acts(self.conn, self.contract_id, self.now)

    def customer_at(self, at: datetime | None) -> str:
        """Return the current name of the customer; the former party if another took over after that instant."""
        people: Mapping[str, Any] = self.people
        if at is not None and any(
            datetime.fromisoformat(act.at) > at for act in self.acts.of(self.contract_id, "succeed")
        ):
            line = line_as_of(self.conn, self.contract_id, at, self.now)
            people = people_as_of(self.conn, self.contract_id, line) or {}
        return str((people.get("customer") or {}).get("name", ""))

    def refuse(self, detail: str) -> Problem:
        """Return the refusal of a paper about something that has not happened."""
        return Problem(
            409, "not-possible", "Not possible in this state", detail, state=self.view["state"],
            allowed_events=self.view["allowed_events"],
        )  # fmt: skip

    def head(self, item: str | None = None) -> DocumentSection:
        """Return the contract's heading lines. item: as of the act, None for the one in force."""
        return DocumentSection("", [
            DocumentLine(self.say("field.reference"), self.view["reference"]),
            DocumentLine(self.say("field.item"), self.show.word("item", item or self.view["item"])),
        ])  # fmt: skip

    @property
    def item_accepted(self) -> str:
        """The item as it was accepted."""
        return item_applied_for(self.dossier)

    def option_name(self, option: Option) -> str:
        """An option with its reference."""
        return self.say("paper.option", name=self.show.word("option", option.kind), reference=option.reference)

    def line(
        self, name: str, value: str, because: Sequence[Answer] = (), *, strong: bool = False, **words: Any
    ) -> DocumentLine:
        """Return a line by the key of its label."""
        return DocumentLine(self.say(f"paper.{name}", **words), value, self.reasons(because), strong)

    def yen(self, amount: int | None) -> str:
        """Format an amount, marked as without tax."""
        return self.say("paper.without_tax", yen=self.show.yen(amount)) if amount is not None else "—"

    def reasons(self, rulings: Sequence[Answer]) -> tuple[str, ...]:
        """Return the sentences of rulings, each once."""
        return tuple(dict.fromkeys(reason(one, self.show) for one in rulings))

    def duration(self, seconds: int) -> str:
        """Seconds in hours."""
        return duration(seconds, self.language)
