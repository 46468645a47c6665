"""Corrections under four eyes: which ones need a second person, and which proposals lapse (R35)."""

from collections.abc import Iterator

import pytest

from tests.api.desk import Desk, Json, OpenDesk, path_of, without_changes
from tests.api.test_four_eyes import approve
from tests.api.test_roles import Headers
from tests.right.test_corrections import WHY, row

Book = tuple[Desk, Json]


@pytest.fixture
def watched(open_desk: OpenDesk) -> Iterator[Book]:
    """A contract in billing since May, with a notice of 1 August that ends it on the 31st; it is 10 August."""
    desk = open_desk("2022-04-20T09:00:00+09:00")
    contract = desk.accepted(requested_billing_start_on="2022-05-01")
    desk.move_to("2022-08-10")
    desk.do(contract, "notify_cancellation", arrived_on="2022-08-01")
    desk.context.four_eyes = True
    yield desk, contract
    desk.context.four_eyes = False


def correct(book: Book, event: str, facts: Json, who: Headers, status: int = 200, **query: object) -> Json:
    desk, contract = book
    body = {"entry": row(desk, contract, event)["id"], "facts": facts, "reason": WHY}
    return desk.post(f"{path_of(contract)}/corrections", body, status, headers=who, **query)


def waiting(book: Book) -> list[str]:
    return [one["id"] for one in book[0].get("/v1/approvals", state="proposed")["items"]]


def test_a_correction_that_moves_an_end_waits_for_a_second_person(
    watched: Book, tanaka: Headers, sato: Headers
) -> None:
    desk, contract = watched
    before = desk.history(contract)
    rehearsed = correct(watched, "notify_cancellation", {"arrived_on": "2022-07-01"}, tanaka, dry_run=True)
    proposal = correct(watched, "notify_cancellation", {"arrived_on": "2022-07-01"}, tanaka, 202)
    assert (proposal["state"], proposal["operation"]) == ("proposed", "contracts-correct")
    assert desk.history(contract) == before
    assert approve(desk, proposal, tanaka, 403)["type"].endswith("second-person")
    done = approve(desk, proposal, sato)
    assert done["contract"] == rehearsed, "what was previewed is what is done"
    assert without_changes(done["contract"]) == desk.show(contract)
    assert desk.show(contract)["terminated_on"] == "2022-07-31"
    made = row(desk, contract, "correct_entry")
    assert (made["actor"], made["approver"]) == ("tanaka", "sato")
    assert desk.get(f"/v1/approvals/{proposal['id']}")["state"] == "approved"


MOVING = {
    "the first day of billing": ("accept", {"billing_starts_on": "2022-05-02"}),
    "the day of a notice": ("notify_cancellation", {"arrived_on": "2022-08-02"}),
}
ALONE = {
    "a day that changes nothing else": ("accept", {"accepted_on": "2022-04-21"}),
    "the day of the application": ("apply", {"received_on": "2022-04-19"}),
}


@pytest.mark.parametrize("what", [*MOVING, *ALONE])
def test_one_person_is_enough_where_no_end_no_start_and_no_sent_money_moves(
    watched: Book, tanaka: Headers, what: str
) -> None:
    event, facts = (MOVING | ALONE)[what]
    desk, _ = watched
    if what == "a day that changes nothing else":
        desk.context.four_eyes = False
        correct(watched, "apply", {"received_on": "2022-04-19"}, tanaka)
        correct(watched, "accept", {"accepted_on": "2022-04-20"}, tanaka)
        facts, desk.context.four_eyes = {"accepted_on": "2022-04-19"}, True
    correct(watched, event, facts, tanaka, 202 if what in MOVING else 200)


def test_money_of_a_month_that_was_sent_needs_a_second_person_and_other_money_does_not(
    watched: Book, tanaka: Headers, sato: Headers
) -> None:
    desk, contract = watched
    for month in ("2022-05", "2022-06"):
        desk.client.put(f"{path_of(contract)}/usage/{month}", json={"live_hours": "300"})
    desk.post(f"{path_of(contract)}/statements/2022-05/issue", {})
    entries = {one["facts"]["month"]: one["id"] for one in desk.feed() if one["event"] == "record"}

    def used(month: str, status: int) -> Json:
        body = {"entry": entries[month], "facts": {"live_hours": "400"}, "reason": WHY}
        return desk.post(f"{path_of(contract)}/corrections", body, status, headers=tanaka)

    assert [one["issued"] for one in used("2022-06", 200)["changes"]["money"]] == [False]
    done = approve(desk, used("2022-05", 202), sato)["contract"]
    assert [(one["month"], one["issued"]) for one in done["changes"]["money"]] == [("2022-05", True)]


