"""The last day of a certificate (Art. 3(1)(3)): recorded with the delivery or the condition, and monitored."""

from datetime import date
from typing import Any

from lifecycle.queries.queue import waiting_page
from lifecycle.queries.waiting_kinds import Asked
from tests.api.desk import Desk, OpenDesk, path_of

HTTPS: dict[str, Any] = {"https": True, "certificate_obtained": True}


def to_renew(desk: Desk, today: str) -> list[tuple[str, str, str | None]]:
    """Return the contracts whose certificates wait for renewal on a day: id, since when, until when."""
    asked = Asked("certificate", today=date.fromisoformat(today))
    with desk.engine.connect() as conn:
        found = waiting_page(conn, asked, [], 50, 0)
    assert found.numbers.get("certificate", 0) == len(found.things)
    return [(one.id, str(one.since), str(one.until)) for one in found.things]


def test_the_interface_lists_what_the_worklist_has(desk: Desk) -> None:
    contract = desk.accepted(delivery=HTTPS | {"certificate_expires_on": "2022-05-20"})
    desk.move_to("2022-04-23")
    desk.do(contract, "receive_informal_notice", arrived_on="2022-04-22", channel="phone")
    desk.do(
        contract,
        "report_misuse",
        found_at="2022-04-22T10:00:00+09:00",
        instruction="stop it",
        comply_by="2022-05-01",
    )
    formless = desk.apply(reference="F-1", in_form=False)
    found = desk.get("/v1/waiting")["items"]
    assert sorted((one["waits_for"], one["id"], one["until_on"]) for one in found) == [
        ("certificate", contract["id"], "2022-05-20"), ("form", formless["id"], None),
        ("informal", contract["id"], None), ("misuse", contract["id"], "2022-05-01"),
    ]  # fmt: skip
    with desk.engine.connect() as conn:
        asked = Asked(today=date(2022, 4, 23))
        numbers = [waiting_page(conn, asked, [], limit, 0).numbers for limit in (1, 2, 50)]
    assert numbers == [{"certificate": 1, "form": 1, "informal": 1, "misuse": 1}] * 3
    one_by_one, cursor = [], {}
    while cursor is not None:
        page = desk.get("/v1/waiting", limit=1, **cursor)
        one_by_one += page["items"]
        cursor = {"cursor": page["next"]} if page["next"] else None
    assert one_by_one == found, "what one contract waits for is listed whole across pages"


def test_an_accepted_contract_waits_from_30_days_before_the_last_day_until_it_is_renewed(desk: Desk) -> None:
    contract = desk.accepted(delivery=HTTPS | {"certificate_expires_on": "2022-07-31"})
    assert contract["delivery"]["certificate_expires_on"] == "2022-07-31"
    waiting = [(contract["id"], "2022-07-01", "2022-07-31")]
    assert to_renew(desk, "2022-06-30") == []
    assert to_renew(desk, "2022-07-01") == to_renew(desk, "2022-09-01") == waiting
    renewed = desk.do(contract, "change_delivery", delivery=HTTPS | {"certificate_expires_on": "2023-07-31"})
    assert renewed["conditions"]["open"] == []
    assert to_renew(desk, "2022-09-01") == []
    assert to_renew(desk, "2023-07-01") == [(contract["id"], "2023-07-01", "2023-07-31")]
    desk.do(contract, "change_delivery", delivery={"https": False})
    assert to_renew(desk, "2023-07-01") == []


def test_meeting_the_condition_can_set_the_last_day(desk: Desk) -> None:
    contract = desk.accepted(delivery={"https": True})
    met = desk.do(contract, "meet_condition", condition="certificate", expires_on="2022-07-31")
    assert (met["conditions"]["met"], met["delivery"]["certificate_expires_on"]) == (["certificate"], "2022-07-31")
    row = desk.history(contract)[-1]
    assert row["facts"] == {"condition": "certificate", "expires_on": "2022-07-31"}
    assert to_renew(desk, "2022-07-01") == [(contract["id"], "2022-07-01", "2022-07-31")]
    body = {"entries": [row["id"]], "ground": "never_happened", "reason": "another contract's certificate"}
    desk.post(f"{path_of(contract)}/annulments", body)
    assert desk.show(contract)["delivery"]["certificate_expires_on"] is None
    assert to_renew(desk, "2022-07-01") == []


def test_an_application_waits_for_no_renewal_and_its_last_day_can_be_changed(desk: Desk) -> None:
    contract = desk.apply(delivery={"https": True})
    desk.do(contract, "meet_condition", condition="certificate", expires_on="2022-05-31")
    amended = desk.do(contract, "amend", delivery={"certificate_expires_on": "2022-06-30"})
    assert amended["delivery"]["certificate_expires_on"] == "2022-06-30"
    assert to_renew(desk, "2022-07-01") == []
    desk.do(contract, "accept", billing_starts_on="2022-05-01")
    assert to_renew(desk, "2022-07-01") == [(contract["id"], "2022-05-31", "2022-06-30")]


def test_an_application_without_https_any_more_has_no_last_day(desk: Desk) -> None:
    contract = desk.apply(delivery=HTTPS | {"certificate_expires_on": "2022-06-30"})
    amended = desk.do(contract, "amend", delivery={"https": False})
    assert amended["delivery"] == {
        "custom_domain": None, "https": False, "certificate_obtained": None,
        "certificate_expires_on": None, "certificate_kind": None,
    }  # fmt: skip


def test_a_terminated_contract_waits_for_no_renewal(open_desk: OpenDesk) -> None:
    desk = open_desk("2022-04-20T09:00:00+09:00")
    contract = desk.accepted(
        delivery=HTTPS | {"certificate_expires_on": "2022-07-31"}, requested_billing_start_on="2022-05-01"
    )
    desk.do(contract, "notify_cancellation", arrived_on="2022-04-20")
    assert len(to_renew(desk, "2022-07-10")) == 1
    desk.move_to("2022-07-10")
    assert desk.show(contract)["state"] == "terminated"
    assert to_renew(desk, "2022-07-10") == []


def test_without_a_certificate_day_the_history_has_no_field_for_it(desk: Desk) -> None:
    contract = desk.apply(delivery=HTTPS)
    assert desk.history(contract)[0]["facts"]["delivery"] == {"custom_domain": None, **HTTPS}
    assert contract["delivery"]["certificate_expires_on"] is None


def test_a_last_day_without_a_certificate_is_marked(desk: Desk) -> None:
    refused = desk.post(
        "/v1/contracts",
        desk.application | {"reference": "OD-9", "delivery": {"certificate_expires_on": "2022-06-30"}},
        422,
    )
    assert [error["pointer"] for error in refused["errors"]] == ["/delivery"]
    contract = desk.accepted(delivery={"https": True})
    for body in (
        {"condition": "dns", "expires_on": "2022-06-30"},
        {"condition": "certificate", "expires_on": "2022-06-31"},
    ):
        desk.post(f"{path_of(contract)}/meet_condition", body, 422)
