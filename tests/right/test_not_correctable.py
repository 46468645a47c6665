"""Rows that cannot be corrected, and the alternative in the answer: contracts, parts and credits (R35, R36)."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.desk import Desk, Json, opened, path_of
from tests.api.parts import claim, measured, outage
from tests.lending import Lending
from tests.right.test_corrections import WHY, annul, correct, row

CLOCK = "The clock recorded this row: correct the entry that caused it."
GONE = "The entry was annulled: enter it again."
REWRITE = "A correction is not corrected itself: correct the entry once more."
OUTAGE = "The row followed from an outage: correct the outage."


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def book(request: pytest.FixtureRequest, document: Json) -> Iterator[tuple[Desk, Json, dict[str, str]]]:
    """A contract with every kind of row; the rows' ids by what they are. It is 10 August. No test changes it."""
    lending: Lending = request.getfixturevalue(f"{request.param}_lending")
    with lending.lent() as lent, opened(lent.engine, document, "2022-04-20T09:00:00+09:00") as desk:
        yield desk, *of_every_kind(desk)


def of_every_kind(desk: Desk) -> tuple[Json, dict[str, str]]:
    """Makes the contract of `book`."""
    contract = desk.accepted(requested_billing_start_on="2022-05-01")
    option = desk.accept(desk.apply_for_option(contract))
    desk.move_to("2022-06-10")
    hit = outage(desk, [contract], "2022-06-01T00:00:00+09:00", recovered_at="2022-06-04T00:00:00+09:00")
    claim(desk, contract, hit, claimed_on="2022-06-10")
    measure = measured(desk, contract, ends_at="2022-06-20T00:00:00+09:00")
    desk.do(contract, "report_misuse", found_at="2022-06-09T00:00:00+09:00", instruction="change the keys")
    desk.do(contract, "notify_cancellation", arrived_on="2022-06-10")
    desk.move_to("2022-08-10")
    notice = row(desk, contract, "notify_cancellation")["id"]
    correct(desk, contract, notice, {"arrived_on": "2022-06-12"})
    annul(desk, contract, [row(desk, contract, "report_misuse")["id"]])
    other = desk.accepted(requested_billing_start_on="2022-09-01")
    of_credit = {one["event"]: one["id"] for one in desk.feed() if one["id"].startswith("k_")}
    ended = {one["event"]: one["id"] for one in desk.feed() if one["subject_id"] in (option["id"], measure["id"])}
    ids = {
        "a correction": row(desk, contract, "correct_entry")["id"],
        "an annulment": row(desk, contract, "annul_entry")["id"],
        "a row that a correction brought to another chain": ended["restate"],
        "an annulled row": row(desk, contract, "report_misuse")["id"],
        "an end by the clock": row(desk, contract, "terminate")["id"],
        "an option's start by the clock": ended["start_billing"],
        "a measure's end by the clock": ended["end"],
        "a credit by the clock": of_credit["credit"],
        "an outage's recovery": of_credit["recover"],
        "a credit's opening": of_credit["open"],
        "an outage's own row": f"{hit['id']}.1",
        "another contract's row": row(desk, other, "accept")["id"],
        "no row at all": f"{contract['id']}.99",
        "nothing of the kind": "x",
    }  # fmt: skip
    return contract, ids


REFUSED: dict[str, tuple[int, str]] = {
    "a correction": (409, REWRITE),
    "an annulment": (409, REWRITE),
    "a row that a correction brought to another chain": (409, REWRITE),
    "an annulled row": (409, GONE),
    "an end by the clock": (409, CLOCK),
    "an option's start by the clock": (409, CLOCK),
    "a measure's end by the clock": (409, CLOCK),
    "a credit by the clock": (409, CLOCK),
    "an outage's recovery": (409, OUTAGE),
    "a credit's opening": (409, OUTAGE),
    "an outage's own row": (404, "There is no such entry."),
    "another contract's row": (404, "There is no such entry."),
    "no row at all": (404, "There is no such entry."),
    "nothing of the kind": (404, "There is no such entry."),
}


def test_an_uncorrectable_row_is_refused_with_the_alternative(
    book: tuple[Desk, Json, dict[str, str]],
) -> None:
    desk, contract, ids = book
    before = desk.counts()
    for what, (status, said) in REFUSED.items():
        refused = correct(desk, contract, ids[what], {"arrived_on": "2022-06-11"}, status)
        assert refused["detail"] == said, what
        assert annul(desk, contract, [ids[what]], status)["detail"] == said, what
    assert desk.counts() == before


