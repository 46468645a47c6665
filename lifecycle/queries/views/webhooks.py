"""Webhooks, the messages that they are sent, and those that they have not taken, as the interface shows them."""

from datetime import datetime
from typing import Annotated

from typing_extensions import TypedDict

from lifecycle.queries.views.closed_sets import (
    Event,
    Kind,
    MessageState,
    MessageType,
    ServiceName,
    State,
    WebhookState,
)
from lifecycle.queries.views.fields import Actor, ContractId, Instant, NextPage, Reason, about, view
from lifecycle.queries.views.people import NoNextPage
from lifecycle.terms.calendar import instant
from lifecycle.webhooks.subscriptions import Undelivered, Webhook


@view
class WebhookView(TypedDict):
    """A receiver."""

    id: Annotated[str, about("Its id.", "w_01g1793000mdgr1ppmy0ffgaq9")]
    url: Annotated[str, about("The address that messages are sent to.", "https://billing.example.com/hooks")]
    types: Annotated[list[MessageType] | None, about("The types of messages that it wants; null for all.")]
    service: Annotated[ServiceName | None, about("The service whose contracts it is told of; null for all.")]
    state: Annotated[WebhookState, about("Whether messages are sent to it.")]
    told_up_to: Annotated[
        int,
        about(
            "The delivery position: log rows up to this index are sent, except waiting and failed messages.", 41
        ),
    ]
    waiting: Annotated[int, about("The number of messages that will be retried.", 0)]
    failed: Annotated[int, about("The number of failed messages.", 0)]
    resting_until_at: Annotated[
        Instant | None, about("Nothing is sent before this instant; null if it does not pause.")
    ]
    both_secrets_until_at: Annotated[
        Instant | None, about("Until then messages have a signature by each secret; null if only one is valid.")
    ]
    created_at: Annotated[Instant, about("The time of creation.")]
    created_by: Annotated[Actor, about("Who added it.")]
    disabled_at: Annotated[Instant | None, about("Since when nothing is sent; null if it is not disabled.")]
    disabled_because: Annotated[Reason | None, about("The reason; null if it is not disabled.")]


class WebhookWithSecret(WebhookView):
    """A receiver with its secret."""

    secret: Annotated[str, about("The secret that signs its messages; it is shown only once.", "whsec_…")]


class WebhookList(TypedDict):
    """Every receiver."""

    items: Annotated[list[WebhookView], about("The receivers, in the order of id.")]
    next: NoNextPage


@view
class MessageView(TypedDict):
    """An undelivered message."""

    index: Annotated[int, about("The index of its row in the log.", 41)]
    contract_id: Annotated[ContractId, about("The contract that it is about.")]
    state: Annotated[MessageState, about("Whether it will be retried.")]
    tries: Annotated[int, about("The number of attempts.", 3)]
    tried_at: Annotated[Instant | None, about("The time of the last attempt; null for none.")]
    next_try_at: Annotated[Instant | None, about("The time of the next attempt; null if it has failed.")]
    reason: Annotated[str | None, about("The reason of the failure; null if it was never sent.", "status 500")]


class Messages(TypedDict):
    """A page of undelivered messages."""

    items: Annotated[list[MessageView], about("The messages, in the order of the log.")]
    next: NextPage


class Resent(TypedDict):
    """The number of failed messages that are resent."""

    resent: Annotated[int, about("The number of messages.", 1)]


def webhook_view(found: Webhook, now: datetime) -> WebhookView:
    """A receiver."""
    resting = found.backoff_until is not None and found.backoff_until > now
    both = found.old_secret_until is not None and found.old_secret_until > now
    return {
        "id": found.id,
        "url": found.url,
        "types": None if found.types is None else list(found.types),
        "service": found.service,
        "state": "disabled" if found.disabled_at else "resting" if resting else "active",
        "told_up_to": found.cursor,
        "waiting": found.waiting,
        "failed": found.failed,
        "resting_until_at": instant(found.backoff_until if resting else None),
        "both_secrets_until_at": instant(found.old_secret_until if both else None),
        "created_at": instant(found.created_at),
        "created_by": found.created_by,
        "disabled_at": instant(found.disabled_at),
        "disabled_because": found.disabled_because,
    }


def message_view(one: Undelivered) -> MessageView:
    """An undelivered message."""
    return {
        "index": one.index,
        "contract_id": one.contract_id,
        "state": "failed" if one.next_try_at is None else "waiting",
        "tries": one.attempts,
        "tried_at": instant(one.tried_at),
        "next_try_at": instant(one.next_try_at),
        "reason": one.reason,
    }


class TransitionData(TypedDict):
    """The transition. A test message has made-up values and a negative index."""

    index: Annotated[int, about("The index of its row in the log; negative in a test message.", 1042)]
    contract_id: Annotated[ContractId, about("The contract that it is about.")]
    subject_id: Annotated[str, about("The contract or the part that changed.", "o_01g1793000mdgr1ppmy0ffgaq4")]
    kind: Annotated[Kind, about("The kind of the subject.")]
    seq: Annotated[int, about("The number of the transition in the subject's history, from 1.", 5)]
    event: Annotated[Event, about("The event.")]
    from_state: Annotated[State | None, about("The state before; null for an opening event.")]
    to_state: Annotated[State, about("The state after.")]
    effective_at: Annotated[Instant, about("The legal time.")]


class WebhookMessage(TypedDict):
    """A message to a receiver."""

    type: Annotated[str, about("The kind and the event, or `test`.", "contract.terminate")]
    timestamp: Annotated[Instant, about("The time of recording.")]
    data: Annotated[TransitionData, about("What happened to what.")]
