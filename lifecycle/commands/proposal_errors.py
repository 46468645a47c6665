"""The reasons why a proposal is not executed: decided, lapsed, changed, or approved by its proposer."""

from collections.abc import Mapping
from typing import Any

from lifecycle.errors import DomainError


class AlreadyDecided(DomainError):
    """Somebody has approved or declined it."""

    kind, title = "already-decided", "Decided already"

    def __init__(self) -> None:
        super().__init__("It was approved or declined before.")


class SamePerson(DomainError):
    """The proposer cannot approve it."""

    status, kind, title = 403, "second-person", "A second person is required"


class OtherContent(DomainError):
    """The approver saw other content than the proposed one."""

    kind, title = "other-content", "Not what is proposed"


class ProposalLapsed(DomainError):
    """Its subject was changed after the proposal."""

    kind, title = "lapsed", "The proposal has lapsed"

    def __init__(self) -> None:
        super().__init__("The record was changed after the proposal. Propose it again.")


class ProposerRevoked(DomainError):
    """The proposer's token was revoked, so another person may have used it."""

    kind, title = "proposer-revoked", "The proposer's token was revoked"

    def __init__(self) -> None:
        super().__init__("The token that proposed it was revoked: decline it, or propose it again yourself.")


class PartMoved(DomainError):
    """The contract is at its version, but a part of it has changed since the proposal."""

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
    """Terms or contracts have changed since the proposal to resettle all contracts."""

    why = "The terms on record, or the contracts that it is about, have changed since it was proposed."
