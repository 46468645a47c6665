"""What the interface answers about webhooks, for the OpenAPI document."""

from api.schemas.outputs.common import of
from lifecycle.queries.views.webhooks import Messages, Resent, WebhookList, WebhookView, WebhookWithSecret

WEBHOOKS = of(WebhookList, "Every receiver.")
MADE = of(WebhookWithSecret, "The receiver; its secret is shown this once.", 201)
ROTATED = of(WebhookWithSecret, "The receiver; its new secret is shown this once.")
REMOVED = of(WebhookView, "The receiver as it was.")
UNDELIVERED = of(Messages, "A page of messages not taken.")
RESENT = of(Resent, "How many are sent again.")
