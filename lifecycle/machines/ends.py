"""Which notice ends a contract: the human event behind what its end brings about for its parts."""

from lifecycle.machines.facts import Contract
from lifecycle.terms.art6_cancellation import ending
from lifecycle.terms.editions import EDITIONS


def deciding_notice(contract: Contract) -> str | None:
    """The id of the history row of the notice that decides the contract's end, None where nothing ends it."""
    end = ending(contract.standing_notices, contract.starts_on, EDITIONS)
    return end.notice if end else None
