"""What the interface answers about mail, for the OpenAPI document."""

from api.schemas.outputs.common import of
from lifecycle.queries.views.mail import MailPage, MailView

QUEUED = of(MailView, "The message, which waits to be sent.", 201)
MAIL = of(MailView, "The message.")
MAIL_PAGE = of(MailPage, "A page of the outbox.")
