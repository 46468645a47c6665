"""The option that names a service."""

from typing import Annotated

import typer

from lifecycle.terms.editions import SERVICES, Editions

ServiceOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="Only contracts of this service; by default of all.")
]
OwnService = Annotated[str, typer.Option("--service", metavar="NAME", help="The service whose terms they are.")]


def service_of(name: str | None) -> str | None:
    """Return a service by its name, None for all. Raises BadParameter for one that is not loaded."""
    if name is not None and name not in SERVICES:
        raise typer.BadParameter(f"is none of {', '.join(SERVICES)}", param_hint="--service")
    return name


def editions_of(service: str) -> Editions:
    """Return the editions of a service by its name. Raises BadParameter."""
    service_of(service)
    return SERVICES[service]
