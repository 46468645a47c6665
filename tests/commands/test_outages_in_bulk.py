"""An outage of many contracts leaves the rows of single writes; its past on both time axes."""

from typing import Any

from lifecycle.commands import outages
from lifecycle.machines.facts import When
from lifecycle.machines.parts import Outage
from lifecycle.machines.table import EVENTS
from lifecycle.queries.as_of import as_of
from lifecycle.records.engine import reading, writing
from tests.commands import acts as commands
from tests.commands.diary import NOW, Diary, day, tokyo
from tests.commands.part_refusals import accept, asked, measure, written
from tests.machines.folded import facts_alone, folded
from tests.machines.fuller import CREDIT, full
from tests.machines.life import d

KNOWN, RECOVERED = tokyo("2022-05-10 10:00"), tokyo("2022-05-12 11:00")


def spread(diary: Diary, attributable: bool | None = True) -> tuple[list[str], str]:
    """Three contracts: one plain, one with a change in the midst, one ending in it; an outage for all."""
    plain = diary.accepted(reference="P")
    changing = diary.accepted(reference="C", item="basic")
    ending = diary.accepted(reference="E")
    accept(diary, asked(diary, changing), "2022-05-11")
    diary.today("2022-04-23")
    diary.do(commands.notify_cancellation, ending, NOW)  # ends on 31 May, with its minimum term
    diary.today("2022-05-10 12:00")
    found = outages.OutageReport(KNOWN, "alarm", attributable, None)
    outage = written(diary, outages.open_outage, diary.order(), found)
    diary.today("2022-05-12 12:00")
    written(diary, outages.recover, outage.id, diary.order(), RECOVERED)
    return [plain, changing, ending], outage.id


def test_bulk_and_single_writes_of_an_outage_agree(diary: Diary) -> None:
    (plain, *_), _ = spread(diary)
    (credit,) = diary.look(plain).credits
    single = full(d(5, 1)).outage(KNOWN, True, tokyo("2022-05-10 12:00"))
    single.recover(RECOVERED, tokyo("2022-05-12 12:00"))
    alone = single.part(CREDIT)
    for name in ("state", "since", "units", "amount_yen", "claimable_on", "last_claim_on", "due_event", "due_at"):
        assert getattr(credit, name) == getattr(alone, name), name
    rows = diary.history(credit.id)
    entries = [entry for entry in single.entries if entry.subject.id == CREDIT]
    assert [row["event"] for row in rows] == [entry.event for entry in entries]
    assert [row["to_state"] for row in rows] == [entry.to_state for entry in entries]
    assert [[r["rule"] for r in row["rulings"]] for row in rows] == [[r.rule for r in e.rulings] for e in entries]


def test_each_contract_earns_a_credit_by_its_own_facts_and_every_chain_verifies(diary: Diary) -> None:
    contracts, _ = spread(diary)
    earned = [[(c.state, c.units, c.amount_yen) for c in diary.look(one).credits] for one in contracts]
    assert earned == [[("claimable", 2, 13_333)], [("claimable", 2, 10_000)], [("claimable", 2, 13_333)]]
    for one in contracts:
        assert diary.contract(one).part_kinds & 8
        chains: list[dict[str, Any]] = []
        dossier = diary.look(one)
        for subject in dossier.subjects:
            chains += diary.history(subject.id)
        replayed = folded(chains)
        assert replayed is not None
        assert [*map(facts_alone, replayed.subjects)] == [*map(facts_alone, dossier.subjects)]


def test_the_history_of_an_outage_gives_its_row(diary: Diary) -> None:
    _, outage = spread(diary, None)
    written_by = diary.order()
    with writing(diary.engine) as conn:
        stored = outages.attribute(conn, outage, written_by, attributable=True)
    rows = diary.history(outage)
    assert [row["event"] for row in rows] == ["open", "recover", "attribute"]
    facts = rows[0]["facts"]
    again = Outage(id=outage, state="ongoing", known_at=KNOWN, source=facts["source"], attributable=None)
    for row in rows[1:]:
        effect = EVENTS["outage"][row["event"]].effect
        again = again.replace(**effect(again, EVENTS["outage"][row["event"]].facts.from_json(row["facts"]), ""))
    assert again.recovered_at == RECOVERED
    keep = {"state": stored.state, "version": stored.version, "seq": stored.seq, "head_hash": stored.head_hash}
    assert again.replace(**keep) == stored


def test_the_past_of_the_parts_can_be_queried_on_both_time_axes(diary: Diary) -> None:
    (plain, *_), outage = spread(diary)
    measure(diary, plain)
    with writing(diary.engine) as conn:
        outages.claim(conn, plain, outage, diary.order(), When(on=day("2022-05-12")))
    with reading(diary.engine) as conn:

        def seen(effective: str, known: str) -> list[str]:
            found = as_of(conn, plain, tokyo(effective), tokyo(known))
            return [f"{part.KIND} {part.state}" for part in found.subjects] if found else []

        assert seen("2022-05-09", "2022-12-01") == ["contract billing"]
        assert "credit open" in seen("2022-05-10 11:00", "2022-12-01"), "it held, though nobody had written it yet"
        assert "credit claimed" not in seen("2022-12-01", "2022-05-12 11:59")
        assert {"credit claimed", "measure in_force"} <= set(seen("2022-05-20", "2022-12-01"))
        assert "credit credited" in seen("2022-12-01", "2022-12-01"), "by what will follow"
