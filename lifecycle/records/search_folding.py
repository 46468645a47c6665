"""Folds texts for the search: texts that a clerk considers the same are equal.

Width, case, kana, spaces, hyphens and long vowel marks, middle dots, brackets, variants of a kanji
(variants.toml), ideographic variation sequences and company forms, before or after the name, make no difference.
"""

import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from lifecycle.machines.compared import normalise_width

_HIRAGANA = {katakana: katakana - 0x60 for katakana in range(ord("ァ"), ord("ヶ") + 1)}
_COMPANIES = {
    "株式会社": "(株)", "有限会社": "(有)", "合同会社": "(同)", "合資会社": "(資)", "合名会社": "(名)",
    "一般社団法人": "(一社)", "公益社団法人": "(公社)", "一般財団法人": "(一財)", "公益財団法人": "(公財)",
    "学校法人": "(学)", "医療法人": "(医)", "社会福祉法人": "(福)", "特定非営利活動法人": "(特非)",
    "NPO法人": "(npo)", "かぶしきがいしゃ": "(かぶ)", "ゆうげんがいしゃ": "(ゆう)",
}  # fmt: skip
_SMALL = str.maketrans("ゕゖ", "かけ")
_GROUPS = tomllib.loads(files(__package__).joinpath("variants.toml").read_text("utf-8"))["groups"].split()
_VARIANTS = {ord(variant): group[0] for group in _GROUPS for variant in group[1:]}
_VARIATION = re.compile("[\ufe00-\ufe0f\u180b-\u180f\U000e0100-\U000e01ef]")
_PASSED_OVER = re.compile(
    r"[\s\-\u058a\u05be\u1806\u2010-\u2015\u2043\u207b\u208b\u2212\u2500\u2796\u30fc・·()「」]"
)


def customer_number(personal: Mapping[str, Any]) -> str | None:
    """Return the company's own number of the customer, folded so that it is found however it is typed."""
    number = (personal.get("customer") or {}).get("number")
    return customer_number_key(number) if number else None


def customer_number_key(number: str) -> str:
    """Return a customer number as it is compared: trimmed, and folded like other texts."""
    return normalise(number.strip())


def normalise(text: str) -> str:
    """Return one text folded for the search: NFKC, lower case, katakana as hiragana."""
    return normalise_width(text).translate(_HIRAGANA)


def _plain(text: str) -> str:
    """NFKC, folded case, hiragana, one variant of each kanji."""
    plain = text.casefold() if text.isascii() else normalise(_VARIATION.sub("", text))
    if plain.startswith("+81"):  # an international telephone number
        plain = f"0{plain.removeprefix('+81')}"
    return plain if plain.isascii() else plain.translate(_SMALL).translate(_VARIANTS)


_FORMS = re.compile("|".join(
    sorted((re.escape(_plain(form)) for pair in _COMPANIES.items() for form in pair), key=len, reverse=True)
))  # fmt: skip
_SPELT = {_plain(short): _plain(form) for form, short in _COMPANIES.items()}


def fold(text: str) -> str:
    """Return a text folded for the search; if it is only a company form, this form in full."""
    return _folded(_plain(text))


def _folded(plain: str) -> str:
    bare = _PASSED_OVER.sub("", _FORMS.sub("", plain))
    return bare or _PASSED_OVER.sub("", _FORMS.sub(lambda form: _SPELT.get(form[0], form[0]), plain))


def fold_people(personal: Mapping[str, Any]) -> str:
    """Return all texts of a contract's people folded, one per line, and the company forms in them."""
    plain = [_plain(str(text)) for part in personal.values() if part for text in part.values() if text]
    forms = sorted({_SPELT.get(form, form) for text in plain for form in _FORMS.findall(text)})
    return "\n".join([*dict.fromkeys(map(_folded, plain)), *forms])
