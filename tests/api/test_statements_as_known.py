"""A statement as known at an earlier instant equals the statement first answered then (R16, R40)."""

from tests.api.desk import Desk, Json, path_of
from tests.api.parts import WHY, amounts, claim, entered, outage, use
from tests.right.test_corrections import correct, row


def statements_of(desk: Desk, contract: Json, *months: str, **query: str) -> list[Json]:
    return [desk.get(f"{path_of(contract)}/statements/{month}", **query) for month in months]


def test_a_future_statement_as_known_before_a_correction_stays_the_same(desk: Desk) -> None:
    contract = entered(desk, "2022-04-01")
    desk.move_to("2022-10-28")
    desk.do(contract, "notify_cancellation", arrived_on="2022-10-20", chosen_on="2022-11-29")
    then = statements_of(desk, contract, "2022-10", "2022-11", "2022-12")
    assert [one["total_yen"] for one in then] == [100_000, 96_666, 0]
    desk.move_to("2022-11-05")
    correct(desk, contract, row(desk, contract, "notify_cancellation")["id"], {"chosen_on": "2022-11-30"})
    assert statements_of(desk, contract, "2022-11")[0]["total_yen"] == 100_000
    at = "2022-10-28T09:00:00+09:00"
    assert statements_of(desk, contract, "2022-10", "2022-11", "2022-12", known_at=at) == then
    desk.move_to("2022-12-10")
    assert desk.show(contract)["state"] == "terminated"
    assert statements_of(desk, contract, "2022-10", "2022-11", "2022-12", known_at=at) == then


def test_adjustments_as_known_at_an_instant_stay_the_same(desk: Desk) -> None:
    contract = entered(desk, "2022-03-01")
    months = ("2022-05", "2022-06", "2022-07", "2022-08")
    desk.move_to("2022-07-05")
    desk.post(f"{path_of(contract)}/statements/2022-06/issue")
    hit = outage(desk, [contract], "2022-06-10T00:00:00+09:00", recovered_at="2022-06-12T00:00:00+09:00")
    claim(desk, contract, hit, claimed_on="2022-06-20", reason=WHY)
    then = statements_of(desk, contract, *months)
    assert [one["total_yen"] for one in then] == [100_000, 100_000, 93_334, 100_000]
    assert [amounts(one["adjustments"]) for one in then] == [[], [("adjustment", -6_666)], [], []]
    desk.move_to("2022-08-06")
    use(desk, contract, "2022-06", live_hours=72)  # 2 hours above what is included: 150 yen
    desk.post(f"{path_of(contract)}/statements/2022-07/issue")
    use(desk, contract, "2022-07", live_hours=80)  # 10 hours: 750 yen
    assert [one["total_yen"] for one in statements_of(desk, contract, *months)] == [
        100_000,
        100_000,
        93_484,
        100_750,
    ]
    assert statements_of(desk, contract, *months, known_at="2022-07-05T09:00:00+09:00") == then
    between = statements_of(desk, contract, *months, known_at="2022-08-01T00:00:00+09:00")
    assert between == then and between[2]["issued_at"] is None
    desk.do(contract, "notify_cancellation", arrived_on="2022-06-16", reason="found in the post room")
    assert desk.show(contract)["terminated_on"] == "2022-07-16"
    assert statements_of(desk, contract, *months, known_at="2022-07-05T09:00:00+09:00") == then


def test_a_month_billed_elsewhere_is_so_from_when_that_was_noted(desk: Desk) -> None:
    from typer.testing import CliRunner

    from lifecycle.cli import app

    contract = entered(desk, "2022-03-01")
    desk.move_to("2022-07-05")
    then = statements_of(desk, contract, "2022-05", "2022-06")
    desk.move_to("2022-07-06")
    url = desk.engine.url.render_as_string(hide_password=False)
    done = CliRunner().invoke(app, ["statements", "--issued-until", "2022-05", "--database-url", url])
    assert done.exit_code == 0
    assert [one["billed_elsewhere"] for one in statements_of(desk, contract, "2022-05", "2022-06")] == [
        True,
        False,
    ]
    assert statements_of(desk, contract, "2022-05", "2022-06", known_at="2022-07-05T09:00:00+09:00") == then
