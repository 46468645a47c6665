"""The catalogue of rules: their articles, readings and sentences, read once from the TOML files of a service.

Each service has a folder: rules/*.toml holds the entries, words.toml the words and the types of values.
"""

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import Formatter
from typing import Any

from lifecycle.terms.default_service import DEFAULT_SERVICE, RULE_TEXTS, TEXTS
from lifecycle.terms.formats import FORMATS, LANGUAGES, Format, Language, quantity
from lifecycle.terms.readings import READINGS

CONCLUDED = frozenset(("on", "amount_yen", "days"))  # fields of a ruling; its other values are parameters
HOUSE_RULE = "House rule"  # cited by a rule of the service's own record keeping, without basis in the terms
_GROUNDS = ("article", "reading", "basis")

Words = Mapping[str, Mapping[str, Mapping[str, str]]]  # by group, name, language
ByKey = str | Mapping[str, str]
Template = tuple[str | tuple[str, Format], ...]  # a text, or the name of a value and its format


class FaultyCatalogue(ValueError):
    """The catalogue is invalid; `faults` lists what is wrong and where."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True, eq=False)
class RuleEntry:
    """One rule in one case. parameters: the values that its sentences need beyond those that a ruling
    concludes.
    """

    rule: str
    case: str
    article: ByKey
    reading: ByKey
    basis: str | None
    sentences: Mapping[Language, Template]
    parameters: frozenset[str]

    def article_for(self, key: str) -> str:
        """The cited article. key: the subject of the rule, "" if the article does not depend on it."""
        return self.article if isinstance(self.article, str) else self.article[key]

    def reading_for(self, key: str) -> str:
        """The applied reading."""
        return self.reading if isinstance(self.reading, str) else self.reading[key]

    def say(self, language: Language, values: Mapping[str, Any]) -> str:
        """The sentence with its values."""
        return "".join(
            [part if isinstance(part, str) else part[1](values[part[0]]) for part in self.sentences[language]]
        )


Catalogue = Mapping[tuple[str, str], RuleEntry]


def parse_catalogue(words_text: str, rule_texts: Iterable[str]) -> Catalogue:
    """The entries by rule and case. Raises FaultyCatalogue with all faults."""
    return catalogue_of(tomllib.loads(words_text), map(tomllib.loads, rule_texts))


def catalogue_of(head: Mapping[str, Any], rule_files: Iterable[Mapping[str, Any]]) -> Catalogue:
    """As parse_catalogue, from parsed files. Raises FaultyCatalogue."""
    formats = _formats(head["words"])
    types: Mapping[str, str] = head["parameters"]
    faults = [f"words: {name} has the unknown type {kind}" for name, kind in types.items() if kind not in formats]
    faults += _incomplete_words(head["words"])
    if faults:
        raise FaultyCatalogue(faults)
    found: dict[tuple[str, str], RuleEntry] = {}
    for tables in rule_files:
        for rule, table in tables.items():
            if any(rule == known for known, _ in found):
                faults.append(f"{rule}: this rule has two tables")
            for case, grounds in _cases(table):
                place = f"{rule}.{case}" if case else rule
                wrong = list(_faults(place, grounds, types))
                faults += wrong
                if not wrong:
                    found[rule, case] = _entry(rule, case, grounds, lambda name: formats[types[name]])
    if faults:
        raise FaultyCatalogue(faults)
    return found


def _formats(words: Words) -> Mapping[str, Mapping[Language, Format]]:
    groups: dict[str, Mapping[Language, Format]] = {
        group: {lang: _word_format(names, lang) for lang in LANGUAGES} for group, names in words.items()
    }
    if "unit" in words:
        groups["quantity"] = quantity(words["unit"])
    return {**FORMATS, **groups}


def _word_format(names: Mapping[str, Mapping[str, str]], language: Language) -> Format:
    comma = "、" if language == "ja" else ", "

    def say(value: str | Sequence[str]) -> str:
        return names[value][language] if isinstance(value, str) else comma.join(map(say, value))

    return say


def _incomplete_words(words: Words) -> Iterator[str]:
    for group, names in words.items():
        for name, said in names.items():
            if set(said) != set(LANGUAGES):
                yield f"words.{group}.{name}: needs exactly the languages {', '.join(LANGUAGES)}"


def _cases(table: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The cases of a rule, each with its own grounds or the rule's; a rule without cases has one without a
    name.
    """
    cases = {name: case for name, case in table.items() if name not in _GROUNDS and isinstance(case, dict)}
    grounds = {name: value for name, value in table.items() if name not in cases}
    if not cases:
        yield "", grounds
    for name, case in cases.items():
        yield name, {**grounds, **case}


def _places(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def _faults(place: str, entry: Mapping[str, Any], types: Mapping[str, str]) -> Iterator[str]:
    for name in ("article", "reading", *LANGUAGES):
        if not entry.get(name):
            yield f"{place}: {name} is missing"
    for name in entry.keys() - {*_GROUNDS, *LANGUAGES}:
        yield f"{place}: nobody knows what {name} is"
    reading = entry.get("reading", "")
    for number in reading.values() if isinstance(reading, dict) else (reading,):
        if number and number not in READINGS:
            yield f"{place}: there is no reading {number}"
    held = {language: _places(entry.get(language, "")) for language in LANGUAGES}
    for language, names in held.items():
        for name in sorted(names - types.keys()):
            yield f"{place}: words.toml does not list the value {name} of the sentence in {language}"
        for name in sorted(frozenset().union(*held.values()) - names):
            yield f"{place}: the sentence in {language} does not hold the value {name}"


def _entry(
    rule: str, case: str, entry: Mapping[str, Any], format_of: Callable[[str], Mapping[Language, Format]]
) -> RuleEntry:
    def template(language: Language) -> Iterator[str | tuple[str, Format]]:
        for text, name, _, _ in Formatter().parse(entry[language]):
            if text:
                yield text
            if name is not None:
                yield name, format_of(name)[language]

    return RuleEntry(
        rule, case, entry["article"], entry["reading"], entry.get("basis"),
        {language: tuple(template(language)) for language in LANGUAGES}, _places(entry["en"]) - CONCLUDED,
    )  # fmt: skip


WORDS_TEXT = TEXTS["words.toml"]
CATALOGUE = parse_catalogue(WORDS_TEXT, RULE_TEXTS)
CATALOGUES: dict[str, Catalogue] = {DEFAULT_SERVICE: CATALOGUE}  # by service
