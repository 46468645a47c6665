"""Credits for outages (Art. 8, 別紙2, R25 to R27): the whole lifecycle by the clock."""

from datetime import datetime, timedelta

import pytest

from lifecycle.machines.check import Refused
from lifecycle.machines.table import NotPossible
from lifecycle.terms.calendar import end_of, start_of
from tests.machines.fuller import CREDIT, Full, full
from tests.machines.life import BASE, at, d

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
KNOWN = at(d(5, 10))
REACHED = KNOWN + 24 * HOUR


def hit(hours: float = 48, attributable: bool | None = True, **facts: object) -> Full:
    """A Premium contract, billed since May, and an outage known at 10:00 on 10 May."""
    return full(**facts).outage(KNOWN, attributable).recover(KNOWN + hours * HOUR)  # type: ignore[arg-type]


def ended(life: Full) -> tuple[str, int, int]:
    return life.credit.state, life.credit.units, life.credit.amount_yen


def test_the_clock_moves_a_credit_through_its_states() -> None:
    life = full().outage(KNOWN)
    assert (life.credit.state, life.credit.due_event, life.credit.due_at) == ("open", "become_claimable", REACHED)
    life.until(REACHED - SECOND)
    assert life.credit.state == "open"
    life.until(REACHED)
    assert (life.credit.state, life.credit.due_event, life.credit.due_at) == (
        "claimable",
        "lapse",
        end_of(d(8, 11)),
    )
    life.recover(KNOWN + 49 * HOUR)
    assert ended(life) == ("claimable", 2, 13_333)
    life.claim(at(d(5, 20)))
    assert (life.credit.due_event, life.credit.due_at) == ("credit", start_of(d(6, 1)))
    life.until(d(6, 1))
    assert ended(life) == ("credited", 2, 13_333)
    assert (
        life.last.act.caused_by
        == f"{CREDIT}.{[e.event for e in life.entries if e.subject.id == CREDIT].index('claim') + 1}"
    )


def test_without_a_claim_it_lapses_after_three_months() -> None:
    life = hit().until(end_of(d(8, 11)) - SECOND)
    assert life.credit.state == "claimable"
    assert life.until(end_of(d(8, 11))).credit.state == "lapsed"
    assert life.last.act.caused_by == "x_1.1"


FIRST, LAST = start_of(d(5, 11)), end_of(d(8, 11)) - SECOND


@pytest.mark.parametrize(
    ("claimed_at", "now", "possible"),
    [
        (FIRST, REACHED, True),
        (FIRST - SECOND, REACHED, False),
        (REACHED, REACHED, True),
        (LAST, LAST, True),
        (LAST, LAST + 24 * HOUR, True),  # arrived in time, keyed late: the credit had lapsed meanwhile
        (LAST + SECOND, LAST + SECOND, False),
        (LAST + SECOND, LAST + 24 * HOUR, False),
    ],
)
def test_a_claim_is_possible_within_its_window_alone(claimed_at: datetime, now: datetime, possible: bool) -> None:
    life = hit(24)
    life.until(now)
    if possible:
        assert life.claim(claimed_at, now).credit.state == "claimed"
        return
    with pytest.raises(Refused) as refusal:
        life.claim(claimed_at, now)
    (ruling,) = refusal.value.rulings
    assert (ruling.rule, ruling.article, ruling.reading, ruling.on) == ("claim_in_time", "Art. 8", "R27", d(8, 11))


def test_a_claim_before_24_hours_or_twice_is_not_possible() -> None:
    life = full().outage(KNOWN)
    with pytest.raises(NotPossible):
        life.claim(REACHED - SECOND)
    life.claim(REACHED)
    with pytest.raises(NotPossible):
        life.claim(REACHED + SECOND)


def test_a_claim_while_the_outage_lasts_is_credited_after_its_recovery() -> None:
    life = full().outage(KNOWN).claim(REACHED)
    assert life.until(d(6, 20)).credit.state == "claimed" and life.credit.due_event is None
    life.recover(at(d(6, 20)))
    assert life.credit.due_at == start_of(d(7, 1))
    assert ended(life.until(d(7, 1))) == ("credited", 41, 273_333)


@pytest.mark.parametrize("hours", [0.5, 23.999])
def test_too_short_an_outage_is_refused_at_its_recovery(hours: float) -> None:
    life = hit(hours).until(at(d(6, 1)))
    assert ended(life) == ("refused", 0, 0)
    refused = next(entry for entry in life.entries if entry.event == "refuse")
    assert [ruling.rule for ruling in refused.rulings] == ["outage_too_short"]


