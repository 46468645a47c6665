"""The verifier accepts notes, attachments and assignments and finds forged ones (R43)."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from lifecycle.audit.verifier.verify import GOOD, TAMPERED
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.entries import entries_of
from lifecycle.machines.facts import Facts, NoFacts
from lifecycle.machines.fold import fold
from lifecycle.machines.rewrite import Head
from lifecycle.machines.stateless_rows import (
    AssignmentFacts,
    AttachmentFacts,
    IssuedFacts,
    MarkedFacts,
    SettledFacts,
    stateless_row,
)
from lifecycle.machines.step import Act
from tests.audit.rewritten import annul, correct, rewrite, rows_of, verdict_on
from tests.audit.tampering import Row
from tests.machines.life import BASE, Life, at, d, running

MAY = IssuedFacts(month="2022-05", total_yen=100_000, sha256="0" * 64)
SETTLED = SettledFacts(
    refund="r_1", month="2022-05", kind="monthly_base_fee", subject=BASE, amount_yen=-1, settled_on=d(7, 14),
    sha256="0" * 64,
)  # fmt: skip
FILE = AttachmentFacts(media_type="image/png", size_bytes=3, sha256="0" * 64, entry="c_1.4")


def beside(life: Life, on: date, event: str, facts: Facts) -> Life:
    """Return the contract with one more row beside its line."""
    dossier, entry = stateless_row(life.dossier, Act(event, BASE, facts, "desk", at(on), at(on)))
    life.dossier = dossier
    life.entries.append(entry)
    return life


def written() -> Life:
    """A contract that a notice typed wrongly ended; notes and a scan before the end, after it and after all."""
    life = running(d(5, 1), d(5, 1)).notify(d(6, 1))
    beside(life, d(6, 2), "attach", FILE)
    beside(life, d(6, 3), "assign", AssignmentFacts(to="tanaka"))
    life.until(d(7, 10))
    beside(life, d(7, 10), "note", NoFacts())
    correct(life, "c_1.4", d(7, 11), {"arrived_on": "2022-07-01"}, at(d(7, 1)))
    beside(life, d(7, 12), "note", NoFacts())
    beside(life, d(7, 13), "issue_statement", MAY)
    return life.until(d(7, 20))


def test_notes_attachments_and_assignments_verify_and_change_no_state(tmp_path: Path) -> None:
    life = written()
    rows = rows_of(life)
    verdict = verdict_on(rows, tmp_path)
    assert verdict.code == GOOD, verdict.says
    told: Dossier | None = fold(entries_of(rows), at(d(7, 20))).dossier
    assert told is not None
    assert (told.contract.state, told.contract.effective_on) == ("cancel_notified", d(7, 31))
    assert (life.dossier.contract.state, life.dossier.contract.assigned_to) == ("cancel_notified", "tanaka")


def test_an_annulled_attachment_verifies_and_moves_nothing(tmp_path: Path) -> None:
    life = written()
    seq = of(rows_of(life), "attach")["seq"]
    facts = {"entries": [f"{BASE}.{seq}"], "ground": "never_happened"}
    head = Head(subject_id=BASE, event="annul_entry", facts=facts, at=at(d(6, 2)), reason="r", takes_out=(seq,))
    before = life.contract
    rewrite(life, head, d(7, 21), list)
    assert (life.contract.state, life.contract.effective_on) == (before.state, before.effective_on)
    assert life.last.line == {"supersedes": [seq]}
    verdict = verdict_on(rows_of(life), tmp_path)
    assert verdict.code == GOOD, verdict.says


def of(rows: list[Row], event: str) -> Row:
    """The last row of an event."""
    return next(row for row in reversed(rows) if row["event"] == event)


FORGERIES: dict[str, tuple[Callable[[Row], None], str]] = {
    "a state": (lambda row: row.update(to_state="billing"), "goes from cancel_notified to billing by note"),
    "a line": (lambda row: row.update(line={"supersedes": []}), "note rewrites no history"),
    "rows taken out": (lambda row: row.update(line={"supersedes": [4]}), "note rewrites no history"),
    "another kind": (lambda row: row.update(kind="option"), "starts from option cancel_notified"),
}


@pytest.mark.parametrize("what", FORGERIES)
def test_a_forged_note_is_found(what: str, tmp_path: Path) -> None:
    forge, why = FORGERIES[what]
    rows = rows_of(written())
    forge(of(rows, "note"))
    verdict = verdict_on(rows, tmp_path)
    assert verdict.code == TAMPERED and why in verdict.says, verdict.says


def test_a_month_issued_twice_is_found(tmp_path: Path) -> None:
    life = beside(written(), d(7, 21), "issue_statement", MAY)
    verdict = verdict_on(rows_of(life), tmp_path)
    assert verdict.code == TAMPERED and "a month is issued once" in verdict.says, verdict.says


@pytest.mark.parametrize("facts", [{}, {"month": "May"}, {"month": "2022-05", "total_yen": "1", "sha256": "0"}])
def test_an_issued_month_without_total_or_hash_is_found(facts: Row, tmp_path: Path) -> None:
    rows = rows_of(written())
    of(rows, "issue_statement")["facts"] = facts
    verdict = verdict_on(rows, tmp_path)
    assert verdict.code == TAMPERED and "which month's statement was sent" in verdict.says, verdict.says


@pytest.mark.parametrize("event", ["settle_refund", "mark_billed_elsewhere"])
def test_a_settlement_and_a_billing_mark_require_all_their_facts(event: str, tmp_path: Path) -> None:
    facts: Facts = SETTLED if event == "settle_refund" else MarkedFacts(until="2022-04", sha256="0" * 64)
    honest = rows_of(beside(written(), d(7, 14), event, facts))
    assert verdict_on(honest, tmp_path).code == GOOD
    for name in of(honest, event)["facts"]:
        rows = rows_of(beside(written(), d(7, 14), event, facts))
        del of(rows, event)["facts"][name]
        verdict = verdict_on(rows, tmp_path)
        assert verdict.code == TAMPERED and "it does not say which" in verdict.says, verdict.says


def test_a_refund_settled_twice_is_found(tmp_path: Path) -> None:
    twice = beside(beside(written(), d(7, 14), "settle_refund", SETTLED), d(7, 15), "settle_refund", SETTLED)
    verdict = verdict_on(rows_of(twice), tmp_path)
    assert verdict.code == TAMPERED and "r_1 was settled before" in verdict.says, verdict.says


def test_an_issued_statement_is_not_taken_out(tmp_path: Path) -> None:
    life = written()
    seq = of(rows_of(life), "issue_statement")["seq"]
    facts = {"entries": [f"{BASE}.{seq}"], "ground": "never_happened"}
    head = Head(subject_id=BASE, event="annul_entry", facts=facts, at=at(d(7, 13)), reason="r", takes_out=(seq,))
    rewrite(life, head, d(7, 21), list)
    verdict = verdict_on(rows_of(life), tmp_path)
    assert verdict.code == TAMPERED and "a row of issue_statement" in verdict.says, verdict.says


def test_a_note_ends_nothing(tmp_path: Path) -> None:
    """A contract that is over must have a row that ended it; a note after the end is none."""
    life = running(d(5, 1), d(5, 1)).notify(d(6, 1)).until(d(7, 10))
    annul(life, "c_1.4", d(7, 11))
    beside(life, d(7, 12), "note", NoFacts())
    rows = rows_of(life)
    head = of(rows, "annul_entry")
    head["to_state"] = "terminated"
    of(rows, "note").update(from_state="terminated", to_state="terminated")
    verdict = verdict_on(rows, tmp_path)
    assert verdict.code == TAMPERED and "no row stands that ended it" in verdict.says, verdict.says
