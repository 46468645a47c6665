"""Why a proposal is not carried out: decided, lapsed, moved on, or by the same person."""

from collections.abc import Mapping
from typing import Any

from lifecycle.errors import DomainError


class AlreadyDecided(DomainError):
    """Somebody has approved or declined it."""

    kind, title = "already-decided", "Decided already"

    def __init__(self) -> None:
        super().__init__("It was approved or declined before.")


class SamePerson(DomainError):
    """Whoever proposed it cannot approve it."""

    status, kind, title = 403, "second-person", "A second person is required"


class OtherContent(DomainError):
    """What the approver saw is not what is proposed."""

    kind, title = "other-content", "Not what is proposed"


class ProposalLapsed(DomainError):
    """What it is about was changed after the proposal."""

    kind, title = "lapsed", "The proposal has lapsed"

    def __init__(self) -> None:
        super().__init__("The record was changed after the proposal. Propose it again.")


class ProposerRevoked(DomainError):
    """Whoever held the proposer's token may not have been the proposer."""

    kind, title = "proposer-revoked", "The proposer's token was revoked"

    def __init__(self) -> None:
        super().__init__("The token that proposed it was revoked: decline it, or propose it again yourself.")


class PartMoved(DomainError):
    """The contract itself is at its version, but something on it is not as it was when it was proposed."""

    status, kind, title = 412, "stale", "It has changed since"
    why = "What it is weighed by, a part of the contract or an issued month, has changed since it was proposed."

    def __init__(self, version: int) -> None:
        super().__init__(self.why)
        self.version = version

    @property
    def extras(self) -> Mapping[str, Any]:
        """The contract's version."""
        return {"version": self.version}


class TermsMoved(PartMoved):
    """Terms or contracts are not as they were when it was proposed to apply the terms to all contracts."""

    why = "The terms on record, or the contracts that it is about, have changed since it was proposed."
