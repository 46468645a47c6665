"""Sign-in and sign-out, and the protection of forms."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from lifecycle.people.sessions import LASTS, make_link, open_session
from lifecycle.people.tokens import issue_token, token_hash
from lifecycle.records import tables
from lifecycle.records.engine import reading, writing
from scheduler.clock import system_clock
from tests.api.desk import TOKEN
from tests.pages.browsing import HOST, Browser


def test_a_page_redirects_to_the_sign_in_and_back(stranger: Browser) -> None:
    page = stranger.look("/?x=1")
    assert str(stranger.response.url) == f"{HOST}/sign-in?next=%2F%3Fx%3D1"
    stranger.send(page.forms[-1], token=TOKEN)
    assert str(stranger.response.url) == f"{HOST}/?x=1"


@pytest.mark.parametrize("elsewhere", ["//evil.example", "/\\evil.example", "https://evil.example", ""])
def test_a_sign_in_with_a_token_never_redirects_to_another_site(stranger: Browser, elsewhere: str) -> None:
    stranger.send(stranger.look("/sign-in").forms[-1], token=TOKEN, next=elsewhere)
    assert str(stranger.response.url) == f"{HOST}/"


def test_a_wrong_token_opens_nothing(stranger: Browser) -> None:
    page = stranger.send(stranger.look("/sign-in").forms[-1], 403, token="lc_wrong")
    assert "このトークンではログインできません" in page.text
    assert "token" in stranger.look("/").forms[-1].values


def test_the_session_has_the_name_of_the_token_and_ends_with_it(stranger: Browser) -> None:
    with writing(stranger.desk.engine) as conn:
        token = issue_token(conn, "佐藤", ["admin"], system_clock())
    assert "佐藤" in stranger.send(stranger.look("/sign-in").forms[-1], token=token).text
    with writing(stranger.desk.engine) as conn:
        conn.execute(tables.token.delete())
    assert "トークン" in stranger.look("/").text


def test_a_link_signs_in_once(stranger: Browser) -> None:
    with writing(stranger.desk.engine) as conn:
        link = make_link(conn, system_clock(), token_hash(TOKEN))
    for _ in range(2):
        page = stranger.look("/sign-in", link=link)  # looking does not use it up
    assert "今日" in stranger.send(page.forms[-1]).text
    stranger.client.cookies.clear()
    again = stranger.send(stranger.look("/sign-in", link=link).forms[-1], 403)
    assert "使用済み" in again.text


def test_an_expired_link_is_refused(stranger: Browser) -> None:
    with writing(stranger.desk.engine) as conn:
        link = make_link(conn, system_clock() - timedelta(minutes=16), token_hash(TOKEN))
    stranger.send(stranger.look("/sign-in", link=link).forms[-1], 403)


def test_signing_out_ends_the_session_also_for_who_kept_the_cookie(browser: Browser) -> None:
    cookie = browser.client.cookies["lifecycle"]
    sign_out = next(form for form in browser.look("/").forms if form.action == "/sign-out")
    browser.send(sign_out)
    browser.client.cookies.clear()
    browser.client.cookies.set("lifecycle", cookie)
    assert str(browser.look("/").forms[-1].action) == "/sign-in"


@pytest.mark.parametrize("who", ["a person", "a token's holder", "the administrator"])
def test_an_administrator_ends_all_sessions_of_a_person_at_once(anywhere: Browser, who: str) -> None:
    desk, name = anywhere.desk, {"a person": "person:sato", "a token's holder": "佐藤"}.get(who, "admin")
    with writing(desk.engine) as conn:
        if who == "a person":
            secret = open_session(conn, system_clock(), name=name, roles=["viewer"])
        elif who == "a token's holder":
            secret = open_session(conn, system_clock(), token=issue_token(conn, name, ["viewer"], system_clock()))
        else:
            secret = anywhere.client.cookies["lifecycle"]
    anywhere.client.cookies.clear()
    anywhere.client.cookies.set("lifecycle", secret)
    assert name in anywhere.look("/").text
    listed = {one["name"]: one["sessions"] for one in desk.get("/v1/sessions")["items"]}
    assert listed == {"admin": 1} | {name: 1}
    assert desk.post("/v1/sessions/end", {"name": "nobody", "reason": "x"}) == {"ended": 0}
    assert desk.post("/v1/sessions/end", {"name": name, "reason": "The notebook was lost."}) == {"ended": 1}
    assert anywhere.look("/").forms[-1].action == "/sign-in"
    assert [one["name"] for one in desk.get("/v1/sessions")["items"]] == ["admin"] * (name != "admin")
    (note,) = desk.get("/v1/scheduler")["logbook"]
    assert (note["event"], note["actor"], note["reason"]) == (
        "end_sessions",
        "admin",
        f"{name}: The notebook was lost.",
    )


def test_a_sign_in_link_is_invalid_after_the_end_of_the_sessions(browser: Browser) -> None:
    with writing(browser.desk.engine) as conn:
        link = make_link(conn, system_clock(), token_hash(TOKEN))
    assert browser.desk.post("/v1/sessions/end", {"name": "admin", "reason": "x"}) == {"ended": 2}
    browser.client.cookies.clear()
    browser.send(browser.look("/sign-in", link=link).forms[-1], 403)


def test_a_session_expires(browser: Browser) -> None:
    assert browser.desk.context is not None
    browser.desk.context.wall = lambda: system_clock() + LASTS
    assert browser.look("/").forms[-1].action == "/sign-in"


def test_the_database_holds_no_secret_of_a_session(browser: Browser) -> None:
    cookie = browser.client.cookies["lifecycle"]
    with reading(browser.desk.engine) as conn:
        held = [row._asdict() for row in conn.execute(select(tables.session))]
    assert [row["hash"] for row in held] == [token_hash(cookie)]
    assert cookie not in str(held)


def test_signing_in_makes_a_new_secret(stranger: Browser) -> None:
    page = stranger.look("/sign-in")
    before = stranger.client.cookies["lifecycle"]
    stranger.send(page.forms[-1], token=TOKEN)
    assert stranger.client.cookies["lifecycle"] != before


@pytest.mark.parametrize("origin", [None, "null", "https://evil.example", f"{HOST}.evil.example", "http://["])
def test_a_form_from_another_site_is_refused(browser: Browser, origin: str | None) -> None:
    sign_out = next(form for form in browser.look("/").forms if form.action == "/sign-out")
    browser.send(sign_out, 403, origin=origin)


@pytest.mark.parametrize("csrf", ["", "0" * 64, "é"])
def test_a_form_without_its_csrf_token_is_refused(browser: Browser, csrf: str) -> None:
    sign_out = next(form for form in browser.look("/").forms if form.action == "/sign-out")
    browser.send(sign_out, 403, csrf=csrf)


def test_every_page_has_the_security_headers(browser: Browser) -> None:
    for path in ("/", "/sign-in"):
        browser.look(path)
        headers = browser.response.headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"


def test_the_cookie_is_not_for_scripts_nor_for_other_sites(stranger: Browser) -> None:
    stranger.look("/sign-in")
    said = stranger.response.headers["set-cookie"]
    assert "HttpOnly" in said and "SameSite=lax" in said and "Secure" not in said
    over_tls = stranger.client.get("https://testserver/sign-in")
    stranger.client.cookies.clear()
    over_tls = stranger.client.get("https://testserver/sign-in")
    assert "Secure" in over_tls.headers["set-cookie"]


def test_the_language_is_one_click_away(stranger: Browser) -> None:
    assert "トークン" in stranger.look("/sign-in").text
    assert "Token" in stranger.look("/language/en", next="/sign-in").text
    assert 'lang="en"' in stranger.html
    assert str(stranger.response.url) == f"{HOST}/sign-in"


def test_the_settings_of_a_person_apply_on_every_page_in_every_browser(anywhere: Browser) -> None:
    for number in range(21):
        anywhere.desk.apply(reference=f"OD-{number}")
    form = next(form for form in anywhere.look("/settings").forms if form.action == "/settings")
    done = anywhere.send(form, language="en", rows="20", density="compact")
    assert "The settings are stored." in done.text and form.values["rows"] == "50"
    anywhere.client.cookies.clear()
    anywhere.sign_in()
    for path in ("/", "/contracts", "/waiting", "/settings"):
        anywhere.look(path)
        assert '<html lang="en">' in anywhere.html and '<body class="compact"' in anywhere.html
    assert anywhere.look("/contracts").text.count("OD-") == 20
    anywhere.look("/language/ja", next="/")
    assert '<html lang="ja">' in anywhere.html


def test_unknown_settings_change_nothing(browser: Browser) -> None:
    form = next(form for form in browser.look("/settings").forms if form.action == "/settings")
    browser.send(form, language="xx", rows="999999", density="none")
    assert 'lang="ja"' in browser.html
    assert browser.look("/settings").forms[-1].values["rows"] == "50"
