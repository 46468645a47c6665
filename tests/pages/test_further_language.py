"""A third language is one more file; a missing text is shown in English and marked as such."""

from collections.abc import Iterator

import pytest

from api.messages.catalogue import FURTHER, FaultyLanguage, add_language, languages, translator
from tests.pages.browsing import Browser

FRENCH = """
[base]
this_language = "français"
[field]
arrived_on = "Arrivée le"
[state]
cancel_notified = "résiliation notifiée"
[rule]
notice_period = "La résiliation est arrivée le {arrived_on} ; {notice_days} s’achèvent le {on}."
"""


@pytest.fixture(autouse=True)
def french() -> Iterator[None]:
    add_language("fr", FRENCH)
    yield
    del FURTHER["fr"]


def test_pages_and_reasons_are_in_the_language_and_the_rest_is_marked_english(browser: Browser) -> None:
    contract = browser.desk.accepted()
    browser.move_to("2022-06-11")
    browser.desk.do(contract, "notify_cancellation", arrived_on="2022-06-10")
    assert "français" in browser.look("/language/en", next="/").text
    page = browser.look("/language/fr", next=f"/contracts/{contract['id']}").text
    assert "résiliation notifiée" in page and "Arrivée le" in page
    assert "La résiliation est arrivée le 10 June 2022 ; 30 days s’achèvent le 10 July 2022." in page
    assert "[en] No day was chosen" in page and "[en] Contract" in page
    assert "日本語" in page  # the next language


def test_every_language_can_be_chosen_but_documents_stay_in_japanese_or_english(browser: Browser) -> None:
    assert languages() == ("ja", "en", "fr")
    contract = browser.desk.accepted()
    browser.look("/language/fr", next="/")
    assert "Confirmation of acceptance" in browser.look(f"/contracts/{contract['id']}/papers/acceptance").text
    assert translator("en")("state.cancel_notified") != "résiliation notifiée"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('[state]\nasleep = "dort"', "state.asleep: nobody says this"),
        ('[rule]\nnotice_period = "le {on}"', "rule.notice_period: needs the values"),
        ('[terms]\nmonths = "mois"', "terms.months: needs the values"),
    ],
)
def test_a_faulty_file_is_refused_with_its_place(line: str, said: str) -> None:
    with pytest.raises(FaultyLanguage, match=said):
        add_language("xx", line)
