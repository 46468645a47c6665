"""An acceptance in a row of a file: of a contract, an option or an item change."""

from lifecycle.errors import Malformed
from lifecycle.machines.body import Reasoned
from lifecycle.machines.events.accept import AcceptContractBody
from lifecycle.machines.events.accept_item_change import AcceptItemChangeBody
from lifecycle.machines.events.accept_option import AcceptOptionBody
from lifecycle.machines.field_types import Day, Yen

_BODIES: dict[str, type[AcceptContractBody | AcceptOptionBody | AcceptItemChangeBody]] = {
    "contract": AcceptContractBody,
    "option": AcceptOptionBody,
    "item_change": AcceptItemChangeBody,
}


class AcceptanceBody(Reasoned):
    """The kind of subject decides which of the days and fees are allowed."""

    accepted_on: Day
    billing_starts_on: Day | None = None
    initial_fee_yen: Yen | None = None
    monthly_fee_yen: Yen | None = None
    effective_on: Day | None = None
    fee_yen: Yen | None = None

    def of(self, kind: str) -> AcceptContractBody | AcceptOptionBody | AcceptItemChangeBody:
        """Return the acceptance of a contract, an option or an item change.

        Raises Malformed for a missing field, and for one that is not allowed.
        """
        model = _BODIES[kind]
        given = self.model_dump(exclude_none=True)
        errors = [(f"/{name}", "does not belong to it") for name in given if name not in model.model_fields]
        errors += [
            (f"/{name}", "is required")
            for name, field in model.model_fields.items()
            if field.is_required() and name not in given
        ]
        if errors:
            raise Malformed(errors)
        return model.model_validate(given)
