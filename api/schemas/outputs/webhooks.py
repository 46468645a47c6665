"""What the interface answers about webhooks, for the OpenAPI document."""

from api.schemas.outputs.common import of
from lifecycle.queries.views.webhooks import Messages, Resent, WebhookList, WebhookView, WebhookWithSecret

WEBHOOKS = of(WebhookList, "Every receiver.")
MADE = of(WebhookWithSecret, "The receiver; its secret is shown only once.", 201)
ROTATED = of(WebhookWithSecret, "The receiver; its new secret is shown only once.")
REMOVED = of(WebhookView, "The receiver as it was.")
UNDELIVERED = of(Messages, "A page of undelivered messages.")
RESENT = of(Resent, "The number of messages to resend.")
TESTED = of(WebhookView, "The receiver; the test message waits to be sent.")
