"""What a paper is made of: sections of lines, each with the reasons it rests on, in one language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from api.messages.catalogue import Language
from api.request.issuer import Issuer


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A line of a paper. because: the sentences behind it, each with its article."""

    label: str
    value: str
    because: Sequence[str] = ()
    strong: bool = False


@dataclass(frozen=True, slots=True)
class DocumentSection:
    """Lines that belong together. title: above them, empty for none. amounts: whether the values are yen."""

    title: str
    lines: Sequence[DocumentLine]
    amounts: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """What a kind of paper says, before it is addressed and signed.

    name: of the paper. title, opening: keys of its words, with the values that fill them in. issued_on: None for
    today. notes: sentences below the lines. act_at: the instant of what it confirms, which says whom it is for;
    None for now.
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
    """A paper. name: of its file; reference: the contract's; to: whom it is for; issued: the day on it.

    issuer: who sends it, None in a sandbox that names nobody. sample: the word across a paper of a sandbox, empty
    in a live service. labels: the words above the columns of amounts.
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
