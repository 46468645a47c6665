"""Documents by mail on the pages: sent from the document's page, shown in the outbox without names."""

from tests.pages.browsing import Browser

CUSTOMER = "keiyaku@example.co.jp"


def test_a_document_is_mailed_from_its_page_and_shown_in_the_outbox(browser: Browser) -> None:
    contract = browser.desk.accepted()
    paper = browser.look(f"/contracts/{contract['id']}/papers/acceptance")
    (form,) = [one for one in paper.forms if one.action.endswith("/mail")]
    outbox = browser.send(form, to="administrator")
    assert "メールを送信箱に入れました" in outbox.text
    assert "管理責任者" in outbox.text and "送信待ち" in outbox.text
    assert CUSTOMER not in outbox.text and "yamada" not in outbox.text
    (again,) = [one for one in outbox.forms if one.action.endswith("/resend")]
    assert "メールを送信箱に入れました" in browser.send(again).text
    assert "/mail" in browser.look("/").links


def test_the_page_explains_why_a_document_cannot_be_mailed(browser: Browser) -> None:
    contract = browser.desk.accepted(customer={"name": "株式会社サンプル配信"})
    paper = browser.look(f"/contracts/{contract['id']}/papers/acceptance")
    (form,) = [one for one in paper.forms if one.action.endswith("/mail")]
    refused = browser.send(form, status=409)
    assert "お客様のメールアドレスが登録されていません" in refused.text
