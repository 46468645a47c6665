"""Texts as they are searched for: width, case and kana do not matter."""

import unicodedata
from collections.abc import Mapping
from typing import Any

_HIRAGANA = {katakana: katakana - 0x60 for katakana in range(ord("ァ"), ord("ヶ") + 1)}


def normalised_names(personal: Mapping[str, Any]) -> str:
    """Names and addresses folded for searching: width, case and kana do not matter."""
    texts = [str(text) for part in personal.values() if part for text in part.values() if text]
    return normalise("\n".join(texts))


def customer_number(personal: Mapping[str, Any]) -> str | None:
    """The company's own number of the customer, folded so that it is found however it is typed."""
    number = (personal.get("customer") or {}).get("number")
    return normalise(number.strip()) if number else None


def normalise(text: str) -> str:
    """One text folded for searching: NFKC, lower case, katakana as hiragana."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return plain.translate(_HIRAGANA)
