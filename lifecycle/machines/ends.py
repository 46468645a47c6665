"""When and why notices end a contract, and which of them decided: the human event behind what its end brings."""

from datetime import date
from functools import lru_cache

from lifecycle.machines.dossier import Contract, Notice
from lifecycle.terms.art6_cancellation import Ending, ending
from lifecycle.terms.editions import Editions


def contract_ending(contract: Contract, editions: Editions) -> Ending | None:
    """When and why the contract ends, or None where nothing ends it."""
    standing = contract.standing_notices
    return ending_by(standing, contract.starts_on, editions) if standing else None


def deciding_notice(contract: Contract, editions: Editions) -> str | None:
    """The id of the history row of the notice that decides the contract's end, None where nothing ends it."""
    end = contract_ending(contract, editions)
    return end.notice if end else None


@lru_cache(maxsize=1024)
def ending_by(
    notices: tuple[Notice, ...], starts_on: date | None, editions: Editions, *, option: bool = False
) -> Ending | None:
    """By notices that stand. One step asks several times: for its cause, its reasons, its version of the terms."""
    return ending(notices, starts_on, editions, option=option)
