"""Mail in the outbox, as the interface shows it: who gets it is not in it."""

from typing import Annotated, cast

from typing_extensions import TypedDict

from lifecycle.mail.outbox import Queued
from lifecycle.queries.views.closed_sets import MailRecipient, MailState
from lifecycle.queries.views.fields import Actor, ContractId, Instant, NextPage, about, view
from lifecycle.terms.calendar import instant

HASH = "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9"


@view
class MailView(TypedDict):
    """A message of the outbox. The address is shown nowhere; it is erased once the message is taken."""

    id: Annotated[str, about("Its id; the Message-ID is made of it.", "mail_01g1793000mdgr1ppmy0ffgaq9")]
    contract_id: Annotated[ContractId | None, about("The contract that it is about; null for a test message.")]
    paper: Annotated[str | None, about("The paper that is attached; null for a test message.", "acceptance")]
    to: Annotated[MailRecipient, about("Who gets the message.")]
    language: Annotated[str, about("The language of the paper.", "ja")]
    state: Annotated[MailState, about("Whether the mail server has taken it.")]
    tries: Annotated[int, about("The number of attempts.", 1)]
    tried_at: Annotated[Instant | None, about("The time of the last attempt; null for none.")]
    next_try_at: Annotated[Instant | None, about("The time of the next attempt; null for none.")]
    reason: Annotated[
        str | None,
        about("Why the last attempt failed, without the server's own words; null for none.", "answered 451"),
    ]
    sha256: Annotated[str | None, about("The SHA-256 of the attached PDF; null for a test message.", HASH)]
    created_at: Annotated[Instant, about("When it was put into the outbox.")]
    created_by: Annotated[Actor, about("Who put it there.")]
    sent_at: Annotated[Instant | None, about("When the mail server took it; null if it has not.")]


class MailPage(TypedDict):
    """A page of the outbox."""

    items: Annotated[list[MailView], about("The messages, the newest first.")]
    next: NextPage


def mail_view(found: Queued) -> MailView:
    """A message of the outbox."""
    return cast(
        MailView,
        {
            "id": found.id,
            "contract_id": found.contract_id,
            "paper": found.paper,
            "to": found.to_whom,
            "language": found.language,
            "state": found.state,
            "tries": found.attempts,
            "tried_at": instant(found.tried_at),
            "next_try_at": instant(found.next_try_at),
            "reason": found.reason,
            "sha256": found.sha256,
            "created_at": instant(found.created_at),
            "created_by": found.created_by,
            "sent_at": instant(found.sent_at),
        },
    )
