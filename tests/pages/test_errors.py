"""Errors are pages: an unknown address, and a missing right with the roles that have it."""

import re

import pytest

from tests.api.desk import routes
from tests.api.parts import asked, measured
from tests.api.situations import contract_in, option_in
from tests.pages.browsing import Browser
from tests.pages.test_proposals import become

PEOPLE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.mark.parametrize(
    "path", ["/contract", "/nothing/here", "/%E5%A5%91%E7%B4%84", "/contracts/c_1/x/y", "/v2"]
)
def test_an_unknown_address_is_a_page(browser: Browser, path: str) -> None:
    page = browser.read(browser.client.get(path, headers=PEOPLE), 404)
    assert "ページが見つかりません" in page.text and "/contracts" in page.links


def test_the_id_of_another_kind_of_part_is_not_found(browser: Browser) -> None:
    desk = browser.desk
    contract, option = contract_in(desk, "billing"), option_in(desk, "billing")
    parts = {
        "option_id": option["id"], "change_id": asked(desk, contract, "premium")["id"],
        "measure_id": measured(desk, contract)["id"],
    }  # fmt: skip
    paths = [
        path for path in routes() if not path.startswith("/v1") and any(f"{{{name}}}" in path for name in parts)
    ]
    assert len(paths) > 12
    for path in paths:
        for other in (contract["id"], *(one for name, one in parts.items() if name not in path)):
            browser.look(re.sub(r"{\w+_id}", other, path), 404)


def test_a_visitor_who_is_not_signed_in_sees_the_error_page_without_the_menu(stranger: Browser) -> None:
    page = stranger.read(stranger.client.get("/nothing", headers=PEOPLE), 404)
    assert "ページが見つかりません" in page.text and "/contracts" not in page.links


@pytest.mark.parametrize(("path", "headers"), [("/nothing", {}), ("/v1/nothing", PEOPLE), ("/v1/", PEOPLE)])
def test_a_program_is_answered_as_before(browser: Browser, path: str, headers: dict[str, str]) -> None:
    answer = browser.client.get(path, headers=headers, follow_redirects=False)
    assert answer.status_code == 404 and answer.headers["content-type"] == "application/problem+json"


def test_a_trailing_slash_redirects_to_the_page(browser: Browser) -> None:
    answer = browser.client.get("/contracts/?state=applied", headers=PEOPLE, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/contracts?state=applied")
    answer = browser.client.get("//example.org/", headers=PEOPLE, follow_redirects=False)
    assert answer.headers.get("location", "/") == "/"


def test_a_refusal_names_the_roles_that_are_permitted(browser: Browser) -> None:
    found = browser.desk.apply()
    become(browser, "受注", "order_desk")
    page = browser.look(f"/contracts/{found['id']}/accept", 403)
    assert "この操作ができる役割：運用担当" in page.text and "あなたの役割：受注担当" in page.text


def test_the_sandbox_explains_how_to_start_another(browser: Browser) -> None:
    assert "lifecycle serve --sandbox --now" in browser.look("/clock/new").text
