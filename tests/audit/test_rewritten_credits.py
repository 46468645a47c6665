"""Credits that continue after a refusal or a credit, and all other corrections, verify (R25, R26, R35)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from lifecycle.audit.export_file import export_to_file
from lifecycle.audit.standalone import legal_steps
from lifecycle.audit.verifier.verify import GOOD, TAMPERED, verify
from tests.api.conftest import document, open_desk
from tests.api.desk import Desk, Json, OpenDesk, path_of
from tests.api.parts import claim, credits_of, outage
from tests.audit.rewritten import export_of
from tests.right.test_corrections import WHY, annul, correct, row

__all__ = ["document", "open_desk"]
STEPS = legal_steps()
KNOWN, OVER, SOON = "2022-06-01T00:00:00+09:00", "2022-06-04T00:00:00+09:00", "2022-06-01T09:00:00+09:00"
Verified = Callable[[], None]


@pytest.fixture
def book(open_desk: OpenDesk) -> tuple[Desk, Json]:
    desk = open_desk("2022-04-20T09:00:00+09:00")
    contract = desk.accepted(requested_billing_start_on="2022-05-01", item="basic")
    desk.move_to("2022-06-10")
    return desk, contract


@pytest.fixture
def verified(book: tuple[Desk, Json], tmp_path: Path) -> Verified:
    def check() -> None:
        file = tmp_path / "history.jsonl"
        export_to_file(book[0].engine, file)
        verdict = verify(file, [], None, STEPS)  # type: ignore[arg-type]  # nothing is signed here
        assert verdict.code == GOOD, verdict.says

    return check


def correct_outage(desk: Desk, hit: Json, **facts: Any) -> None:
    desk.post(f"{path_of(hit)}/corrections", {"facts": facts, "reason": WHY})


def state(desk: Desk, contract: Json) -> str:
    (credit,) = credits_of(desk, contract)
    return str(credit["state"])


def test_a_credit_continues_from_every_state_and_verifies(book: tuple[Desk, Json], verified: Verified) -> None:
    desk, contract = book
    hit = outage(desk, [contract], KNOWN, recovered_at=OVER, attributable=False)
    assert state(desk, contract) == "refused"
    correct_outage(desk, hit, attributable=True)
    assert state(desk, contract) == "claimable"
    verified()
    claim(desk, contract, hit, claimed_on="2022-06-10")
    desk.move_to("2022-07-02")
    assert state(desk, contract) == "credited"
    verified()
    correct_outage(desk, hit, recovered_at=SOON)
    assert state(desk, contract) == "refused"
    verified()
    correct_outage(desk, hit, recovered_at=OVER)
    assert state(desk, contract) == "credited"
    verified()
    correct_outage(desk, hit, known_at="2022-06-02T00:00:00+09:00")
    assert (state(desk, contract), credits_of(desk, contract)[0]["units"]) == ("credited", 2)
    verified()
    desk.post(f"{path_of(hit)}/annulments", {"reason": WHY})
    assert state(desk, contract) == "refused"
    verified()


def test_a_lapsed_credit_with_a_claim_found_and_taken_out_again_verifies(
    book: tuple[Desk, Json], verified: Verified
) -> None:
    desk, contract = book
    hit = outage(desk, [contract], KNOWN, recovered_at=OVER)
    desk.move_to("2022-10-01")
    assert state(desk, contract) == "lapsed"
    claim(desk, contract, hit, claimed_on="2022-06-20", reason=WHY)
    assert state(desk, contract) == "credited"
    verified()
    entry = next(one["id"] for one in desk.feed() if one["event"] == "claim")
    correct(desk, contract, entry, {"claimed_on": "2022-06-21"})
    assert state(desk, contract) == "credited"
    verified()
    annul(desk, contract, [entry])
    assert state(desk, contract) == "lapsed"
    verified()


def test_corrections_of_people_of_corrections_and_of_ends_verify(
    book: tuple[Desk, Json], verified: Verified
) -> None:
    desk, contract = book
    correct(desk, contract, row(desk, contract, "apply")["id"], {"customer": {"name": "真"}})
    desk.do(contract, "change_administrator", administrator={"name": "佐籐"})
    correct(desk, contract, row(desk, contract, "change_administrator")["id"], {"administrator": {"name": "佐藤"}})
    verified()
    desk.do(contract, "notify_cancellation", arrived_on="2022-06-01", reason=WHY)
    desk.move_to("2022-07-10")
    notice = row(desk, contract, "notify_cancellation")["id"]
    for day in ("2022-06-20", "2022-05-20", "2022-07-01"):
        correct(desk, contract, notice, {"arrived_on": day})
        verified()
    annul(desk, contract, [notice, row(desk, contract, "change_administrator")["id"]])
    assert desk.show(contract)["state"] == "billing"
    verified()


def test_a_supersession_left_out_in_what_the_service_wrote_is_found(
    book: tuple[Desk, Json], tmp_path: Path
) -> None:
    """For each superseded row, of credits too: a forged export restores it."""
    desk, contract = book
    hit = outage(desk, [contract], KNOWN, recovered_at=OVER)
    claim(desk, contract, hit, claimed_on="2022-06-10")
    desk.move_to("2022-07-02")
    correct_outage(desk, hit, recovered_at=SOON)
    file = tmp_path / "history.jsonl"
    export_to_file(desk.engine, file)
    lines = map(orjson.loads, file.read_bytes().splitlines())
    rows = [line["row"] for line in lines if "row" in line]
    taking = [one for one in rows if one.get("line", {}).get("supersedes")]
    assert taking
    for one in taking:
        kept = one["line"]["supersedes"]
        for left_out in kept:
            one["line"]["supersedes"] = [seq for seq in kept if seq != left_out]
            file.write_bytes(b"".join(export_of(rows)))
            verdict = verify(file, [], None, STEPS)  # type: ignore[arg-type]
            assert verdict.code == TAMPERED, (one["subject"], one["event"], left_out)
        one["line"]["supersedes"] = kept
