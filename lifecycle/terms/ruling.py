"""A ruling: what a rule concluded, and what the conclusion rests on."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from lifecycle.terms.readings import READINGS


@dataclass(frozen=True, slots=True)
class Ruling:
    """One conclusion of one rule.

    rule: the rule's name. article: where the terms say it. reading: the R-number of readings.md.
    terms: first day in force of the version applied. on: the civil day concluded. amount_yen: the
    whole yen concluded. days: a number of civil days, where the rule counts some.
    because, because_ja: the reason, in English and in Japanese.
    assumed: the version's text is not held (R32).
    """

    rule: str
    article: str
    reading: str
    terms: str
    because: str
    because_ja: str
    on: date | None = None
    amount_yen: int | None = None
    days: int | None = None
    assumed: bool = False

    def __hash__(self) -> int:
        return hash(self.because)  # equal rulings give equal reasons; a text's hash is computed once

    def as_dict(self) -> dict[str, Any]:
        """The ruling as the interface and the history show it; `on` or `amount_yen` only where concluded."""
        shown: dict[str, Any] = {"rule": self.rule, "article": self.article}
        if self.on is not None:
            shown["on"] = self.on.isoformat()
        if self.amount_yen is not None:
            shown["amount_yen"] = self.amount_yen
        if self.days is not None:
            shown["days"] = self.days
        return shown | {
            "because": self.because,
            "because_ja": self.because_ja,
            "reading": self.reading,
            "basis": READINGS[self.reading].basis,
            "terms": self.terms,
            "assumed": self.assumed,
        }


@lru_cache(maxsize=65_536)
def rulings_as_dicts(rulings: tuple[Ruling, ...]) -> list[dict[str, Any]]:
    """The rulings as dictionaries; shared between callers, so not to be changed."""
    return [ruling.as_dict() for ruling in rulings]


def known(rulings: Iterable[Ruling | None]) -> tuple[Ruling, ...]:
    """The rulings that exist, in their order."""
    return tuple(ruling for ruling in rulings if ruling is not None)


def count(number: int, unit: str) -> str:
    """A number with its unit in English: 1 day, 2 days."""
    return f"{number} {unit}{'' if number == 1 else 's'}"
