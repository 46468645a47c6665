"""Translates the errors of /v1 about malformed values into the language of the page; details.toml has the
sentences.
"""

import re
from functools import cache

from api.messages.catalogue import LANGUAGES, MESSAGES, Language, written_language

_GROUP = "detail."


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
