"""What the interface answers about tokens, sessions and proposals, for the OpenAPI document."""

from api.schemas.outputs.common import of
from lifecycle.queries.views.people import (
    Approved,
    Ended,
    MadeToken,
    Proposal,
    ProposalPage,
    SignedInList,
    Token,
    TokenList,
)

TOKEN = of(Token, "The token as it now stands.")
MADE_TOKEN = of(MadeToken, "The token, shown this once.", 201)
TOKENS = of(TokenList, "Every token.")
SIGNED_IN = of(SignedInList, "Everybody who is signed in.")
ENDED = of(Ended, "How many were ended.")
PROPOSED = of(Proposal, "Proposed, where four eyes are asked for: a second person approves it.", 202)
PROPOSAL = of(Proposal, "The proposal.")
PROPOSALS = of(ProposalPage, "A page of proposals.")
APPROVED = of(Approved, "What the approved command answers.")
