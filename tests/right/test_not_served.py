"""A contract ended by a wrong entry was in force: the time without service is shown (R36)."""

from tests.api.desk import Desk, Json, OpenDesk, path_of
from tests.right.test_corrections import annul, book, correct, row

__all__ = ["book"]
KEYED = "2022-08-05T09:00:00+09:00"  # the clock ended it as it was keyed, though as of 1 August


def since(changes: Json) -> list[tuple[str, str | None]]:
    return [(one["from_at"], one["until_at"]) for one in changes["not_served"]]


def test_an_annulled_end_shows_since_when_the_service_may_not_have_been_provided(book: tuple[Desk, Json]) -> None:
    desk, contract = book
    changes = annul(desk, contract, [row(desk, contract, "notify_cancellation")["id"]])["changes"]
    assert changes["not_served"] == [{"subject_id": contract["id"], "from_at": KEYED, "until_at": None}]
    assert desk.get("/v1/outages")["items"] == [], "nothing is credited by itself"


def test_a_corrected_end_that_is_past_too_shows_the_time_up_to_it(book: tuple[Desk, Json]) -> None:
    desk, contract = book
    notice = row(desk, contract, "notify_cancellation")["id"]
    assert since(correct(desk, contract, notice, {"arrived_on": "2022-07-08"})["changes"]) == [
        (KEYED, "2022-08-08T00:00:00+09:00")
    ]


def test_a_contract_served_until_its_true_end_shows_no_time_without_service(book: tuple[Desk, Json]) -> None:
    desk, contract = book
    notice = row(desk, contract, "notify_cancellation")["id"]
    for arrived in ("2022-07-03", "2022-06-20"):
        changes = correct(desk, contract, notice, {"arrived_on": arrived})["changes"]
        assert [one["event"] for one in changes["superseded"]] == ["terminate"]
        assert since(changes) == []


def test_an_end_that_was_never_fired_shows_nothing(open_desk: OpenDesk) -> None:
    desk = open_desk("2022-04-20T09:00:00+09:00")
    contract = desk.accepted(requested_billing_start_on="2022-05-01")
    desk.move_to("2022-06-10")
    desk.do(contract, "notify_cancellation", arrived_on="2022-06-10")
    assert since(annul(desk, contract, [row(desk, contract, "notify_cancellation")["id"]])["changes"]) == []


def waiting(desk: Desk) -> list[tuple[str, str]]:
    return [(one["waits_for"], one["what"]) for one in desk.get("/v1/waiting")["items"]]


def test_fees_of_days_not_served_wait_until_a_person_has_decided(book: tuple[Desk, Json]) -> None:
    desk, contract = book
    assert waiting(desk) == []
    found = annul(desk, contract, [row(desk, contract, "notify_cancellation")["id"]])
    assert waiting(desk) == [("not_served", "fees of days not served: 32,258 yen")], "5 to 9 August of 31 days"
    (refund,) = desk.get(f"{path_of(contract)}/refunds")["items"]
    assert refund["cause"] == {
        "kind": "not_served", "subject_id": contract["id"], "entry": row(desk, contract, "annul_entry")["id"],
    }  # fmt: skip
    assert (refund["month"], refund["amount_yen"], refund["direction"]) == ("2022-08", 32_258, "refund")
    lines = desk.get(f"{path_of(contract)}/statements/2022-08")["lines"]
    assert [one["amount_yen"] for one in lines] == [200_000], "nothing is paid back by itself"
    desk.post(f"{path_of(found)}/refunds/{refund['id']}/settle", {"settled_on": "2022-08-10", "how": "返金なし"})
    assert waiting(desk) == []
    assert [one["state"] for one in desk.get(f"{path_of(contract)}/refunds")["items"]] == ["settled"]


def test_days_after_the_true_end_and_before_the_wrong_one_cost_nothing(book: tuple[Desk, Json]) -> None:
    desk, contract = book
    notice = row(desk, contract, "notify_cancellation")["id"]
    correct(desk, contract, notice, {"arrived_on": "2022-07-08"})
    assert waiting(desk) == [("not_served", "fees of days not served: 19,354 yen")], "5 to 7 August"
    correct(desk, contract, notice, {"arrived_on": "2022-06-20"})
    assert waiting(desk) == []