def test_an_annulment_of_a_notice_waits_and_one_of_a_report_does_not(
    watched: Book, tanaka: Headers, sato: Headers
) -> None:
    desk, contract = watched
    desk.do(contract, "report_misuse", found_at="2022-08-01T09:00:00+09:00", instruction="change the keys")
    path = f"{path_of(contract)}/annulments"

    def annul(event: str, status: int) -> Json:
        body = {"entries": [row(desk, contract, event)["id"]], "ground": "never_happened", "reason": WHY}
        return desk.post(path, body, status, headers=tanaka)

    annul("report_misuse", 200)
    done = approve(desk, annul("notify_cancellation", 202), sato)
    assert (done["contract"]["state"], done["contract"]["cancellation"]) == ("billing", None)


def together(book: Book, event: str, facts: Json, who: Headers, status: int) -> Json:
    desk, contract = book
    body = {"entries": [{"subject": contract["id"], "event": event, "facts": facts, "reason": WHY}]}
    return desk.post(f"{path_of(contract)}/entries", body, status, headers=who)


def test_entries_entered_together_are_no_way_around_a_second_person(
    watched: Book, tanaka: Headers, sato: Headers
) -> None:
    desk, _ = watched
    proposal = together(watched, "revoke_cancellation", {}, tanaka, 202)
    report = {"found_at": "2022-06-10T10:00:00+09:00", "instruction": "change the keys"}
    assert together(watched, "report_misuse", report, tanaka, 200)["changes"]["proposals"] == [proposal["id"]]
    proposal = together(watched, "revoke_cancellation", {}, tanaka, 202)
    assert approve(desk, proposal, sato)["contract"]["state"] == "billing"


def test_an_event_without_a_day_is_dated_at_its_proposal(watched: Book, tanaka: Headers, sato: Headers) -> None:
    desk, contract = watched
    desk.context.four_eyes = False
    desk.do(contract, "revoke_cancellation", reason="agreed")
    desk.context.four_eyes = True
    proposal = together(watched, "notify_cancellation", {"chosen_on": "2022-08-20"}, tanaka, 202)
    (kept,) = proposal["body"]["entries"]
    assert kept["facts"] == {"chosen_on": "2022-08-20", "arrived_on": "2022-08-10"}
    desk.move_to("2022-08-12")
    assert approve(desk, proposal, sato)["contract"]["cancellation"]["effective_on"] == "2022-09-09"


def test_an_approval_answers_412_where_a_part_or_the_contract_has_moved(
    watched: Book, tanaka: Headers, sato: Headers
) -> None:
    desk, contract = watched
    option = desk.apply_for_option(contract)
    proposal = correct(watched, "notify_cancellation", {"arrived_on": "2022-08-02"}, tanaka, 202)
    desk.do(option, "withdraw")
    assert approve(desk, proposal, sato, 412)["type"].endswith("stale")
    proposal = correct(watched, "notify_cancellation", {"arrived_on": "2022-08-02"}, tanaka, 202)
    desk.post(f"{path_of(contract)}/statements/2022-05/issue", {})
    assert approve(desk, proposal, sato, 412)["type"].endswith("stale")
    assert desk.show(contract)["cancellation"]["effective_on"] == "2022-08-31"