def test_an_annulment_with_an_invalid_entry_annuls_nothing(book: tuple[Desk, Json, dict[str, str]]) -> None:
    desk, contract, ids = book
    notice = row(desk, contract, "notify_cancellation")["id"]
    annul(desk, contract, [notice, ids["another contract's row"]], 404)
    assert row(desk, contract, "notify_cancellation")["stands"]


FOREIGN: dict[str, tuple[str, Json, list[str]]] = {
    "of another event": ("accept", {"arrived_on": "2022-06-11"}, ["/facts/arrived_on"]),
    "of no event": ("accept", {"colour": "red"}, ["/facts/colour"]),
    "of the taking over": ("apply", {"taken_over": True}, ["/facts/taken_over"]),
    "that the service derives": ("accept", {"effective_on": "2022-07-01"}, ["/facts/effective_on"]),
    "of who entered it": ("accept", {"actor": "x", "reason": "y"}, ["/facts/actor", "/facts/reason"]),
    "of the reports": ("notify_cancellation", {"keyed_on": "2022-06-11"}, ["/facts/keyed_on"]),
    "of people": ("accept", {"customer": {"name": "x"}}, ["/facts/customer"]),
    "inside another": ("apply", {"declarations": {"laws_accepted": True, "received_on": "2022-04-19"}},
                       ["/facts/declarations/received_on"]),
    "that is no object": ("apply", {"declarations": True, "received_on": "2022-04-19"}, ["/facts/declarations"]),
}  # fmt: skip


@pytest.mark.parametrize("what", FOREIGN)
def test_a_fact_that_the_event_does_not_have_is_marked(book: tuple[Desk, Json, dict[str, str]], what: str) -> None:
    desk, contract, _ = book
    event, facts, pointers = FOREIGN[what]
    found = correct(desk, contract, row(desk, contract, event)["id"], facts, 422)
    assert [error["pointer"] for error in found["errors"]] == pointers


BODIES: dict[str, tuple[Any, str]] = {
    "no entry": ({"facts": {"arrived_on": "2022-06-11"}, "reason": WHY}, "/entry"),
    "no facts": ({"entry": "x", "reason": WHY}, "/facts"),
    "facts that are empty": ({"entry": "x", "facts": {}, "reason": WHY}, "/facts"),
    "facts that are a list": ({"entry": "x", "facts": [], "reason": WHY}, "/facts"),
    "no reason": ({"entry": "x", "facts": {"arrived_on": "2022-06-11"}}, "/reason"),
    "an empty reason": ({"entry": "x", "facts": {"arrived_on": "2022-06-11"}, "reason": " "}, "/reason"),
    "a field too many": ({"entry": "x", "facts": {"a": 1}, "reason": WHY, "x": 1}, "/x"),
}


@pytest.mark.parametrize("what", BODIES)
def test_a_correction_out_of_form_is_marked(desk: Desk, what: str) -> None:
    body, pointer = BODIES[what]
    found = desk.post(f"{path_of(desk.apply())}/corrections", body, 422)
    assert [error["pointer"] for error in found["errors"]] == [pointer]


RECORDED: dict[str, tuple[str, Json]] = {
    "a day, as corrected": ("notify_cancellation", {"arrived_on": "2022-06-12"}),
    "a fact that is not there": ("notify_cancellation", {"chosen_on": None}),
    "a name": ("apply", {"customer": {"name": "株式会社サンプル配信"}}),
    "a reference": ("apply", {"reference": "K-1"}),
    "the declarations": ("apply", {"declarations": {"laws_accepted": True}}),
}


@pytest.mark.parametrize("what", RECORDED)
def test_a_correction_that_changes_nothing_is_refused(book: tuple[Desk, Json, dict[str, str]], what: str) -> None:
    desk, contract, _ = book
    before = desk.counts()
    event, facts = RECORDED[what]
    found = correct(desk, contract, row(desk, contract, event)["id"], facts, 422)
    said = "says what is recorded already: there is nothing to correct"
    assert found["errors"] == [{"pointer": "/facts", "detail": said}]
    assert desk.counts() == before


def test_a_correction_of_an_outage_that_changes_nothing_is_refused(desk: Desk) -> None:
    hit = outage(desk, "all", "2022-04-10T08:00:00+09:00")
    body = {"facts": {"known_at": "2022-04-10T08:00:00+09:00", "contracts": "all"}, "reason": WHY}
    found = desk.post(f"{path_of(hit)}/corrections", body, 422)
    assert found["errors"][0]["pointer"] == "/facts"
