"""The bodies of commands that are not events: tokens, sessions, proposals, webhooks, a sandbox's clock."""

from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from lifecycle.machines.body import Examples, Input, NeedsReason
from lifecycle.machines.field_types import Day, Instant, Text
from lifecycle.machines.names_of_services import ServiceName
from lifecycle.webhooks import subscriptions
from lifecycle.webhooks.addresses import LONGEST

Grant = Literal["order_desk", "operator", "auditor", "viewer", "admin", "personal_data", "calendar"]


class NewToken(Input):
    """A new token."""

    name: Text = Field(max_length=100)
    roles: list[Grant] = Field(min_length=1, max_length=7)
    expires_on: Day | None
    service: ServiceName | None = None
    examples: ClassVar[Examples] = [{"name": "suzuki", "roles": ["order_desk"], "expires_on": "2099-03-31"}]


class EndSessions(NeedsReason):
    """The person whose sessions end, by the name in the history."""

    name: Text = Field(max_length=100)
    examples: ClassVar[Examples] = [{"name": "person:248289761001", "reason": "The notebook was lost."}]


class Approve(Input):
    """An approval. The digest proves that the approver has seen the proposal."""

    digest: str = Field(pattern="^[0-9a-f]{64}$", description="The digest in the proposal.")
    examples: ClassVar[Examples] = [{"digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}]


class MoveClock(Input):
    """The new time of a sandbox."""

    now: Instant
    examples: ClassVar[Examples] = [{"now": "2022-07-11T09:00:00+09:00"}]


def _type(value: object) -> object:
    if not isinstance(value, str) or value not in subscriptions.TYPES:
        raise ValueError("is not a type of message")
    return value


MessageType = Annotated[
    str, BeforeValidator(_type), WithJsonSchema({"type": "string", "enum": sorted(subscriptions.TYPES)})
]


class NewWebhook(Input):
    """A receiver. With `service` it gets only messages about this service's contracts and outages."""

    url: str = Field(min_length=1, max_length=LONGEST)
    types: list[MessageType] | None = Field(default=None, min_length=1, max_length=len(subscriptions.TYPES))
    after: int | None = Field(default=None, ge=-1, le=2**53)
    service: ServiceName | None = None
    examples: ClassVar[Examples] = [
        {"url": "https://billing.example.com/hooks", "types": ["contract.terminate", "option.terminate"]},
        {"url": "https://archive.example.com/hooks", "types": None, "after": -1},
    ]


class Resend(Input):
    """The failed message to resend; null for all."""

    index: int | None = Field(default=None, ge=0, le=2**53)
    examples: ClassVar[Examples] = [{"index": None}]
