"""The `webhooks` section of the document: what receivers are sent, and what they may answer."""

from collections.abc import Callable
from typing import Any

from lifecycle.queries.views.webhooks import WebhookMessage

MESSAGES = "messages"  # the tag; under that of the receivers generators would write one file twice
HEADERS = (
    ("webhook-id", "The message's id, the same in every attempt; process each id once.",
     {"type": "string"}, "c_01g1793000mdgr1ppmy0ffgaq3_5"),
    ("webhook-timestamp", "The time of this attempt, in seconds since 1970-01-01T00:00:00Z.",
     {"type": "string", "pattern": "^[0-9]+$"}, "1657465200"),
    ("webhook-signature", "One signature or two, parted by a space: `v1,` and the HMAC-SHA256 in Base64 of id, "
     "time and body, parted by full stops (Standard Webhooks).",
     {"type": "string"}, "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="),
)  # fmt: skip


def webhooks_section(add: Callable[[str, type], None]) -> dict[str, Any]:
    """What a receiver is sent. add: puts a view's schema among the document's."""
    add("WebhookMessage", WebhookMessage)
    return {"message": {"post": {
        "operationId": "messages-message",
        "summary": "Message",
        "description": "A message about one transition, or a test message. It holds no name, reason or reference.",
        "tags": [MESSAGES],
        "security": [],
        "parameters": [
            {"name": name, "in": "header", "required": True, "description": meaning, "schema": schema,
             "example": example}
            for name, meaning, schema, example in HEADERS
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/WebhookMessage"}}},
        },
        "responses": {
            "2XX": {"description": "Taken. Answer within 15 seconds."},
            "410": {"description": "No more messages are wanted: the receiver is disabled."},
            "429": {"description": "Sent again later; `Retry-After` in seconds or as a date is respected."},
            "503": {"description": "Sent again later; `Retry-After` in seconds or as a date is respected."},
        },
    }}}  # fmt: skip
