"""Who asks, and which operation of the interface it is."""

from collections.abc import Set
from dataclasses import dataclass

from fastapi.routing import APIRoute

from api.access.roles import sees_personal_data
from lifecycle.people.tokens import split_grants


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. name: written as the actor of the history. grants: roles, and whether they see personal data.

    services: those that they are limited to, None for all.
    """

    name: str
    grants: frozenset[str]
    services: frozenset[str] | None = None

    @classmethod
    def of(cls, name: str, grants: Set[str]) -> "Principal":
        """The principal with grants as they are stored."""
        return cls(name, *split_grants(grants))

    @property
    def sees_personal_data(self) -> bool:
        """Whether customers' data is shown to them."""
        return sees_personal_data(self.grants)


def operation_of(route: APIRoute) -> str:
    """A route's readable id in the OpenAPI document: contracts-notify_cancellation."""
    return f"{route.tags[0] if route.tags else 'service'}-{route.name}"
