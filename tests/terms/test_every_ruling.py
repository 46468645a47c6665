"""Every ruling has both languages and is marked if it uses assumed values."""

import re
from datetime import date

import orjson
import pytest

from lifecycle.terms.art5_drm_option import option_ending
from lifecycle.terms.art6_cancellation import effect, ending
from lifecycle.terms.catalogue import CATALOGUE
from lifecycle.terms.editions import EDITIONS
from lifecycle.terms.formats import LANGUAGES, english_day, english_month
from lifecycle.terms.ruling import Ruling, sentences, show_stored
from tests.machines.test_guards import CONTRACT, OPTION, refusing
from tests.machines.test_guards_of_parts import GUARDS
from tests.terms.every_ruling import HELD, every_ruling
from tests.terms.worlds import letters

RULINGS = [
    *every_ruling(),
    *(ruling for guard in (*CONTRACT, *OPTION, *GUARDS) for ruling in refusing(guard.case, guard.event)),
]
RULES = sorted({ruling.rule for ruling in RULINGS})
WORDS_IN_A_ROW = re.compile(r"[A-Za-z]{2,}[,;:]? [A-Za-z]{2,}[,;:]? [A-Za-z]{2,}")
JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-龠]")


def test_every_sentence_of_the_catalogue_is_concluded_by_a_rule_and_rendered_in_every_language() -> None:
    concluded = {(ruling.rule, ruling.case): ruling for ruling in RULINGS}
    assert concluded.keys() == CATALOGUE.keys()
    for ruling in concluded.values():
        assert len({*sentences(ruling)}) == len(LANGUAGES)


def test_a_stored_ruling_is_shown_like_the_ruling() -> None:
    for ruling in RULINGS:
        stored = orjson.loads(orjson.dumps(ruling.as_stored()))
        assert show_stored([stored]) == [ruling.as_dict()]


def test_the_history_keeps_values_and_no_sentences() -> None:
    for ruling in RULINGS:
        stored = orjson.dumps(ruling.as_stored()).decode()
        assert "because" not in stored and not JAPANESE.search(stored)
        assert not WORDS_IN_A_ROW.search(stored.replace(ruling.article, "").replace(ruling.basis, ""))


def test_a_row_older_than_the_catalogue_is_shown_in_its_own_sentences() -> None:
    (ruling,) = [r for r in RULINGS if r.rule == "own_fault"][:1]
    old = ruling.as_dict() | {"because": "As it was said then.", "because_ja": "当時の文言。"}
    del old["parameters"]
    assert show_stored([old]) == [old]


def test_every_article_of_the_catalogue_is_cited() -> None:
    cited = {(ruling.rule, ruling.case, ruling.article, ruling.reading) for ruling in RULINGS}
    for (rule, case), entry in CATALOGUE.items():
        keys = entry.article if isinstance(entry.article, dict) else ("",)
        for key in keys:
            assert (rule, case, entry.article_for(key), entry.reading_for(key)) in cited, (rule, case, key)


def of(rule: str) -> list[Ruling]:
    return [ruling for ruling in RULINGS if ruling.rule == rule]


@pytest.mark.parametrize("rule", RULES)
def test_a_ruling_has_a_reason_in_english_and_in_japanese(rule: str) -> None:
    for ruling in of(rule):
        assert ruling.because.endswith(".") and not JAPANESE.search(ruling.because)
        assert ruling.because_ja.endswith("。") and JAPANESE.search(ruling.because_ja)
        assert not WORDS_IN_A_ROW.search(ruling.because_ja), "an English sentence in the Japanese reason"
        for text in (ruling.because, ruling.because_ja):
            assert not any(slip in text for slip in ("None", "  ", "。。", "..", "{", "}"))


@pytest.mark.parametrize("rule", RULES)
def test_both_languages_name_the_day_and_the_amount_of_a_ruling(rule: str) -> None:
    for ruling in of(rule):
        if ruling.on is not None:
            day, day_ja = english_day(ruling.on), f"{ruling.on.year}年{ruling.on.month}月{ruling.on.day}日"
            if rule == "overage":  # concluded for a month
                day, day_ja = english_month(ruling.on.isoformat()[:7]), day_ja.partition("月")[0]
            assert day in ruling.because and day_ja in ruling.because_ja
        if ruling.amount_yen is not None:
            assert f"{ruling.amount_yen:,} yen" in ruling.because
            assert f"{ruling.amount_yen:,}円" in ruling.because_ja
        if ruling.days is not None:
            assert str(ruling.days) in ruling.because and str(ruling.days) in ruling.because_ja


