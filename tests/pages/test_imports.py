"""The upload: rehearsed first, errors by row and column, a marked copy for its uploader alone."""

import re
from typing import Any

import pytest

from api.imports.columns import KINDS
from api.imports.upload import read_upload
from lifecycle.sheets.reading import MAX_BYTES, read_sheet
from tests.api.test_limits import bounded
from tests.imports.test_import import APPLICATION, applications, file_of
from tests.pages.browsing import HOST, Browser, Reader

WRONG = APPLICATION | {"reference": "A-7", "options.0.reference": "", "item": "gold", "customer.name": "<script>"}


def sent(browser: Browser, content: bytes, name: str = "四月.csv", **values: str) -> Any:
    form = next(form for form in browser.look("/import").forms if form.action == "/import")
    data: dict[str, Any] = {"csrf": form.values["csrf"], "do": "rehearse"} | values
    return browser.client.post("/import", data=data, files={"file": (name, content)}, headers={"Origin": HOST})


def give(browser: Browser, content: bytes, status: int = 200, name: str = "四月.csv", **values: str) -> Reader:
    return browser.read(sent(browser, content, name, **values), status)


def number(browser: Browser) -> int:
    return len(browser.desk.get("/v1/contracts")["items"])


def test_a_file_is_checked_then_taken_then_there_already(browser: Browser) -> None:
    content = file_of(*applications(2))
    assert "新規2行、取込済み0行、誤り0行" in give(browser, content).text and number(browser) == 0
    assert "取り込みました：新規2行" in give(browser, content, do="take").text and number(browser) == 2
    assert "新規0行、取込済み2行" in give(browser, content, do="take").text
    rows = browser.desk.history(browser.desk.get("/v1/contracts")["items"][0])
    assert rows[0]["actor"] == "admin"


def test_the_errors_of_an_import_are_shown_by_row_and_column(browser: Browser) -> None:
    content = file_of(*applications(1), WRONG)
    page = give(browser, content, name='<img src="x">.csv', do="take", whole="yes")
    assert "1行に誤りがあるため、何も取り込んでいません" in page.text and number(browser) == 0
    assert "品目 item" in page.text and "<img" not in browser.html


def test_the_copy_is_made_of_the_file_as_it_is_sent_and_nothing_of_it_is_kept(browser: Browser) -> None:
    before = browser.desk.counts()
    answer = sent(browser, file_of(*applications(1), WRONG), do="copy")
    assert answer.headers["content-disposition"] == 'attachment; filename="errors.csv"'
    copy = read_sheet(answer.content)
    assert copy.rows[1].cells[:2] == ("A-7", "R4.4.20") and "品目 item" in copy.rows[1].cells[-1]
    assert "colour" in read_sheet(sent(browser, b"reference,colour\n1,2\n", do="copy").content).headings.cells[-1]
    assert "誤り0行" in give(browser, file_of(*applications(1)), do="copy").text
    assert browser.desk.counts() == before


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xd0\xcf\x11\xe0", ".xls"),
        (b"a,b\n1,2\n", "見出しがひな形と合いません"),
        (b"", "ファイルに行がありません"),
    ],
)
def test_an_unreadable_file_is_refused_with_its_reason(browser: Browser, content: bytes, said: str) -> None:
    assert said in give(browser, content, 422).text


def test_a_file_too_large_is_refused_before_it_is_read(browser: Browser) -> None:
    form = next(form for form in browser.look("/import").forms if form.action == "/import")
    large = {"file": ("a.csv", b"x" * (MAX_BYTES + 1024 * 1024 + 1))}
    answer = browser.client.post("/import", data=form.values, files=large, headers={"Origin": HOST})
    assert answer.status_code == 413
    fine = {"file": ("a.csv", b"a,b\n" + b"x" * 300_000)}
    answer = browser.client.post("/import", data=form.values, files=fine, headers={"Origin": HOST})
    assert answer.status_code == 422 and "長すぎるセル" in answer.text


def test_templates_are_handed_out(browser: Browser) -> None:
    links = [link for link in browser.look("/import").links if "/templates/" in link]
    assert len(links) == 2 * len(KINDS)
    for link in links:
        assert len(read_upload(browser.client.get(link).content).rows) == 1
    browser.look("/import/templates/colours.csv", 404)


def test_an_upload_requires_a_sign_in(stranger: Browser) -> None:
    assert re.search("/sign-in", str(stranger.client.get("/import").url))
    files = {"file": ("a.csv", b"a")}
    answer = stranger.client.post("/import", data={"do": "take"}, files=files, headers={"Origin": HOST})
    assert str(answer.url).endswith("/sign-in?next=%2Fimport")


def test_only_so_many_files_are_taken_in_at_a_time(browser: Browser) -> None:
    with bounded(browser.desk, imports_at_once=1):
        with browser.desk.context.importing.entered():
            answer = sent(browser, file_of(*applications(1)), do="take")
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert number(browser) == 0
        assert sent(browser, file_of(*applications(1)), do="take").status_code == 200


def test_notices_in_a_file_count_as_ends_of_the_hour(browser: Browser) -> None:
    contracts = [browser.desk.accepted() for _ in range(3)]
    content = file_of(*({"contract": one["reference"], "arrived_on": "2022-04-22"} for one in contracts))
    with bounded(browser.desk, ends_per_hour=2):
        answer = sent(browser, content, do="take")
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "3600")
        assert "新規2行、取込済み0行、誤り1行" in answer.text and "1時間に1人で入力できる" in answer.text
        browser.desk.move_to("2022-04-22T10:00:01+09:00")
        again = sent(browser, content, do="take")
        assert (again.status_code, "新規1行、取込済み2行、誤り0行" in again.text) == (200, True)
