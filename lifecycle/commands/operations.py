"""Every operation that changes something, by its id in the OpenAPI document."""

from collections.abc import Mapping

from lifecycle.commands.contract_operations import CONTRACT_OPERATIONS
from lifecycle.commands.correction_operations import CORRECTION_OPERATIONS
from lifecycle.commands.event_operations import EVENT_OPERATIONS
from lifecycle.commands.mail import MAIL_OPERATIONS
from lifecycle.commands.note_operations import NOTE_OPERATIONS
from lifecycle.commands.operation import AnyOperation, LongOperation
from lifecycle.commands.outage_operations import OUTAGE_OPERATIONS
from lifecycle.commands.service_operations import SERVICE_OPERATIONS
from lifecycle.commands.statement_operations import STATEMENT_OPERATIONS
from lifecycle.commands.terms_operations import TERMS_OPERATIONS

OPERATIONS: Mapping[str, AnyOperation | LongOperation] = {
    operation.name: operation
    for operation in (
        *EVENT_OPERATIONS,
        *CONTRACT_OPERATIONS,
        *CORRECTION_OPERATIONS,
        *NOTE_OPERATIONS,
        *OUTAGE_OPERATIONS,
        *STATEMENT_OPERATIONS,
        *SERVICE_OPERATIONS,
        *TERMS_OPERATIONS,
        *MAIL_OPERATIONS,
    )
}
