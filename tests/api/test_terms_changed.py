"""A change of terms: a file is rehearsed, an announcement is recorded, contracts are resettled."""

from datetime import date

from sqlalchemy import update

from lifecycle.records import tables
from lifecycle.records.engine import writing
from tests.api.desk import Desk, Json
from tests.api.terms_scenes import ANNOUNCED, recorded
from tests.terms.worlds import TEXTS

HELD = TEXTS["2022-05-01.toml"]


def file_of(day: str, old: str = "", new: str = "") -> str:
    return HELD.replace("in_force_from = 2022-05-01", f"in_force_from = {day}").replace(old, new)


def ending(desk: Desk) -> Json:
    """A contract whose notice of 10 June ends it on 10 July 2022."""
    contract = desk.accepted()
    desk.move_to("2022-06-10")
    return desk.do(contract, "notify_cancellation", arrived_on="2022-06-10")


def test_a_file_is_rehearsed_page_by_page(desk: Desk) -> None:
    ids = sorted(desk.accepted(reference=f"R-{n}")["id"] for n in range(3))
    dearer = file_of("2022-09-01", "monthly_fee_yen = 200_000", "monthly_fee_yen = 210_000")
    body = {"file": dearer, "until": "2022-10-31", "limit": 2}
    before = desk.counts()
    first = desk.post("/v1/terms/rehearse", body)
    assert [item["contract_id"] for item in first["items"]] == ids[:2]
    assert (first["next"], first["totals"]["yen_more"], first["totals"]["worse"]) == (ids[1], 40_000, 2)
    rest = desk.post("/v1/terms/rehearse", body | {"cursor": first["next"]})
    assert ([item["contract_id"] for item in rest["items"]], rest["next"]) == (ids[2:], None)
    assert rest["items"][0]["differences"][0] == {
        "subject_id": ids[2], "field": "charges/monthly_base_fee", "then": 1_200_000, "otherwise": 1_220_000,
        "effect": "worse",
    }  # fmt: skip
    assert desk.counts() == before


def test_a_file_that_holds_no_terms_is_refused_by_place(desk: Desk) -> None:
    for file, detail in (
        ("in_force_from", "not TOML: "),
        (file_of("2022-09-01", "days = 30", "days = 9_999"), "notice.days: Input should be less than or equal"),
        (file_of("9999-09-01"), "in_force_from: Input should be less than or equal to 2199-12-31"),
        ("[" * 5_000, "not TOML: "),
    ):
        (error,) = desk.post("/v1/terms/rehearse", {"file": file}, 422)["errors"]
        assert error["pointer"] == "/file"
        assert error["detail"].startswith(detail)
    refused = desk.post("/v1/terms/rehearse", {"file": file_of("2022-09-01"), "until": "2099-01-01"}, 422)
    assert refused["errors"] == [{"pointer": "/until", "detail": "lies more than 10 years ahead"}]


def test_an_announcement_is_shown_with_the_version(desk: Desk) -> None:
    path, body = recorded(desk)
    assert desk.get("/v1/terms", on="2022-05-01")["announced_on"] is None
    told = desk.post(path, body)
    shown = {name: value for name, value in told.items() if name.startswith("announced")}
    assert shown == {
        "announced_on": "2022-04-01", "announced_how": "website and e-mail", "announced_late": False
    }  # fmt: skip
    assert desk.get("/v1/terms", on="2022-06-01") == told
    desk.post(path, body | {"announced_on": "2022-04-05"})
    assert desk.get("/v1/terms", on="2022-06-01")["announced_on"] == "2022-04-05"
    rows = [row for row in desk.feed() if row["event"] == "announce"]
    assert [(row["reason"], row["facts"]["announced_on"]) for row in rows] == [
        ("not in the file", "2022-04-01"), ("not in the file", "2022-04-05"),
    ]  # fmt: skip


def test_an_announcement_on_the_first_day_is_late(desk: Desk) -> None:
    path, body = recorded(desk)
    desk.move_to("2022-05-02")
    assert desk.post(path, body | {"announced_on": "2022-05-01"})["announced_late"] is True


def test_an_announcement_is_refused_of_no_version_and_of_tomorrow(desk: Desk) -> None:
    path, body = recorded(desk)
    desk.post(path, body | {"version": "2022-05-02"}, 404)
    refused = desk.post(path, body | {"announced_on": "2030-01-01"}, 422)
    assert refused["errors"] == [{"pointer": "/announced_on", "detail": "lies in the future"}]
    assert desk.post(path, ANNOUNCED | {"reason": ""}, 422)["errors"][0]["pointer"] == "/reason"


def test_contracts_are_resettled_after_a_dry_run(desk: Desk) -> None:
    right, contract = desk.accepted(reference="R-2"), ending(desk)
    right = desk.show(right)
    with writing(desk.engine) as conn:
        wrong = update(tables.contract).where(tables.contract.c.id == contract["id"])
        conn.execute(wrong.values(effective_on=date(2022, 8, 9)))
    body = {"reason": "a fault of an earlier version"}
    seen = desk.post("/v1/terms/resettle", body, dry_run=True)
    assert desk.show(contract)["cancellation"]["effective_on"] == "2022-07-10"  # derived as it is shown
    done = desk.post("/v1/terms/resettle", body)
    assert done == seen
    assert (done["examined"], done["waiting"], done["next"]) == (2, [], None)
    (one,) = done["items"]
    assert {"subject": contract["id"], "field": "effective_on", "before": "2022-08-09", "after": "2022-07-10"} in (
        one["changes"]["days"]
    )
    newest = desk.get(f"/v1/contracts/{contract['id']}/history")["items"][-1]
    assert (newest["event"], newest["actor"], newest["reason"]) == ("resettle", "admin", body["reason"])
    assert desk.show(right)["version"] == right["version"]
    assert desk.post("/v1/terms/resettle", body)["items"] == []
