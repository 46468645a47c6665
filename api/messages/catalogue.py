"""The texts of the pages in Japanese and English: one table per group of pages in *.toml, read once.

An entry is `key = ["日本語", "English"]`; code refers to it as `group.key`.
"""

import tomllib
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any, Literal, cast

from lifecycle.terms.services import PAGE_WORDS

Language = Literal["ja", "en"]
LANGUAGES: tuple[Language, ...] = ("ja", "en")
FURTHER: dict[str, Mapping[str, str]] = {}  # by code, the entries of further languages (further.py)
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
