"""What the interface answers about webhooks, for the OpenAPI document."""

from typing import Literal

from pydantic import AwareDatetime

from api.schemas.outputs.common import Output, of


class WebhookView(Output):
    """A receiver as it stands. told_up_to: the log's rows up to this index are handed over, but for what waits or
    failed. resting_until_at: nothing is sent before, as it failed again and again.
    """

    id: str
    url: str
    types: list[str] | None
    state: Literal["active", "resting", "disabled"]
    told_up_to: int
    waiting: int
    failed: int
    resting_until_at: AwareDatetime | None
    both_secrets_until_at: AwareDatetime | None
    created_at: AwareDatetime
    created_by: str
    disabled_at: AwareDatetime | None
    disabled_because: str | None


class WebhookWithSecret(WebhookView):
    """A receiver with its secret, to be seen this once."""

    secret: str


class WebhookList(Output):
    """Every receiver."""

    items: list[WebhookView]
    next: None


class MessageView(Output):
    """A message that was not taken. index: of its row in the log. next_try_at: null where it failed for good."""

    index: int
    contract_id: str
    state: Literal["waiting", "failed"]
    tries: int
    tried_at: AwareDatetime | None
    next_try_at: AwareDatetime | None
    reason: str | None


class Messages(Output):
    """A page of messages that were not taken."""

    items: list[MessageView]
    next: str | None


class Resent(Output):
    """How many failed messages are sent again."""

    resent: int


WEBHOOKS = of(WebhookList, "Every receiver.")
MADE = of(WebhookWithSecret, "The receiver; its secret is shown this once.", 201)
ROTATED = of(WebhookWithSecret, "The receiver; its new secret is shown this once.")
REMOVED = of(WebhookView, "The receiver as it was.")
UNDELIVERED = of(Messages, "A page of messages not taken.")
RESENT = of(Resent, "How many are sent again.")
