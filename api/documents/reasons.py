"""The reasons of rulings as a customer reads them: です・ます, hours for seconds, words for names of the code.

The history keeps a ruling's sentence as it was concluded; papers say the same politely.
"""

import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from api.messages.catalogue import Language
from api.messages.format import Formatter

_POLITE = tomllib.loads(files(__package__).joinpath("polite.toml").read_text("utf-8"))
_SECONDS = {"ja": re.compile(r"([\d,]+)秒"), "en": re.compile(r"([\d,]+) seconds")}
_ITEMS = re.compile(r"\b(basic|premium)\b")
_PLAIN = re.compile(r"(?<![\d,.年第])(\d{4,})(?![\d年]|\d*-)(\.\d+)?")
_MONTH = re.compile(r"\b(\d{4})-(\d\d)\b(?!-)")
_SPACED = re.compile(r"(?<=[ぁ-んァ-ヶ一-龠）0-9]): ")


def reason(ruling: Mapping[str, Any], show: Formatter) -> str:
    """Why, politely, with its article in brackets."""
    left, right = ("（", "）") if show.language == "ja" else (" (", ")")
    return f"{said(show.because(ruling), show)}{left}{show.article(ruling['article'])}{right}"


def said(sentence: str, show: Formatter) -> str:
    """A ruling's sentence in the style of papers."""
    language = show.language
    sentence = _SECONDS[language].sub(lambda found: duration(int(found[1].replace(",", "")), language), sentence)
    for plain, polite in _POLITE[language]:
        sentence = sentence.replace(plain, polite)
    if language == "ja":
        sentence = _SPACED.sub("：", sentence)
    else:
        sentence = _ITEMS.sub(lambda found: show.word("item", found[1]), sentence)
    sentence = _PLAIN.sub(lambda found: f"{int(found[1]):,}{found[2] or ''}", sentence)
    return _MONTH.sub(lambda found: show.month(found[0]), sentence) if language == "en" else sentence


def duration(seconds: int, language: Language) -> str:
    """Seconds as hours, minutes and seconds, as far as there are any: 72時間, 72 hours 5 minutes."""
    parts = (
        (seconds // 3600, "時間", "hour"),
        (seconds // 60 % 60, "分", "minute"),
        (seconds % 60, "秒", "second"),
    )
    named = [part for part in parts if part[0]] or [parts[0]]
    if language == "ja":
        return "".join(f"{number:,}{unit}" for number, unit, _ in named)
    return " ".join(f"{number:,} {unit}{'' if number == 1 else 's'}" for number, _, unit in named)
