"""What the verifier keeps of a row, and the events that it knows by name."""

from typing import NamedTuple

CORRECTS, ANNULS, RESTATES, RESETTLES = "correct_entry", "annul_entry", "restate", "resettle"
REWRITES = frozenset((CORRECTS, ANNULS, RESTATES, RESETTLES))  # rows about other rows
ISSUES, SETTLES, MARKS = "issue_statement", "settle_refund", "mark_billed_elsewhere"
ARCHIVES = "archive_history"
STATELESS = frozenset(  # events of contracts without a state
    ("note", "attach", "assign", ISSUES, SETTLES, MARKS, ARCHIVES)
)
CLOCK = "clock"
OWN_CHAIN = "outage"  # its rows cause rows of contracts, which are entries of people
UNOPENED = {
    "option": "rejected",
    "item_change": "rejected",
    "measure": "ended",
    "credit": "refused",
    "usage": "recorded",
}  # after an opening without effect


class Kept(NamedTuple):
    """What is kept of a row. by_person: entered by a person, not following from another row.

    cause: the row that caused it, only its number if that is in the same chain. begin, end: the states of its
    step, empty without one. full: a bit for each of its rulings that it has in full.
    """

    event: str
    by_person: bool
    cause: int | str | None
    begin: str
    end: str
    full: int


class RewriteBatch(NamedTuple):
    """The newest rows that rewrite a chain: numbers, when they were recorded, the line of the last."""

    heads: tuple[int, ...]
    recorded_at: str
    line: int
