"""The recorded values in the fields of a form that changes them, and the body with the changed ones.

A field that was emptied becomes null in the body. A required field that was emptied is requested again.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from api.pages.fields import Field, Filled, filled, nested
from api.pages.form_table import Form
from lifecycle.queries.views.fields import Answer
from lifecycle.terms.calendar import TOKYO

ANY_DAY = date(2000, 1, 1)  # recorded days bear their year
# By form, the objects that /v1 takes as a whole.
_WHOLE = {
    "contracts-amend": ("customer", "administrator", "delivery.custom_domain"),
    "contracts-change_particulars": (),
    "contracts-change_delivery": ("delivery",),
}  # fmt: skip
_NEVER_ABSENT = (
    "reference", "customer.name", "item", "declarations.laws_accepted", "declarations.rights_cleared",
    "delivery.https",
)  # fmt: skip
_PEOPLE = ("customer.", "administrator.")


def recorded_texts(form: Form, contract: Answer, *, people: bool) -> dict[str, str]:
    """By field the recorded value, as it would be typed; empty for a form that changes none. people: whether the
    visitor may see personal data.
    """
    if form.name not in _WHOLE:
        return {}
    own = [one for one in form.fields if one.name.partition(".")[0] in contract]
    return {
        one.name: typed_text(one, _value(contract, one))
        for one in own
        if people or not one.name.startswith(_PEOPLE)
    }


def emptied(form: Form, recorded: Mapping[str, str], typed: Mapping[str, str]) -> Iterator[str]:
    """The required fields that were emptied; an unticked checkbox means no."""
    for one in form.fields:
        needed = one.name in _NEVER_ABSENT and one.kind != "flag"
        if needed and recorded.get(one.name) and not typed[one.name].strip():
            yield one.name


def changed(form: Form, recorded: Mapping[str, str], typed: Filled) -> dict[str, Any]:
    """By dotted name what differs from the record, null for what was emptied."""
    was = filled(form.fields, recorded, ANY_DAY).flat
    found: dict[str, Any] = {}
    for one in form.fields:
        if one.name not in recorded or said(one, was) == said(one, typed.flat):
            continue
        whole = next((name for name in _WHOLE[form.name] if one.name.startswith(f"{name}.")), None)
        if whole is None:
            found |= said(one, typed.flat) or {one.name: [] if one.kind == "texts" else None}
        else:
            within = {name: value for name, value in typed.flat.items() if name.startswith(f"{whole}.")}
            found |= within or {whole: None}
    return found


def changed_body(form: Form, recorded: Mapping[str, str], typed: Filled) -> Answer:
    """Return the body for /v1: the differences from the record, and the other fields of the form."""
    beside = {name: value for name, value in typed.flat.items() if name not in recorded}
    return nested(beside | changed(form, recorded, typed))


def said(one: Field, flat: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the text of a field, by its name or its other name."""
    return {name: flat[name] for name in (one.name, one.at) if name is not None and name in flat}


def typed_text(one: Field, value: Any) -> str:
    """Return a value as it would be typed into a field."""
    match value:
        case None | False if one.kind == "flag" or value is None:
            return ""
        case bool():
            return "true" if value else "false"
        case list():
            return "\n".join(value)
        case str() if one.kind in ("day", "instant") and "T" in value:
            at = datetime.fromisoformat(value).astimezone(TOKYO)
            return f"{at:%Y-%m-%d %H:%M:%S}" if at.second else f"{at:%Y-%m-%d %H:%M}"
    return str(value)


def _value(contract: Answer, one: Field) -> Any:
    value: Any = contract
    for part in one.name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
