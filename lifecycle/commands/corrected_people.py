"""Corrections of the people in an entry, with only the differing fields (R35, R39)."""

from collections.abc import Iterator, Mapping
from types import NoneType
from typing import Any, get_args, get_type_hints

from pydantic import BaseModel, ValidationError

from lifecycle.errors import Malformed
from lifecycle.machines.body import kept
from lifecycle.machines.entries import HumanEntry
from lifecycle.machines.events.amend import Amend
from lifecycle.machines.events.apply_body import ContractApplicationBody
from lifecycle.machines.events.change_particulars import ChangeParticulars
from lifecycle.machines.events.succeed import Succeed
from lifecycle.machines.people import People

PERSONS = ("customer", "administrator")


def persons_in(entry: HumanEntry) -> dict[str, tuple[type[BaseModel], bool]]:
    """Return the persons in an entry: the model of each, and whether it is optional."""
    body: type[BaseModel] | None = entry.event.input.body if entry.event.input is not None else None
    if (entry.kind, entry.event.name) == ("contract", "apply"):
        body = ContractApplicationBody
    found = {}
    for name in PERSONS:
        if body is not None and (field := body.model_fields.get(name)) is not None:
            of = [one for one in get_args(field.annotation) or (field.annotation,) if one is not NoneType]
            found[name] = (of[0], name == "administrator" and NoneType in get_args(field.annotation))
    return found


def corrected_people(entry: HumanEntry, given: Mapping[str, Any], was: People) -> People:
    """Return the corrected people of the entry. given: by person, only the differing fields. was: as recorded.

    Raises Malformed.
    """
    persons, people = persons_in(entry), dict(was)
    errors: list[tuple[str, str]] = []
    for name, differs in given.items():
        model, may_be_none = persons[name]
        if differs is None and may_be_none:
            people[name] = None
        elif differs is None:
            errors.append((f"/facts/{name}", "is required"))
        elif not isinstance(differs, Mapping):
            errors.append((f"/facts/{name}", "is an object"))
        elif not differs:
            errors.append((f"/facts/{name}", "names nothing that is different"))
        else:
            try:
                people[name] = _stored(model, {**(was.get(name) or {}), **differs})
            except ValidationError as error:
                errors += _said(name, error)
    if errors:
        raise Malformed(errors)
    if isinstance(entry.facts, Succeed) and people.get("administrator") is None:
        people.pop("administrator", None)  # the administrator stays
    return people


def facts_from_people(entry: HumanEntry, people: People) -> dict[str, Any]:
    """Return the facts that follow from the people of an entry, as JSON; only those that differ.

    They contain no name.
    """
    facts, named = entry.facts, people.get("administrator") is not None
    found: dict[str, Any] = {}
    if "administrator_named" in get_type_hints(type(facts)):
        found["administrator_named"] = named
    if isinstance(facts, ChangeParticulars):
        found["changed"] = sorted(people["customer"])
    if isinstance(facts, Amend):
        found["people"] = sorted(name for name in people if people[name] is not None)
        cleared = {*facts.cleared} - {"administrator"}
        found["cleared"] = sorted(cleared | {name for name in people if people[name] is None})
    recorded = facts.to_json()
    return {name: value for name, value in found.items() if value != recorded.get(name, _nothing(value))}


def differing(was: People, now: People) -> list[str]:
    """Return the names of the differing fields, as `customer.name`; never their values."""
    old, new = dict(_leaves(was)), dict(_leaves(now))
    return sorted(name for name in {*old, *new} if old.get(name) != new.get(name))


def _stored(model: type[BaseModel], merged: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = model.model_validate(merged).stored()  # type: ignore[attr-defined]
    return found


def _said(name: str, error: ValidationError) -> Iterator[tuple[str, str]]:
    for one in error.errors(include_url=False, include_input=False):
        inner = "".join(f"/{part}" for part in one["loc"])
        yield f"/facts/{name}{inner}", one["msg"].removeprefix("Value error, ")


def _leaves(people: People) -> Iterator[tuple[str, Any]]:
    for name, person in people.items():
        for field, value in (person or {}).items():
            if kept(field, value):
                yield f"{name}.{field}", value


def _nothing(value: Any) -> Any:
    return [] if isinstance(value, list) else None
