"""Security events: who was let in and who was not, refusals, changed rights; with address and principal.

A process of the service logs them whatever the level of its log is, for whoever looks into a break-in. Nothing is
said of customers.
"""

import logging
from contextvars import ContextVar

log = logging.getLogger("security")
ADDRESS: ContextVar[str | None] = ContextVar("address", default=None)  # of whoever asks; None on the command line


def security_event(event: str, principal: str | None = None, *, refused: bool = False, **more: str | None) -> None:
    """Logs an event. principal: who asked, None where that is not known. more: nothing about a customer."""
    told = {name: value for name, value in more.items() if value is not None}
    level = logging.WARNING if refused else logging.INFO
    log.log(level, event, extra={"address": ADDRESS.get(), "principal": principal, **told})
