"""The calendar feed, read by a calendar parser: stable ids, growing sequence, cancelled after a revocation."""

from datetime import date
from typing import Any

from icalendar import Calendar

from tests.api.desk import Desk
from tests.api.test_roles import bearer


def token_of(desk: Desk, *grants: str) -> str:
    return bearer(desk, *grants)["Authorization"].removeprefix("Bearer ")


def feed(desk: Desk, token: str) -> dict[str, Any]:
    """The events by their ids."""
    answer = desk.client.get("/v1/calendar.ics", params={"token": token}, headers={"Authorization": ""})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))
    return {str(event["UID"]): event for event in Calendar.from_ical(answer.content).walk("VEVENT")}


def test_an_end_is_added_moved_and_cancelled_under_one_id(desk: Desk) -> None:
    token = token_of(desk, "calendar")
    contract = desk.accepted(reference="参照番号" * 20)
    uid = f"{contract['id']}-end@lifecycle"
    assert uid not in feed(desk, token)
    desk.do(contract, "notify_cancellation", chosen_on="2022-08-31")
    first = feed(desk, token)[uid]
    assert (first["DTSTART"].dt, first["DTEND"].dt) == (date(2022, 8, 31), date(2022, 9, 1))
    assert str(first["STATUS"]) == "CONFIRMED" and contract["reference"] in str(first["SUMMARY"])
    desk.do(contract, "notify_cancellation", chosen_on="2022-06-30")
    second = feed(desk, token)[uid]
    assert second["DTSTART"].dt == date(2022, 6, 30) and second["SEQUENCE"] > first["SEQUENCE"]
    desk.do(contract, "revoke_cancellation", reason="by consent")
    third = feed(desk, token)[uid]
    assert str(third["STATUS"]) == "CANCELLED" and third["SEQUENCE"] > second["SEQUENCE"]


def test_the_last_day_for_a_notice_is_in_it_until_it_has_passed(desk: Desk) -> None:
    token = token_of(desk, "calendar")
    contract = desk.accepted(requested_billing_start_on="2022-06-01")
    last = desk.get(f"/v1/contracts/{contract['id']}/latest_arrival", effective_on="2022-06-30")["arrive_by_on"]
    uid = f"{contract['id']}-last-notice@lifecycle"
    assert feed(desk, token)[uid]["DTSTART"].dt == date.fromisoformat(last)
    desk.move_to("2022-06-15")
    assert uid not in feed(desk, token)


def test_the_last_day_of_a_certificate_is_in_it_and_moves_with_a_renewal(desk: Desk) -> None:
    token = token_of(desk, "calendar")
    delivery = {"https": True, "certificate_obtained": True}
    contract = desk.accepted(delivery=delivery | {"certificate_expires_on": "2022-07-31"})
    uid = f"{contract['id']}-certificate@lifecycle"
    assert feed(desk, token)[uid]["DTSTART"].dt == date(2022, 7, 31)
    desk.do(contract, "change_delivery", delivery=delivery | {"certificate_expires_on": "2023-05-01"})
    assert feed(desk, token)[uid]["DTSTART"].dt == date(2023, 5, 1)
    desk.do(contract, "change_delivery", delivery={"https": False})
    assert uid not in feed(desk, token)


def test_an_option_has_its_own_end(desk: Desk) -> None:
    contract = desk.accepted()
    option = desk.accept(desk.apply_for_option(contract))
    desk.do(option, "notify_cancellation", chosen_on="2022-09-30")
    events = feed(desk, token_of(desk, "calendar"))
    assert events[f"{option['id']}-end@lifecycle"]["DTSTART"].dt == date(2022, 9, 30)


def test_the_calendar_feed_contains_no_names(desk: Desk) -> None:
    contract = desk.accepted()
    desk.do(contract, "notify_cancellation")
    answer = desk.client.get("/v1/calendar.ics", params={"token": token_of(desk, "calendar")})
    plain = answer.text.replace("\r\n ", "")
    assert contract["reference"] in plain
    assert not [who for who in ("customer", "administrator") if contract[who]["name"] in plain]


def test_a_calendar_token_gives_access_to_the_calendar_alone(desk: Desk) -> None:
    own = token_of(desk, "calendar")
    for path in ("/v1/contracts", "/v1/due?until=2022-12-31T00:00:00%2B09:00", "/v1/contracts.csv"):
        answer = desk.client.get(path, headers={"Authorization": f"Bearer {own}"})
        assert answer.status_code == 403
    for token in (token_of(desk, "viewer"), token_of(desk, "admin", "order_desk", "operator"), "lc_0", ""):
        answer = desk.client.get("/v1/calendar.ics", params={"token": token})
        assert answer.status_code == 401
    assert desk.client.get("/v1/calendar.ics").status_code == 401


def test_the_feed_states_its_refresh_interval_and_has_no_time_zone(desk: Desk) -> None:
    desk.do(desk.accepted(), "notify_cancellation")
    answer = desk.client.get("/v1/calendar.ics", params={"token": token_of(desk, "calendar")})
    lines = answer.text.split("\r\n")
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT1H" in lines and "X-PUBLISHED-TTL:PT1H" in lines
    assert not Calendar.from_ical(answer.content).walk("VTIMEZONE")
    assert not [line for line in lines if "TZID" in line], "all events are days"


def test_a_cancelled_event_is_marked_and_each_event_links_to_its_contract(desk: Desk) -> None:
    token, contract = token_of(desk, "calendar"), desk.accepted()
    desk.do(contract, "notify_cancellation", chosen_on="2022-08-31")
    uid = f"{contract['id']}-end@lifecycle"
    standing = feed(desk, token)[uid]
    assert str(standing["SUMMARY"]).startswith("契約の終了 ")
    assert str(standing["DESCRIPTION"]).startswith("契約は、この日の終わりに終了します。")
    assert str(standing["URL"]) == f"http://testserver/contracts/{contract['id']}"
    desk.do(contract, "revoke_cancellation", reason="by consent")
    assert str(feed(desk, token)[uid]["SUMMARY"]).startswith("【取消】契約の終了 ")


def test_parameters_that_a_calendar_adds_are_passed_over_and_head_answers(desk: Desk) -> None:
    token = token_of(desk, "calendar")
    got = desk.client.get("/v1/calendar.ics", params={"token": token, "cachebust": "7"})
    asked = desk.client.head("/v1/calendar.ics", params={"token": token})
    assert (got.status_code, asked.status_code, asked.content) == (200, 200, b"")
    assert asked.headers["content-length"] == got.headers["content-length"]
    assert asked.headers["content-type"] == "text/calendar; charset=utf-8"
