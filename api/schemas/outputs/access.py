"""What the interface answers about tokens, sessions and proposals, for the OpenAPI document."""

from datetime import date
from typing import Any, Literal

from pydantic import AwareDatetime

from api.schemas.outputs.common import Output, of
from api.schemas.outputs.contracts import ContractView, OptionView


class Token(Output):
    """A token as it stands. roles: what its holder may do; personal_data: also sees customers' data."""

    name: str
    roles: list[str]
    created_at: AwareDatetime
    created_by: str | None
    expires_on: date | None
    revoked_at: AwareDatetime | None
    revoked_by: str | None
    revoked_because: str | None


class MadeToken(Token):
    """A token just made. token: what its holder shows, to be seen this once."""

    token: str


class TokenList(Output):
    """Every token there is or was."""

    items: list[Token]
    next: None


class SignedInView(Output):
    """Somebody who is signed in. sessions: how many; until_at: when the last of them ends by itself."""

    name: str
    sessions: int
    until_at: AwareDatetime


class SignedInList(Output):
    """Everybody who is signed in."""

    items: list[SignedInView]
    next: None


class Ended(Output):
    """How many sessions were ended, links that would have opened one among them."""

    ended: int


class Proposal(Output):
    """A command that waits for a second person. digest: binds all that is approved."""

    id: str
    state: Literal["proposed", "approved", "declined"]
    operation: str
    subject: str
    version: int
    body: dict[str, Any]
    digest: str
    proposed_by: str
    proposed_at: AwareDatetime
    decided_by: str | None
    decided_at: AwareDatetime | None
    reason: str | None


class ProposalPage(Output):
    """A page of proposals."""

    items: list[Proposal]
    next: str | None


class Approved(Output):
    """What was carried out, and the contract or option as it now is."""

    approval: Proposal
    contract: ContractView | None
    option: OptionView | None


TOKEN = of(Token, "The token as it now stands.")
MADE_TOKEN = of(MadeToken, "The token, shown this once.", 201)
TOKENS = of(TokenList, "Every token.")
SIGNED_IN = of(SignedInList, "Everybody who is signed in.")
ENDED = of(Ended, "How many were ended.")
PROPOSED = of(Proposal, "Proposed, where four eyes are asked for: a second person approves it.", 202)
PROPOSAL = of(Proposal, "The proposal.")
PROPOSALS = of(ProposalPage, "A page of proposals.")
APPROVED = of(Approved, "What the approved command answers.")
