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

TOKEN = of(Token, "The token as it now is.")
MADE_TOKEN = of(MadeToken, "The token; it is shown only once.", 201)
TOKENS = of(TokenList, "Every token.")
SIGNED_IN = of(SignedInList, "Everybody who is signed in.")
ENDED = of(Ended, "The number of ended sessions.")
PROPOSED = of(Proposal, "Proposed, because a second person must approve it (four eyes).", 202)
PROPOSAL = of(Proposal, "The proposal.")
PROPOSALS = of(ProposalPage, "A page of proposals.")
APPROVED = of(Approved, "The answer of the approved command.")
