"""Of two ends that the company declares on one day the earlier counts, for the judge too (R12)."""

from pathlib import Path

from lifecycle.audit.export_file import export_to_file
from lifecycle.audit.judge import Judge
from lifecycle.audit.standalone import legal_steps
from lifecycle.audit.verifier.verify import GOOD, verify
from tests.api.desk import Desk, OpenDesk, path_of

CAUSE = {"ground": "Art. 9", "reason": "Fees unpaid."}


def judged(desk: Desk, tmp_path: Path) -> str:
    export_to_file(desk.engine, tmp_path / "history.jsonl")
    judge = Judge()
    found = verify(tmp_path / "history.jsonl", [], None, legal_steps(), judge)
    assert not judge.left_out
    return found.says if found.code != GOOD else "good"


def test_a_second_end_that_was_entered_late_follows_from_the_terms(open_desk: OpenDesk, tmp_path: Path) -> None:
    desk = open_desk("2022-06-01T09:00:00+09:00")
    contract = desk.accept(desk.apply(), billing_starts_on="2022-06-20")
    desk.move_to("2022-06-03T09:00:00+09:00")
    desk.do(contract, "end_by_company", declared_on="2022-06-03", ends_on="2022-06-12", **CAUSE)
    desk.move_to("2022-06-10T09:00:00+09:00")
    desk.do(contract, "end_by_company", declared_on="2022-06-03", ends_on="2022-06-05", **CAUSE)
    now = desk.get(path_of(contract))
    assert (now["state"], now["terminated_on"]) == ("terminated", "2022-06-05")
    assert judged(desk, tmp_path) == "good"
