"""Tokens, sessions and proposals as the interface shows them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any

import orjson
from typing_extensions import TypedDict

from lifecycle.people.tokens import OF, split_grants
from lifecycle.queries.approvals import Approval
from lifecycle.queries.views.closed_sets import Grant, ProposalState, ServiceName
from lifecycle.queries.views.contracts import ContractView
from lifecycle.queries.views.fields import (
    Actor,
    ContractId,
    Day,
    Instant,
    NextPage,
    Reason,
    RowId,
    Version,
    about,
    view,
)
from lifecycle.queries.views.options import OptionView
from lifecycle.queries.views.outages import OutageView
from lifecycle.queries.views.parts import ItemChangeView
from lifecycle.queries.views.rehearsal import ResettledPartView
from lifecycle.terms.calendar import TOKYO, instant

DIGEST = "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b"
LAPSED = "The record was changed after the proposal. Check it, and propose again what is still needed."
LAPSED_JA = "依頼の後に対象の記録が変わったため、失効しました。内容を確かめ、必要であれば改めて依頼してください。"
NoNextPage = Annotated[str | None, about("Null: there is one page.", None)]


class Token(TypedDict):
    """A token."""

    name: Annotated[Actor, about("The name of its holder in the history.")]
    roles: Annotated[list[Grant], about("What its holder may do; personal_data: also sees customers' data.")]
    service: Annotated[ServiceName | None, about("The service that it is limited to; null for all.")]
    created_at: Annotated[Instant, about("The time of creation.")]
    created_by: Annotated[Actor | None, about("The creator; null for a token from the command line.")]
    expires_on: Annotated[Day | None, about("Its last day; null for one that does not expire.")]
    revoked_at: Annotated[Instant | None, about("The time of revocation; null if it is not revoked.")]
    revoked_by: Annotated[Actor | None, about("Who revoked it; null if it is not revoked.")]
    revoked_because: Annotated[Reason | None, about("The reason of the revocation; null if it is not revoked.")]


class MadeToken(Token):
    """A new token."""

    token: Annotated[str, about("The secret that its holder sends; it is shown only once.", "lc_…")]


class TokenList(TypedDict):
    """All tokens, including revoked ones."""

    items: Annotated[list[Token], about("The tokens, by name.")]
    next: NoNextPage


@view
class SignedInView(TypedDict):
    """A person who is signed in."""

    name: Annotated[Actor, about("The name in the history.")]
    sessions: Annotated[int, about("The number of open sessions.", 1)]
    until_at: Annotated[Instant, about("When the last of them expires.")]


class SignedInList(TypedDict):
    """Everybody who is signed in."""

    items: Annotated[list[SignedInView], about("The people who are signed in, by name.")]
    next: NoNextPage


class Ended(TypedDict):
    """The ended sessions."""

    ended: Annotated[
        int, about("The number of ended sessions, including sign-in links that were not used yet.", 2)
    ]


class Proposal(TypedDict):
    """A command that waits for a second person."""

    id: Annotated[str, about("Its id.", "a_01g1793000mdgr1ppmy0ffgaq8")]
    state: Annotated[ProposalState, about("The state.")]
    operation: Annotated[str, about("The operation, by its id in this document.", "contracts-accept")]
    subject: Annotated[ContractId, about("The contract, option or outage, by its id; `terms`: all contracts.")]
    version: Version
    body: Annotated[dict[str, Any], about("The body of the command.", {"accepted_on": "2022-04-22"})]
    digest: Annotated[str, about("SHA-256 of what is approved: operation, path, version, body.", DIGEST)]
    proposed_by: Annotated[Actor, about("Who proposed it.")]
    proposed_at: Annotated[Instant, about("When it was proposed.")]
    decided_by: Annotated[
        Actor | None, about("Who approved or declined it, or made it lapse; null while it waits.")
    ]
    decided_at: Annotated[Instant | None, about("The time of the decision; null while it waits.")]
    reason: Annotated[Reason | None, about("The reason if it was declined or has lapsed, otherwise null.")]
    reason_ja: Annotated[
        str | None, about("The reason of the lapse in Japanese; null if it has not lapsed.", LAPSED_JA)
    ]
    lapsed_by: Annotated[RowId | None, about("The row of the change that made it lapse.")]


class ProposalPage(TypedDict):
    """A page of proposals."""

    items: Annotated[list[Proposal], about("The proposals, the newest first.")]
    next: NextPage


class Approved(TypedDict):
    """The executed command, and the contract, option, item change or outage as it now is."""

    approval: Annotated[Proposal, about("The proposal, as it now stands.")]
    contract: Annotated[ContractView | None, about("The contract, if the command was about a contract.")]
    option: Annotated[OptionView | None, about("The option, if the command was about an option.")]
    item_change: Annotated[
        ItemChangeView | None, about("The item change, if the command was about an item change.")
    ]
    outage: Annotated[OutageView | None, about("The outage, if the command was about an outage.")]
    resettlement: Annotated[
        ResettledPartView | None,
        about("The contracts, if terms were applied to all; goes on with `approval` in the body after `next`."),
    ]


def token_view(row: Mapping[str, Any]) -> Token:
    """A token's row. Its last day is the one before the instant at which it ends."""
    ends = row["expires_at"]
    _, services = split_grants(row["roles"])
    return {
        "name": row["name"],
        "roles": [one.partition(OF)[0] for one in row["roles"]],
        "service": next(iter(services)) if services else None,
        "created_at": instant(row["created_at"]),
        "created_by": row["created_by"],
        "expires_on": (ends.astimezone(TOKYO) - timedelta(days=1)).date().isoformat() if ends else None,
        "revoked_at": instant(row["revoked_at"]),
        "revoked_by": row["revoked_by"],
        "revoked_because": row["revoked_because"],
    }


def signed_in_view(name: str, sessions: int, until: datetime) -> SignedInView:
    """A person who is signed in."""
    return {"name": name, "sessions": sessions, "until_at": instant(until)}


def proposal_view(approval: Approval) -> Proposal:
    """Returns a proposal."""
    return {
        "id": approval.id,
        "state": approval.state,
        "operation": approval.operation,
        "subject": approval.subject_id,
        "version": approval.version,
        "body": orjson.loads(approval.body),
        "digest": approval.digest,
        "proposed_by": approval.proposed_by,
        "proposed_at": instant(approval.proposed_at),
        "decided_by": approval.decided_by,
        "decided_at": instant(approval.decided_at),
        "reason": LAPSED if approval.lapsed_by else approval.reason,
        "reason_ja": LAPSED_JA if approval.lapsed_by else None,
        "lapsed_by": approval.lapsed_by,
    }
