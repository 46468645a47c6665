"""Corrections of outages under four eyes: a change of issued amounts needs a second person (R35)."""

from collections.abc import Iterator

import pytest

from lifecycle.queries.approvals import waiting_approvals
from lifecycle.records.engine import reading
from tests.api.desk import Desk, Json, OpenDesk, path_of
from tests.api.parts import claim, credits_of, outage
from tests.api.test_four_eyes import approve
from tests.api.test_roles import Headers
from tests.right.test_corrections import WHY

THREE_DAYS = {"known_at": "2022-06-01T00:00:00+09:00", "recovered_at": "2022-06-04T00:00:00+09:00"}
SHORTER: Json = {"facts": {"known_at": "2022-06-02T00:00:00+09:00"}, "reason": WHY}
Book = tuple[Desk, Json, Json]


@pytest.fixture
def watched(open_desk: OpenDesk) -> Iterator[Book]:
    """A contract with a credit of June, which is credited and not issued yet. It is 10 July."""
    desk = open_desk("2022-04-20T09:00:00+09:00")
    contract = desk.accepted(requested_billing_start_on="2022-05-01", item="basic")
    desk.move_to("2022-06-10")
    hit = outage(desk, "all", **THREE_DAYS)
    claim(desk, contract, hit, claimed_on="2022-06-10")
    desk.move_to("2022-07-10")
    desk.context.four_eyes = True
    yield desk, contract, hit
    desk.context.four_eyes = False


def units(book: Book) -> int:
    (credit,) = credits_of(book[0], book[1])
    return int(credit["units"])


def issued(book: Book, month: str = "2022-06") -> None:
    book[0].post(f"{path_of(book[1])}/statements/{month}/issue")


def test_money_that_was_sent_waits_and_other_money_does_not(watched: Book, tanaka: Headers, sato: Headers) -> None:
    desk, _, hit = watched
    desk.post(f"{path_of(hit)}/corrections", SHORTER, headers=tanaka)
    assert units(watched) == 2
    issued(watched)
    back: Json = {"facts": {"known_at": THREE_DAYS["known_at"]}, "reason": WHY}
    rehearsed = desk.post(f"{path_of(hit)}/corrections", back, headers=tanaka, dry_run=True)
    proposal = desk.post(f"{path_of(hit)}/corrections", back, 202, headers=tanaka)
    assert (proposal["operation"], proposal["subject"], units(watched)) == ("outages-correct_outage", hit["id"], 2)
    with reading(desk.engine) as conn:
        assert [(one.id, one.reference) for one in waiting_approvals(conn, 9)] == [(proposal["id"], hit["id"])]
    assert approve(desk, proposal, tanaka, 403)["type"].endswith("second-person")
    assert approve(desk, proposal, sato)["outage"] == rehearsed
    assert units(watched) == 3


def test_an_annulment_waits_too_and_names_both(watched: Book, tanaka: Headers, sato: Headers) -> None:
    desk, _, hit = watched
    issued(watched)
    proposal = desk.post(f"{path_of(hit)}/annulments", {"reason": WHY}, 202, headers=tanaka)
    assert approve(desk, proposal, sato)["outage"]["state"] == "annulled"
    rows = [row for row in desk.feed() if row["event"] in ("annul", "annul_entry")]
    assert [(row["actor"], row["approver"]) for row in rows] == [("tanaka", "sato")] * 2


def test_an_approval_holds_only_for_what_was_weighed(watched: Book, tanaka: Headers, sato: Headers) -> None:
    desk, contract, hit = watched
    issued(watched)
    proposal = desk.post(f"{path_of(hit)}/corrections", SHORTER, 202, headers=tanaka)
    desk.context.four_eyes = False
    desk.do(contract, "end_by_agreement", agreed_on="2022-07-10", ends_on="2022-06-02", reason=WHY)
    assert approve(desk, proposal, sato, 412)["type"].endswith("stale")
    assert desk.get(f"/v1/approvals/{proposal['id']}")["state"] == "proposed"


CHANGED = {
    "attributed": ("attribute", {"attributable": True}),
    "corrected": ("corrections", {"facts": {"recovered_at": "2022-06-03T12:00:00+09:00"}, "reason": WHY}),
    "annulled": ("annulments", {"reason": WHY}),
}


@pytest.mark.parametrize("what", CHANGED)
def test_a_proposal_lapses_visibly_when_the_outage_is_changed(
    what: str, watched: Book, tanaka: Headers, sato: Headers
) -> None:
    desk, _, hit = watched
    issued(watched)
    event, body = CHANGED[what]
    proposal = desk.post(f"{path_of(hit)}/corrections", SHORTER, 202, headers=tanaka)
    desk.context.four_eyes = False
    rehearsed = desk.post(f"{path_of(hit)}/{event}", body, dry_run=True)
    assert desk.get(f"/v1/approvals/{proposal['id']}")["state"] == "proposed"
    done = desk.post(f"{path_of(hit)}/{event}", body)
    assert done["changes"]["proposals"] == rehearsed["changes"]["proposals"] == [proposal["id"]]
    lapsed = desk.get(f"/v1/approvals/{proposal['id']}")
    assert (lapsed["state"], lapsed["lapsed_by"]) == ("lapsed", f"{hit['id']}.{done['version']}")
    assert approve(desk, proposal, sato, 409)["type"].endswith("lapsed")


def test_the_approved_correction_of_an_outage_makes_the_other_proposals_lapse(
    watched: Book, tanaka: Headers, sato: Headers
) -> None:
    desk, _, hit = watched
    issued(watched)
    first = desk.post(f"{path_of(hit)}/corrections", SHORTER, 202, headers=tanaka)
    second = desk.post(f"{path_of(hit)}/annulments", {"reason": WHY}, 202, headers=tanaka)
    assert approve(desk, first, sato)["outage"]["changes"]["proposals"] == [second["id"]]
    assert desk.get(f"/v1/approvals/{second['id']}")["state"] == "lapsed"
    assert units(watched) == 2