def test_a_waiting_proposal_lapses_when_the_contract_is_corrected(
    watched: Book, tanaka: Headers, sato: Headers
) -> None:
    desk, contract = watched
    option = desk.apply_for_option(contract)
    revoked = desk.post(f"{path_of(contract)}/revoke_cancellation", {"reason": "agreed"}, 202, headers=tanaka)
    fees = {"billing_starts_on": "2022-08-20", "initial_fee_yen": 30_000, "monthly_fee_yen": 5_000}
    accepted = desk.post(f"{path_of(option)}/accept", fees, 202, headers=tanaka)
    other = desk.post(
        f"{path_of(desk.apply(requested_billing_start_on='2022-09-01'))}/accept", {}, 202, headers=tanaka
    )
    assert correct(watched, "apply", {"received_on": "2022-04-19"}, tanaka, dry_run=True)["changes"][
        "proposals"
    ] == [revoked["id"], accepted["id"]]
    assert len(waiting(watched)) == 3, "a dry run lets nothing lapse"
    correct(watched, "apply", {"received_on": "2022-04-19"}, tanaka)
    assert waiting(watched) == [other["id"]]
    for proposal in (revoked, accepted):
        gone = desk.get(f"/v1/approvals/{proposal['id']}")
        assert (gone["state"], gone["decided_by"]) == ("lapsed", "tanaka")
        assert gone["lapsed_by"] == row(desk, contract, "correct_entry")["id"]
        assert "was changed after" in gone["reason"] and "失効しました" in gone["reason_ja"]
        assert approve(desk, proposal, sato, 409)["type"].endswith("lapsed")
    assert {one["id"] for one in desk.get("/v1/approvals", state="lapsed")["items"]} == {
        revoked["id"], accepted["id"],
    }  # fmt: skip


def test_of_two_corrections_that_wait_the_one_approved_lets_the_other_lapse(
    watched: Book, tanaka: Headers, sato: Headers
) -> None:
    desk, _ = watched
    first, second = (
        correct(watched, "notify_cancellation", {"arrived_on": day}, tanaka, 202)
        for day in ("2022-08-02", "2022-08-03")
    )
    assert len(waiting(watched)) == 2, "a proposal lets nothing lapse"
    assert approve(desk, second, sato)["contract"]["changes"]["proposals"] == [first["id"]]
    assert desk.get(f"/v1/approvals/{first['id']}")["decided_by"] == "sato"


def test_without_the_setting_one_person_can_correct_everything(watched: Book, tanaka: Headers) -> None:
    watched[0].context.four_eyes = False
    correct(watched, "notify_cancellation", {"arrived_on": "2022-07-01"}, tanaka)


def test_ends_entered_together_count_as_ends(watched: Book, tanaka: Headers) -> None:
    desk, _ = watched
    desk.context.four_eyes, desk.context.ends_per_hour = False, 1
    try:
        together(watched, "notify_cancellation", {"arrived_on": "2022-08-05"}, tanaka, 200)
        proposal = together(watched, "notify_cancellation", {"arrived_on": "2022-08-06"}, tanaka, 202)
        assert proposal["operation"] == "contracts-enter_together"
    finally:
        desk.context.ends_per_hour = 0


def test_corrections_upon_which_something_ends_count_as_ends(
    watched: Book, tanaka: Headers, sato: Headers
) -> None:
    desk, contract = watched
    desk.context.four_eyes = False
    other = desk.accepted(requested_billing_start_on="2022-08-10")
    desk.move_to("2022-08-20")
    desk.context.ends_per_hour = 1
    try:
        correct(watched, "notify_cancellation", {"arrived_on": "2022-08-02"}, tanaka)  # ends nothing yet
        correct(watched, "notify_cancellation", {"arrived_on": "2022-07-01"}, tanaka)
        assert desk.show(contract)["state"] == "terminated"
        correct(watched, "notify_cancellation", {"arrived_on": "2022-08-02"}, tanaka)  # it lives on
        ending: Json = {"event": "notify_cancellation", "facts": {"arrived_on": "2022-07-02"}}
        assert correct(watched, **ending, who=tanaka, dry_run=True)["state"] == "terminated"
        proposal = correct(watched, **ending, who=tanaka, status=202)
        assert desk.show(contract)["state"] == "cancel_notified"
        end = {"ends_on": "2022-08-31", "ground": "Art. 9", "reason": "unpaid"}
        desk.post(f"{path_of(other)}/end_by_company", end, 202, headers=tanaka)
        assert approve(desk, proposal, sato)["contract"]["terminated_on"] == "2022-08-01"
        desk.move_to("2022-08-20T10:00:00+09:00")
        correct(watched, "notify_cancellation", {"arrived_on": "2022-07-03"}, tanaka)
    finally:
        desk.context.ends_per_hour = 0
