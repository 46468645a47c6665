"""Texts as they are compared: width and case do not matter."""

from collections.abc import Mapping
from typing import Any

from lifecycle.machines.compared import normalise_width as normalise_width
from lifecycle.machines.compared import reference_key as reference_key

_HIRAGANA = {katakana: katakana - 0x60 for katakana in range(ord("ァ"), ord("ヶ") + 1)}


def customer_number(personal: Mapping[str, Any]) -> str | None:
    """The company's own number of the customer, folded so that it is found however it is typed."""
    number = (personal.get("customer") or {}).get("number")
    return customer_number_key(number) if number else None


def customer_number_key(number: str) -> str:
    """A customer number as it is compared: trimmed, and folded as other texts."""
    return normalise(number.strip())


def normalise(text: str) -> str:
    """One text folded for searching: NFKC, lower case, katakana as hiragana."""
    return normalise_width(text).translate(_HIRAGANA)
