"""What comes beside the body: ids, pages, dry run, idempotency key, version."""

import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Path, Query
from pydantic import BeforeValidator

from api.inputs import _text
from api.problems import Problem

_VERSION = re.compile(r'(?:W/)?"?(\d{1,9})"?', re.ASCII)
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_ID = re.compile(r"[co]_[0-9a-z]{26}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Commanded:
    """How a command is to be run."""

    dry_run: bool
    key: str | None
    version: int | None


def commanded(
    dry_run: Annotated[bool, Query(description="The same answer, nothing stored.")] = False,
    idempotency_key: Annotated[
        str | None, Header(description="Same key and body: the first answer again.")
    ] = None,
    if_match: Annotated[str | None, Header(description='`"<version>"`; stale: 412.')] = None,
) -> Commanded:
    """Dry run, idempotency key and expected version. Raises Problem 422 for headers out of form."""
    if idempotency_key is not None and not _KEY.fullmatch(idempotency_key):
        raise _bad_header("Idempotency-Key", "is not 1 to 255 visible ASCII characters")
    version = None
    if if_match is not None and if_match.strip() != "*":
        found = _VERSION.fullmatch(if_match.strip())
        if found is None:
            raise _bad_header("If-Match", 'is not a version in the form "5"')
        version = int(found[1])
    return Commanded(dry_run, idempotency_key, version)


def _bad_header(name: str, detail: str) -> Problem:
    return Problem(
        422, "malformed", "Malformed input", "1 value(s) are malformed.",
        errors=[{"pointer": f"/header/{name}", "detail": detail}],
    )  # fmt: skip


def known_form(what: str) -> BeforeValidator:
    """Validates an id's form: what cannot be an id is unknown (404), not malformed."""

    def check(value: object) -> object:
        if not isinstance(value, str) or not _ID.fullmatch(value):
            raise Problem(404, "unknown", "Not found", f"There is no such {what}.")
        return value

    return BeforeValidator(check)


Command = Annotated[Commanded, Depends(commanded)]
ContractId = Annotated[str, Path(), known_form("contract")]
OptionId = Annotated[str, Path(), known_form("option")]
Limit = Annotated[int, Query(ge=1, le=500, description="At most so many items.")]
Cursor = Annotated[str | None, Query(max_length=80, pattern=r"^[0-9A-Za-z_.:|+-]+$")]
SearchText = Annotated[str | None, BeforeValidator(lambda v: v if v is None else _text(v)), Query(max_length=100)]
