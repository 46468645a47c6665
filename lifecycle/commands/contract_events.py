"""The desk's commands on a contract beside its application and cancellation: conditions, control, company's end.

As all commands: in the caller's transaction, raising Unknown, Stale, NotPossible, Refused and Overtaken.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select, update

from lifecycle.commands.context import CommandContext, When
from lifecycle.commands.enter_event import execute_event
from lifecycle.history.payload import commit_to
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.events.common import NoFacts
from lifecycle.machines.events.end_by_company import EndByCompany
from lifecycle.machines.events.follow_up_misuse import FollowUpMisuse
from lifecycle.machines.events.meet_condition import SettleCondition
from lifecycle.machines.events.report_misuse import ReportMisuse
from lifecycle.records import tables
from lifecycle.records.mapping import Unknown
from lifecycle.records.normalise import normalised_names
from lifecycle.terms.calendar import instant


def meet_condition(conn: Connection, contract_id: str, context: CommandContext, condition: str) -> Dossier:
    """A condition of Art. 3(1) is met: `domain`, `dns` or `certificate` (R28)."""
    return execute_event(conn, contract_id, "meet_condition", SettleCondition(condition=condition), context)


def waive_condition(conn: Connection, contract_id: str, context: CommandContext, condition: str) -> Dossier:
    """The operator waives a condition; the order's reason says why (R28)."""
    return execute_event(conn, contract_id, "waive_condition", SettleCondition(condition=condition), context)


def change_administrator(
    conn: Connection, contract_id: str, context: CommandContext, administrator: Mapping[str, Any]
) -> Dossier:
    """Names another administrator (Art. 4(1), R29). The history holds a commitment to the new data only."""
    table = tables.personal
    row = conn.execute(select(table).where(table.c.contract_id == contract_id)).one_or_none()
    if row is None:
        raise Unknown("contract", contract_id)
    data = {**row.data, "administrator": dict(administrator)}
    dossier = execute_event(
        conn, contract_id, "change_administrator", NoFacts(), context, commitment=commit_to(data, row.salt)
    )
    values = {"data": data, "search": normalised_names(data)}
    conn.execute(update(table).where(table.c.contract_id == contract_id).values(values))
    return dossier


def report_misuse(
    conn: Connection, contract_id: str, context: CommandContext, found_at: datetime, instruction: str
) -> Dossier:
    """Records a report of possible misuse and the instruction given (Art. 4(4), R29)."""
    facts = ReportMisuse(found_at=str(instant(found_at)), instruction=instruction)
    return execute_event(conn, contract_id, "report_misuse", facts, context, found_at)


def follow_up_misuse(
    conn: Connection, contract_id: str, context: CommandContext, report: str, follow_up: str
) -> Dossier:
    """Records what was done about a report; report: the id of its history row (R29)."""
    facts = FollowUpMisuse(report=report, follow_up=follow_up)
    return execute_event(conn, contract_id, "follow_up_misuse", facts, context)


def end_by_company(
    conn: Connection, contract_id: str, context: CommandContext, ends_on: date, ground: str
) -> Dossier:
    """The company ends the contract for cause at the end of a day (R31)."""
    facts = EndByCompany(ends_on=ends_on, ground=ground, keyed_on=When().day(context.now))
    return execute_event(conn, contract_id, "end_by_company", facts, context)