# What was wrong once in one of the languages, and what would say it again.
WRONG_JAPANESE = {
    "an id of the code": r"[a-z]+_[a-z]+|\b(basic|premium|thirtieths|none)\b",
    "a repeated value": r"課金開始日（課金開始日）",
    "a day that is the future": r"未来である",
    "a noun for a sentence": r"(充足|到達|可能|免除)。",
    "a day as a computer writes it": r"\d{4}-\d\d",
}
WRONG_ENGLISH = {
    "an id of the code": r"\b(thirtieths|none):|[a-z]_[a-z]",
    "a word for the place of a value": r"\(that\)",
    "a unit with an s": r"\b[A-Z]{2}s\b",
    "days that are not lost": r"\b0 days\b",
    "a day as a computer writes it": r"\d{4}-\d\d",
    "one of many": r"\b1 (days|months|hours|notices|units)\b",
}
OF_AN_ENTRY = re.compile(r"\b[a-z]_[\w.]+")  # an id, which people look up


@pytest.mark.parametrize("rule", RULES)
def test_no_sentence_repeats_a_mistake_of_the_past(rule: str) -> None:
    for ruling in of(rule):
        japanese, english = OF_AN_ENTRY.sub("", ruling.because_ja), OF_AN_ENTRY.sub("", ruling.because)
        assert not [why for why, wrong in WRONG_JAPANESE.items() if re.search(wrong, japanese)], japanese
        assert not [why for why, wrong in WRONG_ENGLISH.items() if re.search(wrong, english)], english


def test_an_application_is_withdrawn_and_a_notice_revoked() -> None:
    revoked = {ruling.rule for ruling in RULINGS if "撤回" in ruling.because_ja}
    assert revoked == {"notice_stands", "taken_back_with_consent", "agreed_end_stands"}


@pytest.mark.parametrize(
    ("rule", "act", "article", "reading", "basis"),
    [
        ("not_in_future", "claim", "Art. 8", "R27", None),
        ("not_in_future", "finding", "Art. 4(4)", "R29", None),
        ("month_has_begun", "", "Art. 7, Annex 1", "R24", None),
        ("contract_over", "", "Art. 6", "R19", None),
        ("one_option_at_a_time", "", "Art. 5(2)", "R17", "choice"),
        ("changes_in_order", "", "Art. 1", "R19", "choice"),
        ("late_entry_needs_reason", "", "House rule", "R7", "choice"),
        ("past_change_needs_reason", "", "House rule", "R34", None),
        ("past_billing_start_needs_reason", "", "House rule", "R34", None),
    ],
)
def test_a_rule_cites_its_own_ground(rule: str, act: str, article: str, reading: str, basis: str | None) -> None:
    entry = next(entry for (name, _), entry in CATALOGUE.items() if name == rule)
    assert (entry.article_for(act), entry.reading_for(act)) == (article, reading)
    assert basis in (None, entry.basis)


@pytest.mark.parametrize("day", [date(2021, 3, 1), date(2021, 12, 1)])
def test_a_ruling_under_an_assumed_version_is_marked_as_assumed(day: date) -> None:
    assert EDITIONS.on(day).assumed
    spoken = [ruling for ruling in every_ruling(day) if ruling.terms != EDITIONS.not_in_force(day).terms]
    assert [ruling.rule for ruling in spoken if not ruling.assumed] == []


def test_a_ruling_under_a_version_whose_text_is_held_assumes_nothing() -> None:
    assert not EDITIONS.on(HELD).assumed
    spoken = [ruling for ruling in every_ruling(HELD) if ruling.case != "assumed"]
    assert [ruling.rule for ruling in spoken if ruling.assumed] == []


def test_an_end_deferred_into_a_held_version_stays_marked_as_assumed() -> None:
    end = ending(letters([(date(2022, 4, 30), None)]), date(2022, 5, 15), EDITIONS)
    assert end is not None and [r.terms for r in end.rulings] == ["2021-11-01", "2021-11-01", "2022-05-01"]
    assert all(ruling.assumed for ruling in end.rulings)


def test_one_of_two_notices_under_an_assumed_version_marks_the_end_as_assumed() -> None:
    end = ending(letters([(date(2022, 4, 30), None), (date(2022, 5, 1), None)]), None, EDITIONS)
    assert end is not None
    several = end.rulings[-1]
    assert (several.rule, several.terms, several.assumed) == ("several_notices", "2022-05-01", True)


def test_an_option_begun_under_an_assumed_version_ends_with_its_contract_marked_as_assumed() -> None:
    base = ending(letters([(date(2022, 5, 1), None)]), date(2022, 4, 1), EDITIONS)
    end = option_ending(None, base, date(2022, 4, 1), EDITIONS)
    assert end is not None and end.rulings[-1].assumed


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        (None, "No day was chosen"),
        (date(2022, 5, 2), "The chosen day 2 May 2022 is later"),
        (date(2022, 5, 1), "is not later than 1 May 2022, so it changes nothing"),
        (date(2022, 3, 1), "is not later than 1 May 2022, so it changes nothing"),
    ],
)
def test_the_reason_states_whether_the_chosen_day_decided(chosen: date | None, words: str) -> None:
    assert words in effect(date(2022, 4, 1), chosen, None, EDITIONS).rulings[1].because
