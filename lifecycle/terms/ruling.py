"""A ruling: the conclusion of a rule, with its grounds."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from lifecycle.terms.readings import READINGS

STATES_JA = {
    "applied": "申込",
    "accepted": "承諾済",
    "billing": "課金中",
    "cancel_notified": "解約予定",
    "terminated": "終了",
    "rejected": "謝絶",
    "withdrawn": "取下げ",
}


@dataclass(frozen=True, slots=True)
class Ruling:
    """One conclusion of one rule.

    rule: the rule's id. article: its article in the terms. reading: the R-number in readings.md.
    terms: first day in force of the version applied. on: the civil day that the rule concludes. amount_yen: the
    amount that it concludes, in whole yen. days: the number of civil days that it counts.
    because, because_ja: the reason, in English and in Japanese.
    assumed: the text of the version is not held here (R32).
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
        """The ruling as the API and the history show it; `on`, `amount_yen` and `days` only if concluded."""
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
    """The rulings as dictionaries. Callers share them and must not change them."""
    return [ruling.as_dict() for ruling in rulings]


def known(rulings: Iterable[Ruling | None]) -> tuple[Ruling, ...]:
    """The rulings that exist, in their order."""
    return tuple(ruling for ruling in rulings if ruling is not None)


def count(number: int, unit: str) -> str:
    """A number with its unit in English: 1 day, 2 days, 3 GB."""
    return f"{number} {unit}{'' if number == 1 or unit.isupper() else 's'}"
