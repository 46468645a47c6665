"""Four eyes: one person proposes an acceptance, a revocation or an end by the company; another approves it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from lifecycle.commands.operation import Operation
from lifecycle.commands.operations import OPERATIONS
from tests.api.desk import Desk, Json, path_of, without_changes
from tests.api.test_roles import Headers, bearer

WEIGHTY = {name for name, one in OPERATIONS.items() if isinstance(one, Operation) and one.second_person}
FEES = {"billing_starts_on": "2022-05-01", "initial_fee_yen": 30_000, "monthly_fee_yen": 5_000}


@pytest.fixture
def watched(desk: Desk) -> Iterator[Desk]:
    """A desk where weighty commands need two."""
    desk.context.four_eyes = True
    yield desk
    desk.context.four_eyes = False


@pytest.fixture
def tanaka(watched: Desk) -> Headers:
    return bearer(watched, "operator", "order_desk", name="tanaka")


@pytest.fixture
def sato(watched: Desk) -> Headers:
    return bearer(watched, "operator", name="sato")


def proposed(desk: Desk, subject: Json, event: str, who: Headers, **body: object) -> Json:
    """A command that waits for a second person."""
    return desk.post(f"{path_of(subject)}/{event}", body, 202, headers=who)


def approve(desk: Desk, proposal: Json, who: Headers, status: int = 200, **query: object) -> Json:
    body = {"digest": proposal["digest"]}
    return desk.post(f"/v1/approvals/{proposal['id']}/approve", body, status, headers=who, **query)


def test_an_acceptance_waits_for_a_second_person_and_then_names_both(
    watched: Desk, tanaka: Headers, sato: Headers
) -> None:
    contract = watched.apply()
    before = watched.counts()["history"]
    waiting = proposed(watched, contract, "accept", tanaka, accepted_on="2022-04-22")
    assert (waiting["state"], waiting["proposed_by"], waiting["version"]) == ("proposed", "tanaka", 1)
    assert (watched.show(contract)["state"], watched.counts()["history"]) == ("applied", before)
    assert watched.get("/v1/approvals", state="proposed")["items"] == [waiting]
    rehearsed = approve(watched, waiting, sato, dry_run=True)
    done = approve(watched, waiting, sato)
    assert done["contract"] == rehearsed["contract"]
    assert without_changes(done["contract"]) == watched.show(contract)
    assert (done["contract"]["state"], done["approval"]["decided_by"]) == ("accepted", "sato")
    accepted = watched.history(contract)[-1]
    assert (accepted["event"], accepted["actor"], accepted["approver"]) == ("accept", "tanaka", "sato")
    assert watched.get(f"/v1/approvals/{waiting['id']}")["state"] == "approved"


def test_a_proposal_is_not_approved_by_its_proposer_or_with_another_digest(
    watched: Desk, tanaka: Headers, sato: Headers
) -> None:
    contract = watched.apply()
    waiting = proposed(watched, contract, "accept", tanaka)
    assert approve(watched, waiting, tanaka, 403)["type"].endswith("second-person")
    assert approve(watched, waiting | {"digest": "0" * 64}, sato, 409)["type"].endswith("other-content")
    assert approve(watched, waiting, bearer(watched, "order_desk", name="ito"), 403)["type"].endswith("forbidden")
    assert watched.show(contract)["state"] == "applied"


def test_an_approval_holds_only_for_the_version_it_was_proposed_at(
    watched: Desk, tanaka: Headers, sato: Headers
) -> None:
    contract = watched.apply()
    waiting = proposed(watched, contract, "accept", tanaka)
    watched.do(contract, "change_administrator", administrator={"name": "佐藤花子", "email": "s@example.co.jp"})
    lapsed = watched.get(f"/v1/approvals/{waiting['id']}")
    assert (lapsed["state"], lapsed["lapsed_by"]) == ("lapsed", f"{contract['id']}.2")
    assert approve(watched, waiting, sato, 409)["type"].endswith("lapsed")


@pytest.mark.parametrize(
    ("path", "body"), [("notes", {"text": "The customer called."}), ("assign", {"to": "suzuki"})], ids=str
)
def test_a_proposal_survives_what_is_written_beside_the_contract(
    watched: Desk, tanaka: Headers, sato: Headers, path: str, body: Json
) -> None:
    contract = watched.apply()
    waiting = proposed(watched, contract, "accept", tanaka, accepted_on="2022-04-22")
    watched.post(f"{path_of(contract)}/{path}", body, 201 if path == "notes" else 200)
    assert watched.get(f"/v1/approvals/{waiting['id']}")["state"] == "proposed"
    assert approve(watched, waiting, sato)["contract"]["state"] == "accepted"


def test_a_rehearsal_and_a_refused_command_leave_proposals_as_they_are(
    watched: Desk, tanaka: Headers, sato: Headers
) -> None:
    contract = watched.apply()
    waiting = proposed(watched, contract, "accept", tanaka)
    watched.post(f"{path_of(contract)}/withdraw", {"reason": "by telephone"}, dry_run=True)
    watched.do(contract, "notify_cancellation", 409)
    assert approve(watched, waiting, sato)["contract"]["state"] == "accepted"


def test_an_approval_makes_the_other_proposals_of_its_subject_lapse(
    watched: Desk, tanaka: Headers, sato: Headers
) -> None:
    contract = watched.apply()
    first, second = (proposed(watched, contract, "accept", tanaka) for _ in range(2))
    approve(watched, first, sato)
    assert watched.get(f"/v1/approvals/{second['id']}")["state"] == "lapsed"


def test_an_approval_of_a_contract_changed_by_the_clock_is_answered_412(
    watched: Desk, tanaka: Headers, sato: Headers
) -> None:
    contract = watched.apply(requested_billing_start_on="2022-05-01")
    approve(watched, proposed(watched, contract, "accept", tanaka), sato)
    ends = {"ends_on": "2022-06-30", "ground": "General terms, Art. 25", "reason": "Fees unpaid."}
    waiting = proposed(watched, contract, "end_by_company", tanaka, **ends)
    watched.move_to("2022-05-02")
    assert approve(watched, waiting, sato, 412)["type"].endswith("stale")


def test_an_approval_is_given_once_and_a_repeated_request_gets_the_first_answer(
    watched: Desk, tanaka: Headers, sato: Headers
) -> None:
    waiting = proposed(watched, watched.apply(), "accept", tanaka)
    key = {"Idempotency-Key": "k"}
    first = approve(watched, waiting, sato | key)
    assert approve(watched, waiting, sato | key) == first
    assert approve(watched, waiting, sato, 412)


def test_a_proposal_that_the_terms_refuse_is_refused_at_once(watched: Desk, tanaka: Headers) -> None:
    contract = watched.apply(declarations={"laws_accepted": False, "rights_cleared": True})
    refused = watched.post(f"{path_of(contract)}/accept", {}, 409, headers=tanaka)
    assert refused["rulings"]
    assert watched.get("/v1/approvals")["items"] == []


def test_a_declined_proposal_is_not_carried_out(watched: Desk, tanaka: Headers, sato: Headers) -> None:
    contract = watched.apply()
    waiting = proposed(watched, contract, "accept", tanaka)
    declined = watched.post(
        f"/v1/approvals/{waiting['id']}/decline", {"reason": "The works are not cleared."}, headers=sato
    )
    assert (declined["state"], declined["decided_by"]) == ("declined", "sato")
    assert approve(watched, waiting, sato, 409)["type"].endswith("already-decided")
    assert watched.show(contract)["state"] == "applied"


def test_every_weighty_command_is_proposed_and_no_other(watched: Desk, tanaka: Headers, sato: Headers) -> None:
    contract = watched.apply()
    done = [approve(watched, proposed(watched, contract, "accept", tanaka), sato)]
    option = watched.apply_for_option(contract)
    done += [approve(watched, proposed(watched, option, "accept", tanaka, **FEES), sato)]
    for subject in (option, contract):
        watched.do(subject, "notify_cancellation")
        waiting = proposed(watched, subject, "revoke_cancellation", tanaka, reason="agreed")
        done.append(approve(watched, waiting, sato))
    fees = (("accept", {"effective_on": "2022-07-01"}), ("set_fee", {"fee_yen": 20_000}))
    other = watched.apply()
    done.append(approve(watched, proposed(watched, other, "accept", tanaka), sato))
    change = watched.post(f"{path_of(other)}/item_changes", {"item": "basic", "reference": "I"}, 201)
    done += [approve(watched, proposed(watched, change, event, tanaka, **facts), sato) for event, facts in fees]
    ends = {"ends_on": "2022-06-30", "ground": "General terms, Art. 25", "reason": "Fees unpaid."}
    done.append(approve(watched, proposed(watched, contract, "end_by_company", tanaka, **ends), sato))
    agreed = {"agreed_on": "2022-04-22", "ends_on": "2022-06-30", "reason": "Agreed in writing."}
    done.append(approve(watched, proposed(watched, other, "end_by_agreement", tanaka, **agreed), sato))
    late = watched.post("/v1/terms/resettle", {"reason": "the file came late"}, 202, headers=tanaka)
    assert approve(watched, late, sato)["resettlement"]["items"] == []
    assert {answer["approval"]["operation"] for answer in done} == WEIGHTY - {late["operation"]}
    assert [answer["contract"] is None for answer in done] == [
        False,
        True,
        True,
        False,
        False,
        True,
        True,
        False,
        False,
    ]


def test_without_the_four_eyes_setting_no_command_waits_for_approval(desk: Desk) -> None:
    assert replace(desk.context).four_eyes is False
    assert desk.accepted()["state"] == "accepted"
