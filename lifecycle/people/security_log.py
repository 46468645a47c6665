"""Security events: successful and refused sign-ins, refusals, changed rights; with address and principal.

A process of the service logs them at every log level, for the analysis of an attack. They contain nothing about
customers.
"""

import logging
from contextvars import ContextVar

log = logging.getLogger("security")
ADDRESS: ContextVar[str | None] = ContextVar("address", default=None)  # of the client; None on the command line


def security_event(event: str, principal: str | None = None, *, refused: bool = False, **more: str | None) -> None:
    """Log an event. principal: who made the request, None if unknown. more: nothing about a customer."""
    told = {name: value for name, value in more.items() if value is not None}
    level = logging.WARNING if refused else logging.INFO
    log.log(level, event, extra={"address": ADDRESS.get(), "principal": principal, **told})
