"""Builds the routers of /v1."""

from fastapi import APIRouter, Depends

from api.access.roles import operation_of
from api.request.query import known_parameters
from api.schemas.outputs.common import REFUSALS


def operations(prefix: str, *tags: str) -> APIRouter:
    """Create a router for the operations of a subject, below a path; unknown parameters are refused everywhere."""
    return APIRouter(
        prefix=prefix, tags=[*tags], responses=REFUSALS, dependencies=[Depends(known_parameters)],
        generate_unique_id_function=operation_of,
    )  # fmt: skip
