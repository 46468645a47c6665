"""The service that a page is asked for, where there are several."""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlencode

from fastapi import Request

from lifecycle.terms.editions import SERVICES


def chosen_service(request: Request) -> str | None:
    """The service in the address, None for all. What is unknown is as if it was not asked."""
    named = request.query_params.get("service")
    return named if named in SERVICES else None


def services_to_choose() -> tuple[str, ...]:
    """The services that a page offers; none where there is one only."""
    return tuple(SERVICES) if len(SERVICES) > 1 else ()


class Linking(NamedTuple):
    """The address of a page with something changed. asked: what it was asked for."""

    path: str
    asked: Mapping[str, str | None]

    def __call__(self, **changes: str | int | None) -> str:
        """The address; a place in the list falls away unless it is given."""
        given = {name: value for name, value in {**self.asked, **changes}.items() if value}
        return f"{self.path}?{urlencode(given)}" if given else self.path
