"""A ruling: the conclusion of a rule, with its grounds as values; the catalogue contains its sentences."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Protocol

from lifecycle.terms.calendar import Month
from lifecycle.terms.catalogue import CATALOGUES, HOUSE_RULE, RuleEntry
from lifecycle.terms.default_service import DEFAULT_SERVICE
from lifecycle.terms.formats import LANGUAGES
from lifecycle.terms.readings import READINGS

Parameter = date | Month | Decimal | str | int | tuple[Any, ...]


class AppliedVersion(Protocol):
    """The facts of the applied version that a ruling keeps."""

    @property
    def version(self) -> str: ...
    @property
    def assumed(self) -> bool: ...
    @property
    def service(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Ruling:
    """One conclusion of one rule.

    rule: the rule's id. case: the case that selects the sentence, "" if there is only one. article: its article in
    the terms. reading: the R-number in readings.md. terms: first day in force of the version applied. parameters:
    further values that the sentence needs. on: the concluded civil day. amount_yen: the concluded amount, in whole
    yen. days: the concluded number of civil days. assumed: the text of the version is not included here (R32).
    service: whose terms they are.
    """

    rule: str
    case: str
    article: str
    reading: str
    terms: str
    parameters: tuple[tuple[str, Parameter], ...] = ()
    on: date | None = None
    amount_yen: int | None = None
    days: int | None = None
    assumed: bool = False
    service: str = DEFAULT_SERVICE

    def __hash__(self) -> int:
        return hash((self.rule, self.on, self.parameters))

    @property
    def entry(self) -> RuleEntry:
        """The entry in the catalogue."""
        return CATALOGUES[self.service][self.rule, self.case]

    @property
    def basis(self) -> str:
        """The basis: text, code or choice."""
        return self.entry.basis or READINGS[self.reading].basis

    @property
    def because(self) -> str:
        """The reason in English."""
        return sentences(self)[LANGUAGES.index("en")]

    @property
    def because_ja(self) -> str:
        """The reason in Japanese."""
        return sentences(self)[LANGUAGES.index("ja")]

    def in_case(self, case: str, *, days: int | None = None, assumed: bool, **more: Parameter) -> "Ruling":
        """The same conclusion in another case of its rule, with further values."""
        entry = CATALOGUES[self.service][self.rule, case]
        parameters = (*self.parameters, *more.items())
        assert entry.parameters == {name for name, _ in parameters}, f"{self.rule}.{case} needs other values"
        reading = entry.reading_for("")
        return replace(self, case=case, reading=reading, parameters=parameters, days=days, assumed=assumed)

    def as_dict(self) -> dict[str, Any]:
        """The ruling in the API: the stored values and the sentences."""
        because, because_ja = sentences(self)
        return self.as_stored() | {"because": because, "because_ja": because_ja}

    def as_stored(self) -> dict[str, Any]:
        """The ruling in the history: values only, without those that it does not conclude."""
        stored: dict[str, Any] = {"rule": self.rule, "article": self.article}
        if self.on is not None:
            stored["on"] = self.on.isoformat()
        if self.amount_yen is not None:
            stored["amount_yen"] = self.amount_yen
        if self.days is not None:
            stored["days"] = self.days
        if self.case:
            stored["case"] = self.case
        if self.service != DEFAULT_SERVICE:
            stored["service"] = self.service
        return stored | {
            "parameters": {name: _as_json(value) for name, value in self.parameters},
            "reading": self.reading,
            "basis": self.basis,
            "terms": self.terms,
            "assumed": self.assumed,
        }


def conclude(
    rule: str, terms: AppliedVersion, case: str = "", *, about: str = "", on: date | None = None,
    amount_yen: int | None = None, days: int | None = None, assumed: bool = False, **parameters: Parameter,
) -> Ruling:  # fmt: skip
    """A ruling under a version of the terms. Further named values are parameters of the sentence.

    about: the key of article and reading, if they depend on the subject of the rule. assumed: whether it also uses
    values of another version whose text is assumed.
    """
    entry = CATALOGUES[terms.service][rule, case]
    assert entry.parameters == parameters.keys(), f"{rule}.{case} needs the values {sorted(entry.parameters)}"
    return Ruling(
        rule, case, entry.article_for(about), entry.reading_for(about), terms.version, tuple(parameters.items()),
        on, amount_yen, days, assumed or terms.assumed, terms.service,
    )  # fmt: skip


@lru_cache(maxsize=65_536)
def sentences(ruling: Ruling) -> tuple[str, ...]:
    """The reason in each language, in the order of LANGUAGES."""
    values: Mapping[str, Any] = {
        **dict(ruling.parameters), "on": ruling.on, "amount_yen": ruling.amount_yen, "days": ruling.days,
    }  # fmt: skip
    return tuple([ruling.entry.say(language, values) for language in LANGUAGES])


def _as_json(value: Parameter) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Month | Decimal):
        return str(value)
    return [_as_json(one) for one in value] if isinstance(value, tuple) else value


def show_stored(rulings: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Stored rulings in the form of the API, with their sentences.

    Rulings from before the catalogue, without `parameters`, are stored with their sentences and keep them.
    """
    return [{**stored, **_say(stored)} if "parameters" in stored else dict(stored) for stored in rulings]


def say_of(stored: Mapping[str, Any], text: str) -> str:
    """Another sentence for a ruling in the form of the API, with values in English."""
    entry = CATALOGUES[stored.get("service", DEFAULT_SERVICE)][stored["rule"], stored.get("case", "")]
    looks = {part[0]: part[1] for part in entry.sentences["en"] if not isinstance(part, str)}
    values = {**stored, **stored["parameters"]}
    return text.format(**{name: look(values[name]) for name, look in looks.items()})


def _say(stored: Mapping[str, Any]) -> dict[str, str]:
    """The sentences. A rule that the catalogue lacks is named: the recorded edition has its words."""
    values = {**stored, **stored["parameters"]}
    catalogue = CATALOGUES.get(stored.get("service", DEFAULT_SERVICE), {})
    if (entry := catalogue.get((stored["rule"], stored.get("case", "")))) is None:
        return {"because": stored["rule"], "because_ja": stored["rule"]}
    return {"because": entry.say("en", values), "because_ja": entry.say("ja", values)}


@lru_cache(maxsize=65_536)
def rulings_as_dicts(rulings: tuple[Ruling, ...]) -> list[dict[str, Any]]:
    """The rulings as dictionaries. They are shared between callers, who must not change them."""
    return [ruling.as_dict() for ruling in rulings]


def known(rulings: Iterable[Ruling | None]) -> tuple[Ruling, ...]:
    """The rulings that exist, in order."""
    return tuple(ruling for ruling in rulings if ruling is not None)


def of_the_house(rulings: Iterable[Ruling]) -> bool:
    """Whether all refusing rules are the service's own, none of the terms."""
    return all(ruling.article == HOUSE_RULE for ruling in rulings)
