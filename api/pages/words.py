"""What the pages say, in Japanese and English: one table per group of pages in words/*.toml, read once.

An entry is `key = ["日本語", "English"]`, named `group.key` by those who use it.
"""

import tomllib
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any, Literal

Language = Literal["ja", "en"]
LANGUAGES: tuple[Language, ...] = ("ja", "en")


def _read() -> Mapping[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for file in sorted(files("api.pages").joinpath("words").iterdir(), key=lambda f: f.name):
        for group, entries in tomllib.loads(file.read_text("utf-8")).items():
            for key, (japanese, english) in entries.items():
                assert f"{group}.{key}" not in found, f"{group}.{key} is said twice"
                found[f"{group}.{key}"] = (japanese, english)
    return found


WORDS = _read()
Say = Callable[..., str]


def say_in(language: Language) -> Say:
    """Says an entry in a language, its places filled in. Raises KeyError for one that is not there."""
    column = LANGUAGES.index(language)

    def say(key: str, **values: Any) -> str:
        text = WORDS[key][column]
        return text.format(**values) if values else text

    return say


def said(language: Language, key: str) -> str | None:
    """An entry in a language, None where it is not there."""
    found = WORDS.get(key)
    return found[LANGUAGES.index(language)] if found else None
