"""Late entries, agreements and annulments of the desk verify and follow from the terms."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lifecycle.audit.export_file import export_to_file
from lifecycle.audit.judge import Judge
from lifecycle.audit.standalone import legal_steps
from lifecycle.audit.verifier.verify import GOOD, verify
from tests.api.desk import Desk, path_of
from tests.api.parts import use
from tests.right.test_corrections import annul, row


def an_option_received_before_its_contract(desk: Desk) -> None:
    contract = desk.apply(received_on="2022-04-20")
    desk.apply_for_option(contract, received_on="2022-04-10")
    desk.accept(contract)


def a_change_received_before_its_contract(desk: Desk) -> None:
    contract = desk.accepted(received_on="2022-04-20")
    desk.post(
        f"{path_of(contract)}/item_changes",
        {"item": "basic", "reference": "I-1", "received_on": "2022-04-10"},
        201,
    )


def an_agreed_end_within_the_minimum_term(desk: Desk) -> None:
    contract = desk.accepted(requested_billing_start_on="2022-04-22")
    desk.move_to("2022-05-20")
    desk.do(contract, "end_by_agreement", agreed_on="2022-05-05", ends_on="2022-05-10", reason="by letter")


def an_older_agreement_found_later(desk: Desk) -> None:
    contract = desk.accepted(requested_billing_start_on="2022-04-22")
    desk.move_to("2022-06-20")
    desk.do(contract, "end_by_agreement", agreed_on="2022-06-15", ends_on="2022-06-05", reason="by letter")
    later = desk.do(contract, "end_by_agreement", agreed_on="2022-06-04", ends_on="2022-06-30", reason="found")
    assert later["terminated_on"] == "2022-06-05", "the newest agreement decides"


def an_option_that_was_never_applied_for(desk: Desk) -> None:
    contract = desk.accepted()
    option = desk.apply_for_option(contract)
    desk.move_to("2022-04-25")
    annul(desk, contract, [row(desk, option, "apply")["id"]])


def usage_that_never_was(desk: Desk) -> None:
    contract = desk.accepted()
    desk.move_to("2022-05-03")
    use(desk, contract, "2022-05", live_hours="3")
    annul(desk, contract, [desk.get(f"{path_of(contract)}/usage/2022-05/history")["items"][0]["id"]])


def a_statement_that_was_issued(desk: Desk) -> None:
    contract = desk.accepted(requested_billing_start_on="2022-04-22")
    desk.move_to("2022-05-20")
    desk.post(f"{path_of(contract)}/statements/2022-04/issue")
    desk.do(contract, "notify_cancellation", arrived_on="2022-05-20")


ACTS = (
    an_option_received_before_its_contract, a_change_received_before_its_contract,
    an_agreed_end_within_the_minimum_term, an_older_agreement_found_later, an_option_that_was_never_applied_for,
    usage_that_never_was, a_statement_that_was_issued,
)  # fmt: skip


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_each_late_event_verifies_and_follows_from_the_terms(
    desk: Desk, tmp_path: Path, act: Callable[[Desk], None]
) -> None:
    act(desk)
    export_to_file(desk.engine, tmp_path / "history.jsonl")
    judge = Judge()
    verdict = verify(tmp_path / "history.jsonl", [], None, legal_steps(), judge)  # type: ignore[arg-type]
    assert verdict.code == GOOD, verdict.says
    assert judge.judged and not judge.left_out
