"""Contracts entered through the commands into each kind of database agree with the oracle (R16)."""

import pytest
from sqlalchemy import Engine

from tests.fold.judge import faults
from tests.fold.lives import ORDERS, life, order_of
from tests.fold.short_contracts import key
from tests.fold.stored import StoredDesk
from tests.how_many import some_of
from tests.oracle.diary import at, claim, down, running
from tests.oracle.lives import ends_at

STORED = some_of(80)  # through each database
APPLIED, ACCEPTED = running("2022-05-01", accepted="2022-04-05")


@pytest.mark.parametrize("seeds", [range(first, first + 10) for first in range(0, STORED, 10)], ids=str)
def test_contracts_in_a_database_agree_with_the_oracle(engine: Engine, seeds: range) -> None:
    different = {}
    for seed in seeds:
        entries, order = life(seed), order_of(seed)
        keyed = ORDERS[order](entries, seed)
        desk = StoredDesk(engine=engine)
        desk.live(keyed)
        last = max(ends_at(entries, seed), keyed[-1].at)
        desk.until(last)
        if found := faults(desk, entries, last, money=True):
            different[seed, order] = found
    assert not different


def test_an_ongoing_outage_covers_a_contract_whose_billing_starts_during_it(
    engine: Engine,
) -> None:
    desk = StoredDesk(engine=engine)
    desk.enter(APPLIED, at("2022-04-05 09:00"))
    desk.enter(down("2022-04-05 12:00", None)[0], at("2022-04-05 12:00"))
    key(desk, "2022-04-05 15:00", ACCEPTED)
    key(desk, "2022-05-03 09:00", claim("2022-05-03 09:00"))
    (credit,) = desk.until(at("2022-05-04")).dossier.credits
    assert (credit.state, credit.since, credit.claimed_at) == ("claimed", at("2022-05-01"), at("2022-05-03 09:00"))
