"""What the pages say, in Japanese and English: one table per group of pages in *.toml, read once.

An entry is `key = ["日本語", "English"]`, named `group.key` by those who use it.
"""

import tomllib
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any, Literal

from lifecycle.terms.services import PAGE_WORDS

Language = Literal["ja", "en"]
LANGUAGES: tuple[Language, ...] = ("ja", "en")


def _read_messages() -> Mapping[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for file in sorted(files("api.messages").iterdir(), key=lambda f: f.name):
        if not file.name.endswith(".toml"):
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
    column = LANGUAGES.index(language)

    def say(key: str, **values: Any) -> str:
        text = (MESSAGES.get(key) or PAGE_WORDS[key])[column]
        return text.format(**values) if values else text

    return say


def find_message(language: Language, key: str) -> str | None:
    """An entry in a language, None where it is not there."""
    found = MESSAGES.get(key) or PAGE_WORDS.get(key)
    return found[LANGUAGES.index(language)] if found else None
