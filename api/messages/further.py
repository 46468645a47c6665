"""Further languages besides Japanese and English: one file language-<code>.toml each, in this folder.

Its entries are `key = "text"` in the groups of the other files; `[rule]` has the sentences of rulings, by rule, or
by rule and case. Texts that the file lacks are shown in English after a mark.
"""

import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from string import Formatter
from typing import Any

from api.messages.catalogue import FURTHER, MESSAGES, Language, translator
from lifecycle.terms.catalogue import CATALOGUES
from lifecycle.terms.services import PAGE_WORDS

NAME, SUFFIX, RULE = "language-", ".toml", "rule"
_ENGLISH = 1  # its column


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
