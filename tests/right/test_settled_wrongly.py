"""A settlement is a history row; one that never happened is annulled and recorded again (R36, R40)."""

import hashlib
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from lifecycle.audit.checks.check import Checker
from lifecycle.audit.export_file import export_to_file
from lifecycle.audit.standalone import legal_steps
from lifecycle.audit.verifier.verify import GOOD, verify
from lifecycle.commands.billed_elsewhere import mark_billed_elsewhere
from lifecycle.commands.command import CommandContext
from lifecycle.queries.issued import sent_to
from lifecycle.records import tables
from lifecycle.records.engine import reading, writing
from lifecycle.terms.calendar import Month
from tests.api.desk import Desk, Json, OpenDesk, path_of
from tests.api.parts import entered
from tests.right.test_corrections import annul, correct, row

HOW = "銀行振込"
Book = tuple[Desk, Json, Json]


@pytest.fixture
def book(open_desk: OpenDesk) -> Book:
    """A contract that ended on 15 June though June was issued, and the refund that was settled. It is 5 July."""
    desk = open_desk("2022-04-20T09:00:00+09:00")
    contract = desk.accepted(requested_billing_start_on="2022-05-01")
    desk.move_to("2022-07-05")
    desk.post(f"{path_of(contract)}/statements/2022-06/issue")
    desk.do(contract, "end_by_agreement", agreed_on="2022-06-15", ends_on="2022-06-15", reason="by letter")
    (refund,) = refunds(desk, contract)
    settle(desk, contract, refund)
    return desk, contract, refund


def refunds(desk: Desk, contract: Json) -> list[Json]:
    found: list[Json] = desk.get(f"{path_of(contract)}/refunds")["items"]
    return found


def settle(desk: Desk, contract: Json, refund: Json, status: int = 200, **query: object) -> Json:
    path, body = f"{path_of(contract)}/refunds/{refund['id']}/settle", {"settled_on": "2022-07-04", "how": HOW}
    return desk.post(path, body, status, **query)


def test_the_history_contains_what_was_settled_but_not_the_text(book: Book) -> None:
    desk, contract, refund = book
    settled = row(desk, contract, "settle_refund")
    assert settled["facts"] == {
        "refund": refund["id"], "month": "2022-06", "kind": "monthly_base_fee", "subject": contract["id"],
        "amount_yen": -100_000, "settled_on": "2022-07-04", "sha256": hashlib.sha256(HOW.encode()).hexdigest(),
    }  # fmt: skip
    assert settled["stands"] and HOW not in str(desk.feed())


def test_a_settlement_that_never_happened_waits_again_and_is_recorded_anew(book: Book) -> None:
    desk, contract, refund = book
    entry = row(desk, contract, "settle_refund")["id"]
    assert correct(desk, contract, entry, {"settled_on": "2022-07-03"}, 409)["detail"] == (
        "A settlement is not corrected: annul it, and record it again."
    )
    before = desk.counts()
    annul(desk, contract, [entry])
    (again,) = refunds(desk, contract)
    assert (again["amount_yen"], again["state"], again["month"]) == (100_000, "open", "2022-06")
    assert again["id"] != refund["id"]
    settle(desk, contract, refund, 404)
    assert settle(desk, contract, again, dry_run=True)["state"] == "settled"
    assert desk.counts()["settled"] == before["settled"]
    settle(desk, contract, again)
    assert [one["state"] for one in refunds(desk, contract)] == ["settled"]
    assert [one["stands"] for one in desk.history(contract) if one["event"] == "settle_refund"] == [False, True]


def test_a_settlement_annulled_and_repeated_verifies_and_agrees_with_its_history(
    book: Book, tmp_path: Path
) -> None:
    desk, contract, _ = book
    annul(desk, contract, [row(desk, contract, "settle_refund")["id"]])
    settle(desk, contract, refunds(desk, contract)[0])
    export_to_file(desk.engine, tmp_path / "history.jsonl")
    verdict = verify(tmp_path / "history.jsonl", [], None, legal_steps())  # type: ignore[arg-type]
    assert verdict.code == GOOD, verdict.says
    assert [finding for part in Checker(desk.engine).parts() for finding in part.findings] == []


def test_as_known_before_the_annulment_it_was_settled(book: Book) -> None:
    desk, contract, refund = book
    noted = datetime.fromisoformat(row(desk, contract, "settle_refund")["recorded_at"])
    desk.move_to("2022-07-06")
    annul(desk, contract, [row(desk, contract, "settle_refund")["id"]])
    with reading(desk.engine) as conn:
        sent = sent_to(conn, [contract["id"]])[contract["id"]]
    assert ([*sent.settled], [one.id for one in sent.annulled]) == ([], [refund["id"]])
    assert [one.id for one in sent.known(noted).settled] == [refund["id"]]


def test_the_mark_of_months_billed_elsewhere_is_a_row_too(desk: Desk) -> None:
    contract = entered(desk, "2022-03-01")
    desk.move_to("2022-07-05")
    with writing(desk.engine) as conn:
        context = CommandContext("desk", datetime.fromisoformat("2022-07-05T09:00:00+09:00"))
        assert mark_billed_elsewhere(conn, [contract["id"]], Month(2022, 3), context) == 1
        assert mark_billed_elsewhere(conn, [contract["id"]], Month(2022, 4), context) == 0
    with reading(desk.engine) as conn:
        (lines,) = conn.execute(select(tables.billed_elsewhere.c.lines)).scalars()
    marked = row(desk, contract, "mark_billed_elsewhere")
    assert marked["facts"] == {"until": "2022-03", "sha256": hashlib.sha256(lines.encode()).hexdigest()}
    assert desk.show(contract)["version"] == contract["version"]
    said = "The mark stands: of a contract that was taken over, correct the billed_until of its application."
    assert annul(desk, contract, [marked["id"]], 409)["detail"] == said
    assert correct(desk, contract, marked["id"], {"until": "2022-04"}, 409)["detail"] == said
