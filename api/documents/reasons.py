"""The reasons of rulings as a customer reads them: です・ます.

The catalogue says them in である; papers say the same politely. Rows from before the catalogue hold sentences with
seconds and names of the code: here they become hours and words.
"""

import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from api.messages.format import Formatter
from lifecycle.terms.calendar import Month
from lifecycle.terms.editions import ITEMS
from lifecycle.terms.formats import duration, english_month

_POLITE = tomllib.loads(files(__package__).joinpath("polite.toml").read_text("utf-8"))
_SECONDS = {"ja": re.compile(r"([\d,]+)秒"), "en": re.compile(r"([\d,]+) seconds")}
_ITEMS = re.compile(rf"\b({'|'.join(ITEMS)})\b")
_YEARS = "".join(f"(?<!{english_month(Month(2000, number)).removesuffix('2000')})" for number in range(1, 13))
_PLAIN = re.compile(rf"{_YEARS}(?<![\d,.年第])(\d{{4,}})(?![\d年]|\d*-)(\.\d+)?")
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
