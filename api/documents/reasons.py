"""The reasons of rulings in polite style (です・ます) for customers.

The catalogue uses である style. Rows that are older than the catalogue have seconds and code names in their
sentences, which become hours and words here.
"""

import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from api.messages.format import Formatter
from lifecycle.terms.editions import ITEMS
from lifecycle.terms.formats import MONTHS, duration

_POLITE = tomllib.loads(files(__package__).joinpath("polite.toml").read_text("utf-8"))
_SECONDS = {"ja": re.compile(r"([\d,]+)秒"), "en": re.compile(r"([\d,]+) seconds")}
_ITEMS = re.compile(rf"\b({'|'.join(ITEMS)})\b")
_PLAIN = re.compile(rf"(\b(?:{'|'.join(MONTHS)}) )?(?<![\d,.年第])(\d{{4,}})(?![\d年]|\d*-)(\.\d+)?")
_MONTH = re.compile(r"\b(\d{4})-(\d\d)\b(?!-)")
_SPACED = re.compile(r"(?<=[ぁ-んァ-ヶ一-龠）0-9]): ")


def reason(ruling: Mapping[str, Any], show: Formatter) -> str:
    """Return the reason in polite style, with its article in brackets."""
    left, right = ("（", "）") if show.language == "ja" else (" (", ")")
    return f"{said(show.because(ruling), show)}{left}{show.article(ruling['article'])}{right}"


def _with_commas(found: re.Match[str]) -> str:
    """Return a number with commas; a year after a month stays unchanged."""
    return found[0] if found[1] else f"{int(found[2]):,}{found[3] or ''}"


def said(sentence: str, show: Formatter) -> str:
    """Return a ruling's sentence in the style of papers."""
    language = show.language
    sentence = _SECONDS[language].sub(lambda found: duration(int(found[1].replace(",", "")), language), sentence)
    for plain, polite in _POLITE[language]:
        sentence = sentence.replace(plain, polite)
    if language == "ja":
        sentence = _SPACED.sub("：", sentence)
    else:
        sentence = _ITEMS.sub(lambda found: show.word("item", found[1]), sentence)
    sentence = _PLAIN.sub(_with_commas, sentence)
    return _MONTH.sub(lambda found: show.month(found[0]), sentence) if language == "en" else sentence
