"""The reasons in documents: polite Japanese and plain words in both languages."""

import re

import pytest

from api.documents.reasons import said
from api.messages.format import Formatter
from lifecycle.terms.formats import duration
from tests.terms.every_ruling import every_ruling

# The rules whose rulings can be on a document.
ON_PAPERS = {
    "minimum_term", "initial_fee", "monthly_fee", "quoted_initial_fee", "quoted_monthly_fee",
    "open_condition", "company_end", "billing_never_starts", "agreed_end", "newest_agreement_decides",
    "notice_period", "later_of_notice_and_chosen_day", "several_notices", "arrival_counts",
    "entered_after_the_end", "ends_with_base_contract", "monthly_base_fee", "monthly_option_fee",
    "residual_fee", "overage", "outage_credit", "outage_too_short", "own_fault", "agreed_monthly_fee",
    "agreed_amount", "adjustment", "one_off_fee",
}  # fmt: skip
POLITE = re.compile(r"(です|ます|ません|ました|[0-9]日|円)$")


def test_every_sentence_of_a_document_ends_politely() -> None:
    seen, show = set(), Formatter("ja")
    for ruling in every_ruling():
        if ruling.rule in ON_PAPERS:
            seen.add(ruling.rule)
            text = re.sub(r"（[^）]*）", "", said(ruling.because_ja, show))
            assert POLITE.search(text.rstrip("。")), text
            assert not re.search(r"(である|する|(?<!ま)した|ない|よる|なる|生じる|れる)(。|$)", text), text
    assert seen == ON_PAPERS


def test_no_document_contains_an_identifier_of_the_code_or_a_number_of_seconds() -> None:
    for ruling in every_ruling():
        if ruling.rule in ON_PAPERS:
            japanese, english = said(ruling.because_ja, Formatter("ja")), said(ruling.because, Formatter("en"))
            assert not re.search(r"_|\b(basic|premium)\b|[1-9]\d{3,}(GB|時間|秒)|GBs", japanese + english)
            assert not re.search(r"[1-9][\d,]*秒|[1-9][\d,]* seconds", japanese + english)
            assert not re.search(r"[a-z] 2,0\d\d\b(?! (yen|GB|hours))", english), "a year is no number"


@pytest.mark.parametrize(
    ("seconds", "japanese", "english"),
    [
        (259_200, "72時間", "72 hours"), (3_600, "1時間", "1 hour"),
        (90_061, "25時間1分1秒", "25 hours 1 minute 1 second"),
        (0, "0時間", "0 hours"), (7_200_300, "2,000時間5分", "2,000 hours 5 minutes"),
    ],
)  # fmt: skip
def test_a_duration_in_seconds_is_shown_in_hours(seconds: int, japanese: str, english: str) -> None:
    assert (duration(seconds, "ja"), duration(seconds, "en")) == (japanese, english)
