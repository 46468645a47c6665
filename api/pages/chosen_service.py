"""The service that a page is filtered by, if there are several."""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlencode

from fastapi import Request

from api.access.limits import service_asked
from api.pages.session import PageSession
from lifecycle.terms.editions import SERVICES


def chosen_service(request: Request, visit: PageSession) -> str | None:
    """Return the service in the address, None for all. An unknown service is ignored. Raises OtherService."""
    return own_service(visit, request.query_params.get("service"))


def own_service(visit: PageSession, named: str | None) -> str | None:
    """Return the same by its name; the first of their services for a visitor who is limited to services."""
    services, asked = visit.principal.services, named if named in SERVICES else None
    return min(services) if asked is None and services else service_asked(visit.principal, asked)


def services_to_choose(visit: PageSession) -> tuple[str, ...]:
    """Return the services that a page offers; none if there is only one."""
    own = visit.principal.services
    offered = tuple(one for one in SERVICES if own is None or one in own)
    return offered if len(offered) > 1 else ()


class Linking(NamedTuple):
    """Builds the address of a page with changed parameters. asked: the current parameters."""

    path: str
    asked: Mapping[str, str | None]

    def __call__(self, **changes: str | int | None) -> str:
        """Return the address; the place in a list is dropped unless it is given."""
        given = {name: value for name, value in {**self.asked, **changes}.items() if value}
        return f"{self.path}?{urlencode(given)}" if given else self.path
