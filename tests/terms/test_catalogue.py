"""The catalogue of rules is checked when it is read: an error is reported with its place."""

from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import Any

import pytest

from lifecycle.terms.calendar import Month
from lifecycle.terms.catalogue import CATALOGUE, HOUSE_RULE, FaultyCatalogue, parse_catalogue
from lifecycle.terms.editions import EDITIONS
from lifecycle.terms.formats import FORMATS
from lifecycle.terms.ruling import conclude
from tests.terms.every_ruling import HELD

WORDS = """
[parameters]
on = "day"
item = "item"
[words.item]
basic = { ja = "ベーシック", en = "Basic" }
"""
RULE = """
[some_rule]
article = "Art. 1"
reading = "R1"
ja = "{on}から{item}である。"
en = "From {on} it is {item}."
"""
RULES = [
    file.read_text("utf-8")
    for file in sorted(files("lifecycle.terms").joinpath("media_sphere/rules").iterdir(), key=lambda f: f.name)
    if file.name.endswith(".toml")
]


def faults(rules: str, words: str = WORDS) -> list[str]:
    with pytest.raises(FaultyCatalogue) as caught:
        parse_catalogue(words, [rules])
    return list(caught.value.faults)


def test_a_sentence_is_rendered_with_its_values_in_both_languages() -> None:
    entry = parse_catalogue(WORDS, [RULE])["some_rule", ""]
    values = {"on": date(2022, 5, 1), "item": "basic"}
    assert entry.say("ja", values) == "2022年5月1日からベーシックである。"
    assert entry.say("en", values) == "From 1 May 2022 it is Basic."


@pytest.mark.parametrize(
    ("wrong", "right", "fault"),
    [
        ('en = "From {on} it is {item}."', "", "some_rule: en is missing"),
        ('article = "Art. 1"', "", "some_rule: article is missing"),
        ('"R1"', '"R99"', "some_rule: there is no reading R99"),
        ("it is {item}", "it is Basic", "some_rule: the sentence in en does not hold the value item"),
        ("{item}", "{itme}", "some_rule: words.toml does not list the value itme of the sentence in en"),
        ("reading =", "raeding =", "some_rule: nobody knows what raeding is"),
    ],
)
def test_a_fault_of_an_entry_is_reported_with_its_place(wrong: str, right: str, fault: str) -> None:
    assert fault in faults(RULE.replace(wrong, right))


def test_a_rule_cannot_have_two_tables() -> None:
    with pytest.raises(FaultyCatalogue, match="some_rule: this rule has two tables"):
        parse_catalogue(WORDS, [RULE, RULE])


def test_a_word_needs_both_languages_and_a_value_a_known_type() -> None:
    words = WORDS.replace(', en = "Basic"', "").replace('on = "day"', 'on = "daay"')
    assert faults(RULE, words) == [
        "words: on has the unknown type daay",
        "words.item.basic: needs exactly the languages en, ja",
    ]


def test_each_case_has_the_grounds_of_its_rule_or_its_own() -> None:
    rule = RULE.replace("ja =", "[some_rule.plain]\nja =") + (
        '[some_rule.other]\nreading = "R2"\nbasis = "choice"\nja = "{on}。"\nen = "{on}."\n'
    )
    found = parse_catalogue(WORDS, [rule])
    assert [(case, e.article, e.reading, e.basis) for (_, case), e in found.items()] == [
        ("plain", "Art. 1", "R1", None), ("other", "Art. 1", "R2", "choice"),
    ]  # fmt: skip


def test_a_rule_that_does_not_give_the_values_of_its_sentence_is_a_fault_of_the_program() -> None:
    with pytest.raises(AssertionError, match="company_end_to_come"):
        conclude("company_end_to_come", EDITIONS.on(HELD))


@pytest.mark.parametrize(
    ("kind", "value", "english", "japanese"),
    [
        ("day", date(2026, 11, 30), "30 November 2026", "2026年11月30日"),
        ("day", "2026-11-30", "30 November 2026", "2026年11月30日"),
        ("day_list", ("2022-05-01", "2022-05-02"), "1 May 2022 and 2 May 2022", "2022年5月1日、2022年5月2日"),
        ("month", Month(2022, 5), "May 2022", "2022年5月"),
        ("month", "2022-05", "May 2022", "2022年5月"),
        ("yen", 1, "1 yen", "1円"),
        ("yen", -12_345, "-12,345 yen", "-12,345円"),
        ("days", 1, "1 day", "1日"),
        ("days", 0, "0 days", "0日"),
        ("months", 24, "24 months", "24ヶ月"),
        ("hours", 24, "24 hours", "24時間"),
        ("units", 1, "1 whole unit", "1単位"),
        ("notices", 2, "2 notices", "2通"),
        ("share", 30, "1/30", "30分の1"),
        ("quantity", ("3", "GB"), "3 GB", "3GB"),
        ("quantity", ("1", "hour"), "1 hour", "1時間"),
        ("quantity", (str(Decimal("12345.6")), "hour"), "12,345.6 hours", "12,345.6時間"),
        ("duration", 90_061, "25 hours 1 minute 1 second", "25時間1分1秒"),
        ("rest_day", "2022-08-11", "a public holiday", "祝日（山の日）"),
        ("rest_day", "2022-08-13", "a Saturday", "土曜日"),
        (
            "fees_by_day", (("2022-06-01", "2022-06-02", 5_000),),
            "5,000 yen from 1 June 2022 to 2 June 2022", "2022年6月1日から2022年6月2日まで5,000円",
        ),
    ],
)  # fmt: skip
def test_a_value_is_written_in_one_way_in_each_language(
    kind: str, value: Any, english: str, japanese: str
) -> None:
    assert FORMATS[kind]["en"](value) == english
    assert FORMATS[kind]["ja"](value) == japanese


def test_a_rule_of_the_house_is_a_choice_and_cites_no_article_of_the_terms() -> None:
    house = {rule for (rule, _), entry in CATALOGUE.items() if entry.article == HOUSE_RULE}
    assert house == {
        "late_entry_needs_reason", "past_billing_start_needs_reason", "past_change_needs_reason",
        "clearing_needs_reason", "rests_on_nothing",
    }  # fmt: skip


def test_the_files_of_the_catalogue_hold_every_entry() -> None:
    words = files("lifecycle.terms").joinpath("media_sphere/words.toml").read_text("utf-8")
    assert parse_catalogue(words, RULES).keys() == CATALOGUE.keys()
