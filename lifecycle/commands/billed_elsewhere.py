"""The mark of the months that were billed elsewhere, moved by a correction of the application (R35, R41)."""

from datetime import date

import orjson
from sqlalchemy import Connection, insert

from lifecycle.commands.context import CommandContext
from lifecycle.errors import DomainError, Malformed
from lifecycle.machines.dossier import Dossier
from lifecycle.queries.adjustments import amounts_up_to
from lifecycle.queries.issued import NOTHING_SENT, sent_to
from lifecycle.records import tables
from lifecycle.terms.calendar import Month, tokyo_day


class IssuedHere(DomainError):
    """A month that is said to have been billed elsewhere was issued by this service."""

    kind, title = "not-correctable", "This row cannot be put right"

    def __init__(self, month: Month) -> None:
        super().__init__(f"The statement of {month} was issued here: it was not billed elsewhere.")


def check_billed_until(until: str | None, starts_on: date | None, today: date, pointer: str) -> None:
    """Raises Malformed where it is not said up to which month another system billed, or that month is to come."""
    this = Month.of(today)
    if until is not None and until > str(this):
        raise Malformed([(pointer, "lies in the future")])
    if until is None and starts_on is not None and starts_on < this.first:
        raise Malformed([(pointer, "is required: billing began before this month")])


def move_billed_elsewhere(conn: Connection, dossier: Dossier, entry_id: str, context: CommandContext) -> None:
    """Moves the mark to where the corrected application has it; the former one stays on record.

    A month that stays marked keeps what it cost when it was marked; one that comes to it has what it costs by now.
    entry_id: of the correction. Raises Malformed, IssuedHere.
    """
    contract = dossier.contract
    check_billed_until(
        contract.billed_until, contract.billing_starts_on, tokyo_day(context.now), "/facts/billed_until"
    )
    sent = sent_to(conn, [contract.id]).get(contract.id, NOTHING_SENT)
    until = Month.parse(contract.billed_until) if contract.billed_until is not None else None
    lines = []
    if until is not None:
        if issued := [month for month in sent.issued if month <= until]:
            raise IssuedHere(min(issued))
        former = sent.elsewhere.until if sent.elsewhere is not None else None
        if sent.elsewhere is not None:
            lines = [[*map(str, about), yen] for about, yen in sent.elsewhere.amounts if about.month <= until]
        now = sorted(amounts_up_to(dossier, until).items())
        lines += [[*map(str, about), yen] for about, yen in now if former is None or about.month > former]
    row = {
        "entry_id": entry_id, "contract_id": contract.id, "until": str(until) if until is not None else None,
        "lines": orjson.dumps(lines).decode(), "recorded_at": context.now, "recorded_by": context.actor,
    }  # fmt: skip
    conn.execute(insert(tables.billed_elsewhere_moved).values(row))
