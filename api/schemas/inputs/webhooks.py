"""What the interface takes in about webhooks."""

from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from api.schemas.inputs.fields import Input
from lifecycle.webhooks import subscriptions
from lifecycle.webhooks.addresses import LONGEST


def _type(value: object) -> object:
    if not isinstance(value, str) or value not in subscriptions.TYPES:
        raise ValueError("is not a type of message")
    return value


Type = Annotated[
    str, BeforeValidator(_type), WithJsonSchema({"type": "string", "enum": sorted(subscriptions.TYPES)})
]


class NewWebhook(Input):
    """A receiver. types: of messages it wants, null for all. after: index of the last row of the log that it knows
    (as in /v1/audit/transitions), -1 for none, null to begin with what comes.
    """

    url: str = Field(min_length=1, max_length=LONGEST)
    types: list[Type] | None = Field(default=None, min_length=1, max_length=len(subscriptions.TYPES))
    after: int | None = Field(default=None, ge=-1, le=2**53)


class Resend(Input):
    """Which failed message is sent again; null for all."""

    index: int | None = Field(default=None, ge=0, le=2**53)
