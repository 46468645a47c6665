"""The company's forms: a request in another form is recorded, has no effect and waits for the form (R44)."""

from tests.api.desk import Desk, OpenDesk, path_of


def test_a_request_that_is_not_in_the_form_ends_nothing_and_the_form_counts_from_its_own_arrival(
    open_desk: OpenDesk,
) -> None:
    desk = open_desk("2022-04-20T09:00:00+09:00")
    contract = desk.accepted(requested_billing_start_on="2022-05-01")
    desk.move_to("2022-06-10")
    called = desk.do(contract, "notify_cancellation", arrived_on="2022-06-01", in_form=False, channel="phone")
    assert (called["state"], called["cancellation"]) == ("billing", None)
    assert [(one["arrived_on"], one["channel"]) for one in called["informal_notices"]] == [("2022-06-01", "phone")]
    row = desk.history(contract)[-1]
    assert (row["event"], row["facts"]["channel"]) == ("receive_informal_notice", "phone")
    assert [(ruling["rule"], ruling["article"]) for ruling in row["rulings"]] == [("notice_not_in_form", "Art. 6")]
    form = {"kind": "解約申込書", "number": "C-104"}
    ended = desk.do(contract, "notify_cancellation", arrived_on="2022-06-10", form=form, channel="post")
    assert ended["cancellation"]["effective_on"] == "2022-07-10"
    assert ended["informal_notices"] == []
    assert desk.history(contract)[-1]["facts"]["form"] == form


def test_an_informal_notice_of_an_option_is_recorded_by_its_own_route(open_desk: OpenDesk) -> None:
    desk = open_desk("2022-04-20T09:00:00+09:00")
    option = desk.accept(desk.apply_for_option(desk.accepted(requested_billing_start_on="2022-05-01")))
    asked = desk.do(option, "receive_informal_notice", channel="email", chosen_on="2022-06-30")
    assert (asked["state"], len(asked["informal_notices"])) == ("accepted", 1)
    assert desk.history(option)[-1]["rulings"][0]["article"] == "Art. 5(5)"


def test_a_request_found_late_or_annulled_waits_for_nothing(open_desk: OpenDesk) -> None:
    desk = open_desk("2022-04-20T09:00:00+09:00")
    contract = desk.accepted(requested_billing_start_on="2022-05-01")
    desk.move_to("2022-06-20")
    desk.do(contract, "notify_cancellation", arrived_on="2022-06-10")
    late = desk.do(contract, "receive_informal_notice", arrived_on="2022-06-01", reason="a note was found")
    assert late["informal_notices"] == []  # the form came after it
    again = desk.do(contract, "receive_informal_notice", arrived_on="2022-06-15")
    (waiting,) = again["informal_notices"]
    body = {"entries": [waiting["id"]], "ground": "never_happened", "reason": "another customer called"}
    desk.post(f"{path_of(contract)}/annulments", body)
    assert desk.show(contract)["informal_notices"] == []


def test_an_application_waits_for_its_form_and_counts_from_that_day(open_desk: OpenDesk) -> None:
    desk = open_desk("2022-04-22T09:00:00+09:00")
    contract = desk.apply(in_form=False, channel="email", received_on="2022-04-18", terms_shown="2022-05-01")
    assert (contract["in_form"], contract["received_on"]) == (False, "2022-04-18")
    refused = desk.post(f"{path_of(contract)}/accept", {}, 409)
    assert "application_in_form" in [ruling["rule"] for ruling in refused["rulings"]]
    arrived = desk.do(contract, "receive_form", arrived_on="2022-04-21", form={"kind": "申込書"}, channel="post")
    assert (arrived["in_form"], arrived["received_on"]) == (True, "2022-04-21")
    again = desk.post(f"{path_of(contract)}/receive_form", {}, 409)
    assert [ruling["rule"] for ruling in again["rulings"]] == ["form_missing"]
    desk.post(f"{path_of(contract)}/accept", {"accepted_on": "2022-04-20"}, 409)
    accepted = desk.do(contract, "accept", accepted_on="2022-04-21", billing_starts_on="2022-05-01")
    assert accepted["state"] == "accepted"
    first = desk.history(contract)[0]["facts"]
    assert (first["in_form"], first["channel"], first["terms_shown"]) == (False, "email", "2022-05-01")


def test_an_option_of_such_an_application_waits_too(open_desk: OpenDesk) -> None:
    desk = open_desk("2022-04-22T09:00:00+09:00")
    contract = desk.apply(in_form=False, options=[{"kind": "drm", "reference": "OD-9-D"}])
    option = desk.get(f"/v1/options/{contract['options'][0]['id']}")
    assert option["in_form"] is False
    desk.do(contract, "receive_form")
    desk.do(contract, "accept", billing_starts_on="2022-05-01")
    fees = {"billing_starts_on": "2022-05-01", "initial_fee_yen": 1, "monthly_fee_yen": 1}
    refused = desk.post(f"{path_of(option)}/accept", fees, 409)
    assert [(r["rule"], r["article"]) for r in refused["rulings"]] == [("application_in_form", "Art. 5(1)")]
    desk.do(option, "receive_form")
    accepted = desk.do(option, "accept", quote={"number": "Q-17", "on": "2022-04-15"}, **fees)
    assert accepted["state"] == "accepted"
    assert desk.history(option)[-1]["facts"]["quote"] == {"number": "Q-17", "on": "2022-04-15"}


def test_an_instruction_after_misuse_has_a_deadline_until_it_is_followed_up(desk: Desk) -> None:
    contract = desk.accepted()
    found = {
        "found_at": "2022-04-22T09:00:00+09:00",
        "instruction": "Change every key.",
        "comply_by": "2022-04-30",
    }
    (report,) = desk.do(contract, "report_misuse", **found)["misuse_reports"]
    assert report["comply_by"] == "2022-04-30"
    done = desk.do(contract, "follow_up_misuse", report=report["id"], follow_up="Every key was changed.")
    assert done["misuse_reports"][0]["comply_by"] == "2022-04-30"


def test_an_unknown_channel_is_marked(desk: Desk) -> None:
    contract = desk.accepted()
    found = desk.post(f"{path_of(contract)}/notify_cancellation", {"channel": "pigeon", "form": {"kind": ""}}, 422)
    assert [error["pointer"] for error in found["errors"]] == ["/form/kind", "/channel"]
