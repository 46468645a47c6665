"""What a correction needs a second person for: an end, a billing start, money of an issued month (R35)."""

from lifecycle.commands.command import Call
from lifecycle.commands.enter_event import Executed, changes_of

WEIGHTY = frozenset(("effective_on", "terminated_on", "billing_starts_on"))


def is_weighty(call: Call, done: Executed) -> bool:
    """Whether an end or a billing start has moved, of the contract or an option, or what was sent."""
    if done.rewritten is None:
        return False
    if done.before.contract.billed_until != done.dossier.contract.billed_until:
        return True
    found = changes_of(call.conn, done.rewritten, call.now)
    lives = {done.dossier.contract.id, *(option.id for option in done.dossier.options)}
    moved = any(day["subject"] in lives and day["field"] in WEIGHTY for day in found["days"])
    return moved or any(one["issued"] for one in found["money"])


def ends_something(done: Executed) -> bool:
    """Whether a contract or an option has ended at once by what was put right."""
    return done.rewritten is not None and any(t.event.name == "terminate" for t in done.rewritten.added)
