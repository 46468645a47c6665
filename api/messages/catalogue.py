"""The texts of the pages in Japanese and English: one table per group of pages in *.toml, read once.

An entry is `key = ["日本語", "English"]`; code refers to it as `group.key`. `detail` translates the errors of /v1
about malformed values. Further languages have one file language-<code>.toml each, in this folder: its entries are
`key = "text"` in the groups of the other files; `[rule]` has the sentences of rulings, by rule, or by rule and
case. Texts that the file lacks are shown in English after a mark.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any, Literal, cast

from lifecycle.terms.catalogue import CATALOGUES
from lifecycle.terms.services import PAGE_WORDS

Language = Literal["ja", "en"]
LANGUAGES: tuple[Language, ...] = ("ja", "en")
FURTHER: dict[str, Mapping[str, str]] = {}  # by code, the entries of further languages
_GROUP = "detail."
NAME, SUFFIX, RULE = "language-", ".toml", "rule"
_ENGLISH = 1  # its column
MARK = "[en] "  # marks a text that a further language lacks


def _read_messages() -> Mapping[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for file in sorted(files("api.messages").iterdir(), key=lambda f: f.name):
        if not file.name.endswith(".toml") or file.name.startswith("language-"):
            continue
        for group, entries in tomllib.loads(file.read_text("utf-8")).items():
            for key, (japanese, english) in entries.items():
                assert f"{group}.{key}" not in found, f"{group}.{key} is said twice"
                found[f"{group}.{key}"] = (japanese, english)
    return found


MESSAGES = _read_messages()
Translator = Callable[..., str]


def translator(language: Language) -> Translator:
    """Return a function that renders an entry in a language with its values.

    Raises KeyError for an unknown entry.
    """

    def say(key: str, **values: Any) -> str:
        if (text := find_message(language, key)) is None:
            raise KeyError(key)
        return text.format(**values) if values else text

    return say


def find_message(language: Language, key: str) -> str | None:
    """Return an entry in a language, None if there is none; English with a mark if a further language lacks it."""
    found = MESSAGES.get(key) or PAGE_WORDS.get(key)
    if found is None or language in LANGUAGES:
        return found[LANGUAGES.index(language)] if found else None
    return FURTHER[language].get(key) or MARK + found[LANGUAGES.index("en")]


def languages() -> tuple[Language, ...]:
    """Return every language of the pages; languages from files come last."""
    return (*LANGUAGES, *cast(tuple[Language, ...], tuple(FURTHER)))


def written_language(language: Language) -> Language:
    """Return the language of papers and files for a visitor: papers are only in Japanese and English."""
    return language if language in LANGUAGES else "en"


def translate_detail(language: Language, said: str) -> str:
    """Return the sentence in a language, or unchanged if there is no translation."""
    for pattern, texts in _patterns():
        if found := pattern.fullmatch(said):
            return texts[LANGUAGES.index(written_language(language))].format(**found.groupdict())
    return said


@cache
def _patterns() -> list[tuple[re.Pattern[str], tuple[str, str]]]:
    keys = [key for key in MESSAGES if key.startswith(_GROUP)]
    return [(_pattern(key.removeprefix(_GROUP)), MESSAGES[key]) for key in keys]


def _pattern(key: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", key)
    return re.compile("".join(re.escape(p) if n % 2 == 0 else f"(?P<{p}>.+)" for n, p in enumerate(parts)))


class FaultyLanguage(ValueError):
    """A language file with an error; the text says what is wrong and where."""


def add_language(code: str, text: str) -> None:
    """Adds a language from the text of its file. Raises FaultyLanguage."""
    found = {
        f"{group}.{key}": said for group, entries in tomllib.loads(text).items() for key, said in entries.items()
    }
    if wrong := [*_faults(found)]:
        raise FaultyLanguage("; ".join(wrong))
    FURTHER[code] = found


def language_name(language: Language) -> str:
    """Return the name of a language in that language."""
    return translator(language)("base.this_language")


def _faults(found: Mapping[str, str]) -> Iterator[str]:
    rules = {f"{RULE}.{rule}" + (f".{case}" if case else ""): e for (rule, case), e in _every_rule().items()}
    for key, said in found.items():
        if key in rules:
            needed = {part[0] for part in rules[key].sentences["en"] if not isinstance(part, str)}
        elif (english := MESSAGES.get(key) or PAGE_WORDS.get(key)) is not None:
            needed = _places(english[_ENGLISH])
        else:
            yield f"{key}: nobody says this"
            continue
        if _places(said) != needed:
            yield f"{key}: needs the values {sorted(needed)}"


def _every_rule() -> Mapping[tuple[str, str], Any]:
    return {key: entry for catalogue in CATALOGUES.values() for key, entry in catalogue.items()}


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


for _file in files("api.messages").iterdir():
    if _file.name.startswith(NAME):
        add_language(_file.name.removeprefix(NAME).removesuffix(SUFFIX), _file.read_text("utf-8"))
