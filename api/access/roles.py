"""Principals and permissions: each operation lists the roles that may call it; an unlisted operation is closed to
everybody.
"""

from collections.abc import Set
from dataclasses import dataclass

from fastapi.routing import APIRoute

from lifecycle.commands.operations import OPERATIONS
from lifecycle.people.tokens import PERSONAL_DATA, ROLES, split_grants

Roles = frozenset[str]
EVERYONE: Roles = frozenset(ROLES)
DESK: Roles = frozenset({"order_desk"})
OPERATOR: Roles = frozenset({"operator"})
EITHER = DESK | OPERATOR
AUDITOR: Roles = frozenset({"auditor"})
ADMIN: Roles = frozenset({"admin"})


def _each(roles: Roles, *operations: str) -> dict[str, Roles]:
    return dict.fromkeys(operations, roles)


PERMITTED: dict[str, Roles] = {
    # looking: no role without it
    **_each(
        EVERYONE, "contracts-list_contracts", "contracts-get", "contracts-history", "contracts-latest_arrival",
        "options-get", "options-history", "parts-list_item_changes", "parts-get_item_change",
        "parts-item_change_history", "parts-list_measures", "parts-get_measure", "parts-measure_history",
        "money-get_usage", "money-get_charges", "money-get_statement", "money-find_issued",
        "money-list_statements", "money-show_issue", "money-list_refunds", "outages-list_outages",
        "outages-get_outage", "outages-outage_history", "outages-credits_of",
        "outages-credit_history", "money-usage_history", "clock-due", "clock-get_clock", "waiting-list_waiting",
        "terms-terms", "terms-preview", "scheduler-show", "parked-list_parked",
    ),
    # what people wrote and attached: it is personal data
    **_each(
        EITHER | {PERSONAL_DATA}, "contracts-list_notes", "contracts-list_attachments", "files-attachment"
    ),
    # lists as files
    **_each(EVERYONE, "files-list_contracts", "files-list_due"),
    # papers: they are for the customer, and name them
    **_each(EITHER, "files-paper", "files-statement"),
    # what changes something
    **{operation.name: operation.roles for operation in OPERATIONS.values()},
    **_each(EITHER, "imports-import_rows"),  # and the role for what its rows do
    **_each(AUDITOR, "audit-transitions", "audit-checkpoints", "audit-consistency",
        "audit-why", "audit-believed", "audit-actions", "audit-late_entries", "audit-late_firings",
        "audit-rests_on", "audit-otherwise", "audit-reads", "files-proof", "files-export_history",
        "files-export_sent", "files-checkpoint", "files-tile"),
    **_each(EITHER | AUDITOR, "approvals-list_approvals", "approvals-get"),
    **_each(EITHER, "approvals-approve"),  # and a role for what is approved
    # incoming requests, and outgoing messages
    **_each(ADMIN | AUDITOR, "tokens-list_tokens", "sessions-list_sessions"),
    **_each(EITHER | ADMIN | AUDITOR, "mail-list_mail", "mail-get_mail"),
    **_each(ADMIN | OPERATOR | AUDITOR, "webhooks-list_webhooks", "webhooks-list_undelivered"),
}  # fmt: skip
PUBLIC = frozenset({"health-healthz", "health-readyz"})
BY_ADDRESS = frozenset({"files-calendar"})  # opened by a token in the address, made for this alone


def may(grants: Set[str], operation: str) -> bool:
    """Whether these grants allow an operation, by its id in the OpenAPI document."""
    return bool(PERMITTED.get(operation, frozenset()) & grants)


def sees_personal_data(grants: Set[str]) -> bool:
    """Whether these grants show customers' data: to the roles that work with it, and with the extra grant."""
    return bool((EITHER | {PERSONAL_DATA}) & grants)


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller of a request. name: written as the actor of the history. grants: roles, and whether it sees
    personal data. services: the services that it is limited to, None for all.
    """

    name: str
    grants: frozenset[str]
    services: frozenset[str] | None = None

    @classmethod
    def of(cls, name: str, grants: Set[str]) -> "Principal":
        """Build the principal from grants as they are stored."""
        return cls(name, *split_grants(grants))

    @property
    def sees_personal_data(self) -> bool:
        """Whether customers' data is shown to this principal."""
        return sees_personal_data(self.grants)


def operation_of(route: APIRoute) -> str:
    """A route's readable id in the OpenAPI document: contracts-notify_cancellation."""
    return f"{route.tags[0] if route.tags else 'service'}-{route.name}"
