"""Notes, files and the assignee on a contract's page, without scripts (R43)."""

from typing import Any

from tests.api.attachments import EML, PDF, PNG, attach
from tests.api.desk import TOKEN, path_of
from tests.api.test_roles import bearer
from tests.pages.browsing import HOST, Browser, Form, Reader


def upload(browser: Browser, form: Form, content: bytes, name: str, status: int = 200, **values: str) -> Reader:
    """Sends a form with a file."""
    files: Any = {"file": (name, content, "application/octet-stream")}
    data = form.values | values
    answer = browser.client.post(form.action, data=data, files=files, headers={"Origin": HOST})
    return browser.read(answer, status)


def test_a_note_is_written_in_two_steps_and_shown(anywhere: Browser) -> None:
    contract = anywhere.desk.accepted()
    page = anywhere.look(f"/contracts/{contract['id']}")
    address = f"/contracts/{contract['id']}/notes/new"
    assert address in page.links
    shown = anywhere.send(anywhere.look(address).forms[-1], text="折り返し電話する\n<b>急ぎ</b>")
    assert "表示する項目に変わりはありません" in shown.text
    done = anywhere.send(shown.forms[-1])
    assert "記録しました：メモを書く" in done.text and "折り返し電話する" in done.text
    assert "&lt;b&gt;急ぎ&lt;/b&gt;" in anywhere.html
    (note,) = anywhere.desk.get(f"{path_of(contract)}/notes")["items"]
    assert note["text"] == "折り返し電話する\n<b>急ぎ</b>"


def test_an_assignment_is_previewed_and_stored(browser: Browser) -> None:
    contract = browser.desk.accepted()
    address = f"/contracts/{contract['id']}/assign"
    shown = browser.send(browser.look(address).forms[-2], to="田中")
    assert "担当者" in shown.text and "田中" in shown.text
    assert "田中" in browser.send(shown.forms[-1]).text
    assert browser.desk.show(contract)["assigned_to"] == "田中"
    nobody = browser.send(browser.look(address).forms[-2], to="")
    browser.send(nobody.forms[-1])
    assert browser.desk.show(contract)["assigned_to"] is None


def test_a_scan_is_attached_and_shown_beside_the_notice_that_it_documents(anywhere: Browser) -> None:
    desk = anywhere.desk
    contract = desk.accepted()
    desk.do(contract, "notify_cancellation", arrived_on="2022-04-22")
    notice = desk.history(contract)[-1]["id"]
    address = f"/contracts/{contract['id']}/attachments/new"
    form = anywhere.look(address, entry=notice).forms[-1]
    assert form.values["entry"] == notice
    page = upload(anywhere, form, PNG, "解約通知.png")
    assert "記録しました：ファイルを添付する" in page.text
    upload(anywhere, anywhere.look(address).forms[-1], PDF, "scan.pdf", entry=notice)
    image, pdf = desk.get(f"{path_of(contract)}/attachments")["items"]
    at = {one["name"]: f"/contracts/{contract['id']}/attachments/{one['id']}" for one in (image, pdf)}
    assert f'<img class="scan" src="{at["解約通知.png"]}"' in anywhere.html
    assert anywhere.html.count("<summary>内容を表示する") == 2
    assert f'<object class="scan" type="application/pdf" data="{at["scan.pdf"]}"' in anywhere.html
    served = anywhere.client.get(at["解約通知.png"])
    assert (served.content, served.headers["content-type"]) == (PNG, "image/png")
    assert served.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert served.headers["x-content-type-options"] == "nosniff"


def test_no_file_is_at_an_address_that_names_none(browser: Browser) -> None:
    contract = browser.desk.accepted()
    for name in (
        "x",
        f"{contract['id']}.x",
        f"{contract['id']}.99999999999",
        f"{contract['id']}.1",
        "%00",
        "c_.1",
    ):
        browser.look(f"/contracts/{contract['id']}/attachments/{name}", 404)
    browser.look("/contracts/nonsense/attachments/new", 404)


def test_a_form_sent_twice_attaches_once(browser: Browser) -> None:
    contract = browser.desk.accepted()
    form = browser.look(f"/contracts/{contract['id']}/attachments/new").forms[-1]
    for _ in range(2):
        upload(browser, form, EML, "mail.eml")
    assert len(browser.desk.get(f"{path_of(contract)}/attachments")["items"]) == 1


def test_a_refused_attachment_is_explained_on_the_page(browser: Browser) -> None:
    contract = browser.desk.accepted()
    form = browser.look(f"/contracts/{contract['id']}/attachments/new").forms[-1]
    said = upload(browser, form, b"MZ", "notice.pdf", 422).text
    assert "PDF、PNG、JPEG、メール（EML）のいずれでもない" in said
    assert "必須" in upload(browser, form, b"", "", 422).text
    assert upload(browser, form, PDF + bytes(10_500_000), "large.pdf", 413)
    assert browser.desk.get(f"{path_of(contract)}/attachments")["items"] == []


def test_a_note_is_annulled_from_its_row(browser: Browser) -> None:
    contract = browser.desk.accepted()
    note = browser.desk.post(f"{path_of(contract)}/notes", {"text": "別の契約の話"}, 201)["note"]
    address = f"/contracts/{contract['id']}/entries/{note['id']}/annul"
    page = browser.look(f"/contracts/{contract['id']}")
    assert address in page.links and address.replace("annul", "correct") not in page.links
    shown = browser.send(browser.look(address).forms[-1], ground="never_happened", reason="別の契約のもの")
    browser.send(shown.forms[-1])
    assert "<del><bdi>別の契約の話</bdi></del>" in browser.html


def test_without_the_right_to_personal_data_the_page_shows_that_it_is_hidden(stranger: Browser) -> None:
    contract = stranger.desk.accepted()
    stranger.desk.post(f"{path_of(contract)}/notes", {"text": "山田様から電話"}, 201)
    found = attach(stranger.desk, contract)["attachment"]
    token = bearer(stranger.desk, "viewer")["Authorization"].removeprefix("Bearer ")
    stranger.send(stranger.look("/sign-in").forms[-1], token=token)
    page = stranger.look(f"/contracts/{contract['id']}")
    assert "山田様" not in stranger.html and "notice.pdf" not in stranger.html
    assert "この役割では表示されません" in page.text
    assert not [link for link in page.links if "attachments" in link or "notes" in link]
    stranger.look(f"/contracts/{contract['id']}/attachments/{found['id']}", 403)
    stranger.look(f"/contracts/{contract['id']}/attachments/new", 403)
    assert TOKEN not in stranger.html


def test_an_erased_contract_shows_that_there_was_something(browser: Browser) -> None:
    contract = browser.desk.do(browser.desk.apply(), "withdraw")
    browser.desk.post(f"{path_of(contract)}/notes", {"text": "山田様から電話"}, 201)
    attach(browser.desk, contract)
    browser.desk.do(contract, "erase_personal_data", reason="asked for in writing")
    page = browser.look(f"/contracts/{contract['id']}")
    assert page.text.count("消去済み") == 2 and "notice.pdf" not in browser.html
    form = browser.look(f"/contracts/{contract['id']}/attachments/new").forms[-1]
    assert "個人情報は消去済みです" in upload(browser, form, PDF, "a.pdf", 409).text
