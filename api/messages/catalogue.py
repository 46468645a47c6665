"""What the pages say, in Japanese and English: one table per group of pages in *.toml, read once.

An entry is `key = ["日本語", "English"]`, named `group.key` by those who use it.
"""

import tomllib
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any, Literal, cast

from lifecycle.terms.services import PAGE_WORDS

Language = Literal["ja", "en"]
LANGUAGES: tuple[Language, ...] = ("ja", "en")
FURTHER: dict[str, Mapping[str, str]] = {}  # by code, the entries of further languages (further.py)
MARK = "[en] "  # before what a further language does not say


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
    """Says an entry in a language, its places filled in. Raises KeyError for one that is not there."""

    def say(key: str, **values: Any) -> str:
        if (text := find_message(language, key)) is None:
            raise KeyError(key)
        return text.format(**values) if values else text

    return say


def find_message(language: Language, key: str) -> str | None:
    """An entry in a language, None where it is not there; marked English where a further language lacks it."""
    found = MESSAGES.get(key) or PAGE_WORDS.get(key)
    if found is None or language in LANGUAGES:
        return found[LANGUAGES.index(language)] if found else None
    return FURTHER[language].get(key) or MARK + found[LANGUAGES.index("en")]


def languages() -> tuple[Language, ...]:
    """Every language of the pages, those of files last."""
    return (*LANGUAGES, *cast(tuple[Language, ...], tuple(FURTHER)))


def written_language(language: Language) -> Language:
    """The language of papers and files for a visitor: papers are in Japanese and English alone."""
    return language if language in LANGUAGES else "en"
