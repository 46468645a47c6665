"""The pages show contracts of a second service in its own words, and the terms of both services."""

from collections.abc import Iterator

import pytest

from tests.api.desk import Json
from tests.pages.browsing import Browser
from tests.services import cloud_archive

ARCHIVE: Json = {
    "service": "cloud_archive",
    "item": "archive_large",
    "received_on": "2022-04-20",
    "options": [{"kind": "vault", "reference": "V-1"}],
}


@pytest.fixture(autouse=True)
def archive() -> Iterator[None]:
    with cloud_archive():
        yield


def test_a_contract_is_shown_in_the_words_of_its_service(browser: Browser) -> None:
    contract = browser.desk.accepted(**ARCHIVE)
    browser.move_to("2022-06-03")
    browser.desk.do(contract, "notify_cancellation", arrived_on="2022-06-03")
    for path in ("/", "/contracts", f"/contracts/{contract['id']}"):
        browser.look(path)
        assert "プレミアム" not in browser.html.replace(">プレミアム</option>", ""), path
    browser.look(f"/contracts/{contract['id']}")
    assert "ラージ" in browser.html and "第26条" in browser.html
    assert "サービス" in browser.html and "クラウドアーカイブ" in browser.html
    assert "ラージ" in browser.look("/contracts", item="archive_large", service="cloud_archive").text


def test_usage_is_entered_previewed_and_shown_by_the_meters_of_the_service(browser: Browser) -> None:
    contract = browser.desk.accepted(**ARCHIVE | {"options": []})
    browser.move_to("2022-06-03")
    page = browser.look(f"/contracts/{contract['id']}/usage/new")
    assert "保存容量（GB）" in page.text and "変換（時間）" not in page.text
    form = next(one for one in page.forms if one.values.get("step") == "look")
    page = browser.send(form, month="2022-05", **{"meters.kept_gb": "10,120.5", "meters.restored_gb": "530"})
    assert "保存容量（GB） — 10120.5" in page.text and "保存容量超過料" in page.text and "242円" in page.text
    browser.send(next(one for one in page.forms if one.values.get("step") == "do"))
    shown = browser.look(f"/contracts/{contract['id']}").text
    assert "保存容量（GB） 10120.5 復元容量（GB） 530" in shown and "ライブ" not in shown
    entry = browser.desk.get(f"/v1/contracts/{contract['id']}/usage/2022-05/history")["items"][0]
    page = browser.look(f"/contracts/{contract['id']}/entries/{entry['id']}/correct")
    form = next(one for one in page.forms if one.values.get("step") == "look")
    assert form.values["facts.meters.kept_gb"] == "10120.5" and "facts.live_hours" not in form.values


def test_the_terms_of_both_services_are_shown(browser: Browser) -> None:
    own = browser.look("/terms", service="cloud_archive").text
    assert (
        "24ヶ月" in own
        and "15日までに到達したときは当月末、その後に到達したときは翌月末" in own
        and "保存1GB" in own
    )
    assert "第26条" in own and "クラウドアーカイブ" in own
    assert "30日" in browser.look("/terms").text
    assert "30日" in browser.look("/terms", service="nowhere").text


def test_lists_are_narrowed_to_one_service(browser: Browser) -> None:
    media, archive = browser.desk.accepted(), browser.desk.accepted(**ARCHIVE)
    for path in ("/", "/waiting"):
        assert "すべてのサービス" in browser.look(path).text
        shown = browser.look(path, service="cloud_archive").text
        assert archive["reference"] in shown and media["reference"] not in shown, path
    assert "service=cloud_archive" in browser.html and "すべてのサービス" in browser.look("/outages").text
    found = {
        "known_at": "2022-04-22T08:00:00+09:00",
        "source": "own alert",
        "attributable": True,
        "contracts": "all",
    }
    own = browser.desk.post("/v1/outages", found | {"service": "cloud_archive"}, 201)
    assert own["id"] in (browser.look("/outages", service="cloud_archive") and browser.html)
    browser.look("/outages", service="media_sphere")
    assert own["id"] not in browser.html
    assert "クラウドアーカイブ" in browser.look(f"/outages/{own['id']}").text


def test_a_month_is_counted_and_issued_for_one_service(browser: Browser) -> None:
    media, archive = browser.desk.accepted(), browser.desk.accepted(**ARCHIVE | {"options": []})
    browser.move_to("2022-06-03")
    page = browser.look("/months/2022-05", service="cloud_archive")
    assert "ラージ" in page.text and "プレミアム" not in page.text
    file = browser.client.get("/months/2022-05.csv?service=cloud_archive").text
    assert "archive_large" in file and "premium" not in file
    assert "クラウドアーカイブ" in browser.look("/pictures", service="cloud_archive").text
    assert 'href="/statements/2022-05/issue?service=cloud_archive"' in (
        browser.look("/statements/2022-05", service="cloud_archive") and browser.html
    )
    page = browser.look("/statements/2022-05/issue", service="cloud_archive")
    assert "「クラウドアーカイブ」の全契約が対象です" in page.text
    page = browser.send(next(one for one in page.forms if one.values.get("step") == "look"))
    browser.send(next(one for one in page.forms if one.values.get("step") == "do"))
    issued = browser.desk.get("/v1/statements")["items"]
    assert [one["contract_id"] for one in issued] == [archive["id"]] != [media["id"]]


def test_a_person_limited_to_a_service_sees_its_contracts_alone(stranger: Browser) -> None:
    desk = stranger.desk
    media, archive = desk.accepted(), desk.accepted(**ARCHIVE)
    roles = ["order_desk", "operator", "auditor"]
    token = {"name": "mori", "roles": roles, "expires_on": None, "service": "cloud_archive"}
    made = desk.post("/v1/tokens", token, 201)["token"]
    stranger.send(stranger.look("/sign-in").forms[-1], token=made)
    for path in (
        "/",
        "/waiting",
        "/contracts",
        "/contracts/found?q=K",
        "/contracts.csv",
        "/outages",
        "/terms",
        "/statements/2022-04",
        "/statements/2022-04.csv",
        "/statements/found",
        "/refunds",
        "/customers/B-1",
        "/pictures",
        "/months",
        "/months/2022-04",
        "/months/2022-04.csv",
        "/audit",
        "/audit.csv",
        "/audit/reads",
        "/audit/reads.csv",
        "/audit/otherwise",
        "/audit/why",
        "/audit/believed",
        "/webhooks",
    ):
        text = stranger.client.get(path).text
        assert media["id"] not in text and media["reference"] not in text, path
        assert "担当外のサービスです" not in text, path
    for path in ("/signed-in", "/settings", "/roles"):
        stranger.look(path)
    for path in ("/contracts", "/statements/2022-04"):
        assert archive["reference"] in stranger.look(path).text
    stranger.look(f"/contracts/{archive['id']}")
    for path in (
        "/contracts/{id}", "/contracts/{id}/notify_cancellation", "/import", "/audit/believed?of={id}",
        "/audit/why?of={id}", "/audit/why.csv?of={id}", "/audit/log", "/proposals",
    ):  # fmt: skip
        said = stranger.look(path.format(id=media["id"], own=archive["id"]), 403).text
        assert "担当外のサービスです" in said and "担当のサービス：クラウドアーカイブ" in said, path
    stranger.look("/contracts", 403, service="media_sphere")
