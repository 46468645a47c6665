"""An application for a contract."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from lifecycle.commands.command import CommandContext
from lifecycle.errors import DomainError
from lifecycle.machines.events.apply import ApplyForContract
from lifecycle.machines.events.apply_body import ContractApplicationBody
from lifecycle.machines.facts import When
from lifecycle.terms.default_service import DEFAULT_SERVICE


@dataclass(frozen=True, slots=True)
class Application:
    """An application for a contract. personal: customer and administrator, stored separately with a commitment.
    options: (kind, reference) of the options in the same application. filed: form and channel. terms_shown: the
    version of the terms that was shown.
    """

    reference: str
    received: When
    personal: Mapping[str, Any]
    item: str
    requested_billing_start_on: date | None
    laws_accepted: bool
    rights_cleared: bool
    delivery: Mapping[str, Any]
    options: Sequence[tuple[str, str]] = ()
    other_references: Sequence[str] = ()
    service: str = DEFAULT_SERVICE
    in_form: bool = True
    terms_shown: date | None = None
    filed: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, body: ContractApplicationBody) -> "Application":
        """Convert a body to the application."""
        administrator = body.administrator.stored() if body.administrator is not None else None
        return cls(
            reference=body.reference,
            received=body.received,
            personal={"customer": body.customer.stored(), "administrator": administrator},
            item=body.item,
            requested_billing_start_on=body.requested_billing_start_on,
            laws_accepted=body.declarations.laws_accepted,
            rights_cleared=body.declarations.rights_cleared,
            delivery=body.delivery.stored(),
            options=[(option.kind, option.reference) for option in body.options],
            other_references=body.other_references,
            service=body.service,
            in_form=body.in_form,
            terms_shown=body.terms_shown,
            filed=body.filed,
        )

    def facts(self, context: CommandContext) -> ApplyForContract:
        """The facts in the history: everything except personal data."""
        return ApplyForContract(
            received_on=self.received.day(context.now),
            reference=self.reference,
            item=self.item,
            requested_billing_start_on=self.requested_billing_start_on,
            laws_accepted=self.laws_accepted,
            rights_cleared=self.rights_cleared,
            administrator_named=self.personal.get("administrator") is not None,
            delivery=dict(self.delivery),
            options=tuple({"kind": kind, "reference": reference} for kind, reference in self.options),
            other_references=tuple(self.other_references),
            service=self.service,
            in_form=self.in_form,
            terms_shown=self.terms_shown,
            **self.filed,
        )


class Duplicate(DomainError):
    """Another application has this reference. existing: its id."""

    kind, title = "duplicate", "The reference is taken"

    def __init__(self, kind: str, reference: str, existing: str) -> None:
        super().__init__(f"the reference {reference} is taken by the {kind} {existing}")
        self.of, self.reference, self.existing = kind, reference, existing

    @property
    def extras(self) -> Mapping[str, Any]:
        """The address of the other one."""
        return {"existing": f"/v1/{self.of}s/{self.existing}"}
