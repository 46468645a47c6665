"""The service that a page is asked for, where there are several."""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlencode

from fastapi import Request

from api.access.limits import service_asked
from api.pages.session import PageSession
from lifecycle.terms.editions import SERVICES


def chosen_service(request: Request, visit: PageSession) -> str | None:
    """The service in the address, None for all. What is unknown is as if it was not asked. Raises OtherService."""
    return own_service(visit, request.query_params.get("service"))


def own_service(visit: PageSession, named: str | None) -> str | None:
    """The same by its name; for a visitor who is limited to services the first of them."""
    services, asked = visit.principal.services, named if named in SERVICES else None
    return min(services) if asked is None and services else service_asked(visit.principal, asked)


def services_to_choose(visit: PageSession) -> tuple[str, ...]:
    """The services that a page offers; none where there is one only."""
    own = visit.principal.services
    offered = tuple(one for one in SERVICES if own is None or one in own)
    return offered if len(offered) > 1 else ()


class Linking(NamedTuple):
    """The address of a page with something changed. asked: what it was asked for."""

    path: str
    asked: Mapping[str, str | None]

    def __call__(self, **changes: str | int | None) -> str:
        """The address; a place in the list falls away unless it is given."""
        given = {name: value for name, value in {**self.asked, **changes}.items() if value}
        return f"{self.path}?{urlencode(given)}" if given else self.path
