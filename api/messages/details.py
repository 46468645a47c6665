"""What /v1 says about a malformed value, in the language of the page: details.toml holds its sentences."""

import re
from functools import cache

from api.messages.catalogue import LANGUAGES, MESSAGES, Language, written_language

_GROUP = "detail."


def translate_detail(language: Language, said: str) -> str:
    """The sentence in a language, as it was said where the words do not know it."""
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
