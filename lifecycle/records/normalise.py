"""Texts as they are compared: width and case do not matter."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

# every hyphen, dash and minus, and the mark of a long vowel, which is often typed for one
_HYPHENS = re.compile("[\u058a\u05be\u1806\u2010-\u2015\u2043\u207b\u208b\u2212\u2500\u2796\u30fc]")
_HIRAGANA = {katakana: katakana - 0x60 for katakana in range(ord("ァ"), ord("ヶ") + 1)}


def customer_number(personal: Mapping[str, Any]) -> str | None:
    """The company's own number of the customer, folded so that it is found however it is typed."""
    number = (personal.get("customer") or {}).get("number")
    return customer_number_key(number) if number else None


def customer_number_key(number: str) -> str:
    """A customer number as it is compared: trimmed, and folded as other texts."""
    return normalise(number.strip())


def reference_key(reference: str) -> str:
    """A reference as it is compared: trimmed, NFKC, folded case, every hyphen, dash and minus alike."""
    folded = reference.casefold() if reference.isascii() else _HYPHENS.sub("-", normalise_width(reference))
    return folded.strip()


def normalise_width(text: str) -> str:
    """NFKC and folded case."""
    return unicodedata.normalize("NFKC", text).casefold()


def normalise(text: str) -> str:
    """One text folded for searching: NFKC, lower case, katakana as hiragana."""
    return normalise_width(text).translate(_HIRAGANA)
