"""The contracts of an outage can be corrected repeatedly; credits and claims follow (R26, R35)."""

from pathlib import Path

import pytest

from lifecycle.audit.export_file import export_to_file
from lifecycle.audit.standalone import legal_steps
from lifecycle.audit.verifier.verify import GOOD, verify
from tests.api.desk import Desk, Json, OpenDesk, path_of
from tests.api.parts import claim, credits_of, outage
from tests.right.test_corrections import WHY

THREE_DAYS = {"known_at": "2022-06-01T00:00:00+09:00", "recovered_at": "2022-06-04T00:00:00+09:00"}
Book = tuple[Desk, Json, Json]


@pytest.fixture
def book(open_desk: OpenDesk) -> Book:
    desk = open_desk("2022-04-20T09:00:00+09:00")
    one, other = (desk.accepted(requested_billing_start_on="2022-05-01", item="basic") for _ in range(2))
    desk.move_to("2022-06-10")
    return desk, one, other


def earned(desk: Desk, contract: Json) -> tuple[str, int, int]:
    (credit,) = credits_of(desk, contract)
    return credit["state"], credit["units"], credit["amount_yen"]


def concern(desk: Desk, hit: Json, *contracts: Json, **more: str) -> Json:
    """Corrects for whom the outage was: all where none is named."""
    facts = {"contracts": [contract["id"] for contract in contracts] or "all", **more}
    return desk.post(f"{path_of(hit)}/corrections", {"facts": facts, "reason": WHY})


def test_a_contract_removed_from_and_restored_to_an_outage_keeps_credit_and_claim(book: Book) -> None:
    desk, one, other = book
    hit = outage(desk, "all", **THREE_DAYS)
    claim(desk, one, hit, claimed_on="2022-06-10")
    for _ in range(2):
        assert concern(desk, hit, other)["concerned"] == 1
        assert (earned(desk, one), earned(desk, other)) == (("refused", 0, 0), ("claimable", 3, 10_000))
        assert concern(desk, hit)["concerned"] == 2
        assert (earned(desk, one), earned(desk, other)) == (("claimed", 3, 10_000), ("claimable", 3, 10_000))


def test_a_contract_restored_after_a_move_of_the_outage_counts_the_new_times(book: Book) -> None:
    desk, one, other = book
    hit = outage(desk, "all", **THREE_DAYS)
    moved = {"known_at": "2022-06-02T00:00:00+09:00", "recovered_at": "2022-06-04T12:00:00+09:00"}
    concern(desk, hit, other, **moved)
    assert earned(desk, one) == ("refused", 0, 0)
    concern(desk, hit)
    assert earned(desk, one) == earned(desk, other) == ("claimable", 2, 6_666)


def test_a_contract_removed_from_an_outage_has_no_claim_and_no_covered_hours(book: Book) -> None:
    desk, one, other = book
    hit = outage(desk, "all", **THREE_DAYS)
    concern(desk, hit, other)
    assert claim(desk, one, hit, 409, claimed_on="2022-06-10")["state"] == "refused"
    outage(desk, [one], "2022-06-02T00:00:00+09:00", recovered_at="2022-06-05T00:00:00+09:00")
    assert [credit["units"] for credit in credits_of(desk, one)] == [0, 3]
    concern(desk, hit)
    assert [credit["units"] for credit in credits_of(desk, one)] == [3, 1]


def test_contracts_removed_from_and_restored_to_an_outage_verify(book: Book, tmp_path: Path) -> None:
    desk, one, other = book
    hit = outage(desk, "all", **THREE_DAYS)
    claim(desk, one, hit, claimed_on="2022-06-10")
    desk.move_to("2022-07-02")
    assert earned(desk, one)[0] == "credited"
    for contracts in ([other], [one], []):
        concern(desk, hit, *contracts)
    desk.post(f"{path_of(hit)}/annulments", {"reason": WHY})
    export_to_file(desk.engine, tmp_path / "history.jsonl")
    verdict = verify(tmp_path / "history.jsonl", [], None, legal_steps())  # type: ignore[arg-type]
    assert verdict.code == GOOD, verdict.says
