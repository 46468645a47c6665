"""Documents over HTTP: correct dates, amounts, reasons and names, for the permitted roles."""

import unicodedata

import pytest

from api.documents.glyphs import holds
from api.documents.reasons import said
from api.messages.catalogue import Language
from api.messages.format import Formatter
from tests.api.desk import BEARER, Desk, Json, path_of
from tests.api.situations import contract_in
from tests.api.test_roles import bearer
from tests.documents.contents import pdf_of, text_of
from tests.pages.browsing import Browser

NAMES = [
    "<script>alert(1)</script>",
    "髙①㈱𠮟 é",
    "鬱" * 200,
    "=1+1",
    "a\nb",
    "#panic() $x$ *b* `r` \\ @a",
    "葛󠄀城市",
]


def kanji() -> set[str]:
    """Every kanji of JIS X 0213, and every sign of cp932."""
    pairs = [bytes((a, b)) for a in range(0xA1, 0xFF) for b in range(0xA1, 0xFF)]
    signs = {sign for p in pairs for e in (p, b"\x8f" + p) for sign in e.decode("euc_jis_2004", "ignore")}
    wide = {
        s for a in range(0x81, 0xFD) for b in range(0x40, 0xFD) for s in bytes((a, b)).decode("cp932", "ignore")
    }
    return {s for s in signs | wide if unicodedata.name(s, "").startswith(("CJK", "HIRAGANA", "KATAKANA"))}


def test_the_font_holds_every_kanji_of_jis_x_0213() -> None:
    assert len(kanji()) > 10_000 and [sign for sign in kanji() if not holds(sign)] == []


@pytest.fixture
def notified(desk: Desk) -> Json:
    """A contract whose customer's notice arrived on 22 April 2022."""
    return contract_in(desk, "cancel_notified", "no other notice stands and billing has begun")


def test_a_confirmation_shows_days_reasons_and_articles_in_both_languages(desk: Desk, notified: Json) -> None:
    end = notified["cancellation"]
    ways: tuple[tuple[Language, str, str], ...] = (("ja", "2022年5月22日", "第6条"), ("en", "22May2022", "Art.6"))
    for lang, day, article in ways:
        assert end["effective_on"] == "2022-05-22"
        text = text_of(pdf_of(desk, f"{path_of(notified)}/papers/cancellation.pdf", lang=lang))
        because = [
            said(one["because_ja" if lang == "ja" else "because"], Formatter(lang)) for one in end["because"]
        ]
        assert day in text and article in text and "株式会社サンプル配信" in text
        assert all("".join(one.split()) in text for one in because)
        accepted = text_of(pdf_of(desk, f"{path_of(notified)}/papers/acceptance.pdf", lang=lang))
        assert ("2022年3月1日" if lang == "ja" else "1March2022") in accepted


def test_the_statement_pdf_shows_all_amounts_and_their_total(desk: Desk, notified: Json) -> None:
    shown = desk.get(f"{path_of(notified)}/statements/2022-05")
    text = text_of(pdf_of(desk, f"{path_of(notified)}/statements/2022-05.pdf"))
    assert f"合計{shown['total_yen']:,}円（税抜）" in text
    assert all(f"{line['amount_yen']:,}円" in text for line in shown["lines"]) and shown["lines"]


def test_the_pdf_of_a_document_is_reproducible_byte_for_byte(desk: Desk, notified: Json) -> None:
    path = f"{path_of(notified)}/papers/cancellation.pdf"
    assert pdf_of(desk, path) == pdf_of(desk, path)


def test_a_document_of_an_event_that_has_not_occurred_is_refused(desk: Desk) -> None:
    contract = desk.apply()
    desk.get(f"{path_of(contract)}/papers/acceptance.pdf", 409)
    desk.get(f"{path_of(desk.accepted())}/papers/cancellation.pdf", 409)
    desk.get(f"{path_of(contract)}/papers/invoice.pdf", 422)
    desk.get("/v1/contracts/c_00000000000000000000000000/papers/acceptance.pdf", 404)
    desk.get(f"{path_of(contract)}/statements/2022-13.pdf", 422)
    desk.get(f"{path_of(contract)}/statements/2022-04.pdf", 409)


def test_names_are_printed_as_typed(desk: Desk) -> None:
    for name in NAMES:
        contract = desk.accepted(customer={"name": name})
        text = text_of(pdf_of(desk, f"{path_of(contract)}/papers/acceptance.pdf"))
        assert "".join(name.split()) in text, name


@pytest.mark.parametrize(("name", "drawn"), [("👩‍💻 太郎", "〓 太郎"), ("شركة البث", "〓 〓")])
def test_a_character_that_the_font_lacks_is_replaced_and_the_page_shows_it(
    browser: Browser, name: str, drawn: str
) -> None:
    contract = browser.desk.accepted(customer={"name": name})
    text = text_of(pdf_of(browser.desk, f"{path_of(contract)}/papers/acceptance.pdf"))
    assert "".join(f"{drawn} 様".split()) in text
    page = browser.look(f"/contracts/{contract['id']}/papers/acceptance")
    named = f"U+{ord(name[0]):04X} {unicodedata.name(name[0])}"
    assert f"PDFでは〓になります：{named}" in page.text
    answer = browser.desk.client.get(f"/v1/contracts/{contract['id']}/papers/acceptance.pdf")
    assert answer.headers["x-lifecycle-not-drawn"].split(", ")[0] == named
    assert name in page.text and "契約申込承諾書" in page.text and "見本" in page.text
    assert "Confirmation" in browser.look(f"/contracts/{contract['id']}/papers/acceptance", lang="en").text


@pytest.mark.parametrize("name", ["山田太郎", "葛\U000e0100城 𠮷田 髙橋", "ｶﾞ と が", "e\u0301"])
def test_no_warning_is_given_for_characters_drawn_or_replaced_by_their_base(browser: Browser, name: str) -> None:
    contract = browser.desk.accepted(customer={"name": name})
    answer = browser.desk.client.get(f"/v1/contracts/{contract['id']}/papers/acceptance.pdf")
    assert "x-lifecycle-not-drawn" not in answer.headers
    assert "〓になります" not in browser.look(f"/contracts/{contract['id']}/papers/acceptance").text


def test_the_page_of_a_contract_links_to_its_documents(browser: Browser) -> None:
    contract = contract_in(browser.desk, "cancel_notified", "no other notice stands and billing has begun")
    links = [link for link in browser.look(f"/contracts/{contract['id']}").links if "/papers/" in link]
    assert len(links) >= 6
    for link in links:
        answer = browser.client.get(link)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(
            "application/pdf" if link.endswith("pdf") else "text/html"
        )
    browser.look(f"/contracts/{contract['id']}/papers/invoice", 404)


def test_only_roles_that_write_to_customers_can_read_documents(desk: Desk) -> None:
    path = f"{path_of(desk.accepted())}/papers/acceptance.pdf"
    for role, status in (("order_desk", 200), ("operator", 200), ("viewer", 403), ("auditor", 403)):
        assert desk.client.get(path, headers=bearer(desk, role)).status_code == status
    assert desk.client.get(path, headers=BEARER | {"Authorization": ""}).status_code == 401
