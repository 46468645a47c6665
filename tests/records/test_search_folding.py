"""Texts that a clerk regards as the same are the same in a search."""

import pytest

from lifecycle.records.search_folding import fold, fold_people

ALIKE = {
    "a company, in front or behind, long or short": [
        "株式会社サンプル", "株式会社　サンプル", "㈱サンプル", "（株）サンプル", "(株) サンプル", "サンプル(株)",
        "サンプル株式会社",
        "ｻﾝﾌﾟﾙ㈱", "㍿サンプル",
    ],
    "other forms of companies": ["有限会社みなと", "（有）みなと", "㈲みなと", "みなと有限会社"],
    "blanks": ["山田太郎", "山田 太郎", "山田　太郎"],
    "high": ["高橋", "髙橋"],
    "cape": ["山崎", "山﨑", "山嵜"],
    "luck": ["吉野家", "𠮷野家"],
    "side": ["渡辺", "渡邊", "渡邉"],
    "purity": ["斉藤", "斎藤", "齊藤", "齋藤"],
    "shore": ["浜田", "濱田", "濵田"],
    "small ke": ["霞ヶ関", "霞ケ関", "霞け関"],
    "hyphens and long vowels": ["スーパー", "ス－パ－", "スパ", "ス‐パ‐", "ｽｰﾊﾟｰ"],
    "middle dots": ["日本・配信", "日本配信", "日本･配信"],
    "kana": ["サンプル", "さんぷる", "ｻﾝﾌﾟﾙ"],
    "a variation sequence": ["葛城", "葛\U000e0100城"],
    "a telephone number": [
        "03-0000-6105", "0300006105", "(03)0000-6105", "０３　００００　６１０５", "+81 3-0000-6105",
    ],
    "an address of e-mail": ["Keiyaku@Example.co.jp", "keiyaku@example.co.jp"],
    "a postal code": ["100-0001", "１０００００１"],
}  # fmt: skip
DIFFERENT = [
    ("山田", "山口"),
    ("渡辺", "渡部"),
    ("高橋", "高梨"),
    ("サンプル", "サンブル"),
    ("03-0000-6105", "03-0000-6106"),
]


@pytest.mark.parametrize("texts", ALIKE.values(), ids=ALIKE)
def test_equivalent_texts_are_folded_to_one(texts: list[str]) -> None:
    assert len({fold(text) for text in texts}) == 1, {text: fold(text) for text in texts}


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_texts_stay_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_a_form_of_company_alone_finds_those_of_that_form() -> None:
    people = {"customer": {"name": "㈱サンプル", "email": None}, "administrator": None}
    assert fold("株式会社") in fold_people(people) and fold("(株)") in fold_people(people)
    assert fold("有限会社") not in fold_people(people)


def test_a_text_of_ignored_characters_is_folded_to_nothing() -> None:
    assert fold(" - ・ ー") == ""
