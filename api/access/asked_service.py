"""The service that a list is asked for, cut to what the caller may see."""

from typing import Annotated

from fastapi import Depends

from api.access.auth import Caller
from api.access.limits import service_asked
from api.request.query import ServiceQuery


async def asked_service(caller: Caller, service: ServiceQuery = None) -> str | None:
    """The service asked for, None for all. Raises OtherService, Malformed."""
    return service_asked(caller, service)


AskedService = Annotated[str | None, Depends(asked_service)]