def test_while_the_fault_is_unknown_there_is_no_credit_and_none_is_lost() -> None:
    life = hit(48, None).until(at(d(6, 1)))
    assert (life.credit.state, life.credit.due_event) == ("open", None)
    life.attribute(True, at(d(6, 2))).until(at(d(6, 2)))
    assert (life.credit.state, life.credit.last_claim_on) == ("claimable", d(8, 11))


@pytest.mark.parametrize("state", ["open", "claimable", "claimed", "lapsed"])
def test_an_attribution_to_others_refuses_a_credit_in_every_state(state: str) -> None:
    life = hit(48, None if state == "open" else True)
    if state == "claimed":
        life.claim(at(d(5, 20)))
    life.until(at(d(9, 1) if state == "lapsed" else d(5, 21)))
    assert life.credit.state == state
    life.attribute(False, life.entries[-1].act.now + HOUR if state != "lapsed" else at(d(9, 1)))
    life.until(at(d(9, 2)))
    assert ended(life)[0] == "refused"
    assert [ruling.rule for ruling in life.last.rulings] == ["own_fault"]


def test_billing_starting_in_mid_outage_is_where_it_begins_to_count() -> None:
    life = full(d(5, 11)).outage(KNOWN).recover(at(d(5, 12), 0))
    assert (life.credit.since, life.credit.units) == (start_of(d(5, 11)), 1)
    assert life.credit.claimable_on == d(5, 12)


def test_a_contract_ending_in_mid_outage_is_where_it_stops_to_count() -> None:
    life = full().notify(d(4, 20))
    life.end(d(5, 31), d(5, 2))
    life.outage(at(d(5, 29), 12)).until(d(6, 10))
    assert (life.contract.state, life.credit.state) == ("terminated", "claimable")
    assert (life.credit.units, life.credit.amount_yen) == (2, 13_333), "60 hours, though nobody has recovered it"
    life.claim(at(d(6, 11)))
    assert life.until(d(7, 1)).credit.state == "credited"


def test_a_contract_ended_before_24_hours_is_refused_at_its_end() -> None:
    life = full()
    life.end(d(5, 31), d(5, 2))
    life.outage(at(d(5, 31), 1)).until(d(6, 2))
    assert life.credit.state == "refused"
    refused = next(e for e in life.entries if e.event == "refuse")
    assert refused.act.effective_at == end_of(d(5, 31))


def test_an_end_entered_late_refuses_the_credit_of_a_later_outage() -> None:
    life = full(d(4, 1)).outage(KNOWN).recover(KNOWN + 48 * HOUR)
    life.until(at(d(9, 1)))
    assert life.credit.state == "lapsed"
    life.notify(d(4, 10), keyed=d(9, 1), reason="found late").until(at(d(9, 1)))
    assert (life.contract.terminated_on, life.credit.state, life.credit.units) == (d(5, 10), "refused", 0)


def test_an_item_changed_in_mid_outage_prices_each_unit_by_its_day() -> None:
    life = full(item="basic").changed("premium", d(6, 1), d(5, 3))
    life.outage(at(d(5, 30), 12)).recover(at(d(6, 3), 12))
    assert ended(life) == ("claimable", 4, 20_000)


def test_a_change_accepted_after_the_outage_changes_the_amount_of_what_is_not_closed() -> None:
    life = full(item="basic").outage(at(d(5, 30), 12)).recover(at(d(6, 3), 12))
    assert life.credit.amount_yen == 13_333
    version = life.credit.version
    life.changed("premium", d(6, 5), d(6, 4))
    assert (life.credit.amount_yen, life.credit.version) == (13_333, version)


def test_a_claim_after_the_end_of_the_contract_is_valid_until_its_window_closes() -> None:
    life = hit()
    life.end(d(6, 15), d(6, 1))
    life.until(d(6, 20)).claim(at(d(7, 1)))
    assert life.contract.state == "terminated" and life.credit.state == "claimed"
    assert life.until(d(8, 1)).credit.state == "credited"


def test_a_credited_credit_stays_after_later_entries() -> None:
    life = hit().claim(at(d(5, 20)))
    life.until(d(6, 1))
    before = life.credit
    life.notify(d(5, 1), keyed=d(6, 2), reason="late").until(at(d(6, 2)))
    assert life.credit == before


def test_billing_that_never_starts_earns_nothing() -> None:
    life = full(d(6, 15)).outage(KNOWN)
    life.notify(d(5, 11)).recover(KNOWN + 48 * HOUR).until(at(d(6, 20)))
    assert (life.contract.billing_started, ended(life)) == (False, ("refused", 0, 0))
    assert BASE in {s.id for s in life.dossier.subjects}
