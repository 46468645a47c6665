"""The content of a paper: sections of lines, each with its reasons, in one language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from api.messages.catalogue import Language
from api.request.issuer import Issuer


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A line of a paper. because: the sentences of its reasons, each with its article."""

    label: str
    value: str
    because: Sequence[str] = ()
    strong: bool = False


@dataclass(frozen=True, slots=True)
class DocumentSection:
    """A group of lines. title: the heading, empty for none. amounts: whether the values are yen."""

    title: str
    lines: Sequence[DocumentLine]
    amounts: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """The content of a kind of paper before addressee and sender are added. name: of the paper. title, opening:
    keys of its texts, with their values. issued_on: None for today. notes: sentences below the lines. act_at: the
    instant of the confirmed act, which determines the addressee; None for now.
    """

    name: str
    title: str
    opening: str
    sections: Sequence[DocumentSection]
    notes: Sequence[str] = ()
    issued_on: date | None = None
    words: Mapping[str, Any] = field(default_factory=dict)
    act_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A paper. name: of its file; reference: the contract's; to: the addressee; issued: its date. issuer: the
    sender, None in a sandbox without one. sample: the word across a paper of a sandbox, empty in a live service.
    labels: the headings of the columns of amounts.
    """

    name: str
    reference: str
    language: Language
    title: str
    to: str
    issued: str
    issued_on: date
    issuer: Issuer | None
    sample: str
    opening: str
    sections: Sequence[DocumentSection]
    notes: Sequence[str]
    labels: Sequence[str]

    @property
    def lines(self) -> list[DocumentLine]:
        """Every line, in its order."""
        return [line for section in self.sections for line in section.lines]
