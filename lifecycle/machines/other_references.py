"""Further references of a contract beside its own, as a body gives them."""

from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo

from lifecycle.machines.body import Reference
from lifecycle.machines.compared import twice


def _each_once(others: list[str], info: ValidationInfo) -> list[str]:
    """Further references of a contract: none that compares equal to another, or to the contract's own."""
    own = (getattr(info, "data", None) or {}).get("reference")
    if twice(others if own is None else [own, *others]) is not None:
        raise ValueError("names a reference twice, or the contract's own")
    return others


OtherReferences = Annotated[list[Reference], Field(max_length=20), AfterValidator(_each_once)]
