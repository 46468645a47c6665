"""The request without its body: ids, pages, dry run, idempotency key, version."""

import re
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import Depends, Header, Path, Query, Request
from pydantic import BeforeValidator, WithJsonSchema

from api.problems import Problem
from lifecycle.commands.command import ExpectedVersion
from lifecycle.errors import Malformed
from lifecycle.machines.field_types import SearchTerm
from lifecycle.machines.names_of_services import ServiceName

_VERSION = re.compile(r'(?:W/)?"?(\d{1,9})(?:\.(\d{1,9}))?"?', re.ASCII)
MOST_TAGS = 20  # in one If-Match
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
NEXT = "The `next` of the previous page."
_LETTERS = {"contract": "c", "option": "o", "item change": "i", "measure": "m", "outage": "x", "approval": "a",
            "webhook": "w", "refund": "r"}  # fmt: skip
_ID = {what: re.compile(f"{letter}_[0-9a-z]{{26}}") for what, letter in _LETTERS.items()}
_ID["attachment"] = re.compile(r"c_[0-9a-z]{26}\.[1-9][0-9]{0,8}", re.ASCII)
_ID["parked timer"] = re.compile("[a-z]_[0-9a-z]{26}")
_ID["message"] = re.compile("mail_[0-9a-z]{26}")


@dataclass(frozen=True, slots=True)
class CommandOptions:
    """The options of a command."""

    dry_run: bool
    key: str | None
    expected: tuple[ExpectedVersion, ...] = ()


ServiceQuery = Annotated[ServiceName | None, Query(description="Only contracts of this service.")]
DryRun = Annotated[bool, Query(description="Returns the same answer but stores nothing.")]
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="The same key and body return the first answer again.",
        json_schema_extra={"pattern": f"^{_KEY.pattern}$"},
    ),
]
_TAG = r'(W/)?"?[0-9]{1,9}(\.[0-9]{1,9})?"?'
TAGS = rf"^\s*(\*|{_TAG}(\s*,\s*{_TAG}){{0,19}})\s*$"
IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description="The ETag of what the command is based on, or a list of such; stale: 412.",
        json_schema_extra={"pattern": TAGS},
    ),
]


def _rehearsed(dry_run: bool, key: str | None) -> CommandOptions:
    return CommandOptions(dry_run, key_of(key))


def key_of(key: str | None) -> str | None:
    """Return a valid idempotency key. Raises Malformed."""
    if key is not None and not _KEY.fullmatch(key):
        raise _bad_header("Idempotency-Key", "is not 1 to 255 visible ASCII characters")
    return key


def versions_of(if_match: str) -> tuple[ExpectedVersion, ...]:
    """Return the versions in a list of entity tags, none for any version. Raises Malformed."""
    if if_match.strip() == "*":
        return ()
    tags = [_VERSION.fullmatch(tag.strip()) for tag in if_match.split(",", MOST_TAGS - 1)]
    if None in tags:
        raise _bad_header("If-Match", 'is not a version in the form "5", or a list of such')
    return tuple(ExpectedVersion(int(tag[1]), int(tag[2]) if tag[2] else None) for tag in tags if tag)


async def command_options(
    dry_run: DryRun = False, idempotency_key: Key = None, if_match: IfMatch = None
) -> CommandOptions:
    """Return dry run, idempotency key and expected version. Raises Problem 422 for malformed headers."""
    how = _rehearsed(dry_run, idempotency_key)
    return how if if_match is None else replace(how, expected=versions_of(if_match))


async def creation_options(
    request: Request, dry_run: DryRun = False, idempotency_key: Key = None
) -> CommandOptions:
    """Return dry run and idempotency key.

    Raises Problem 422 for a malformed key, or a version, which a new subject does not have.
    """
    how = _rehearsed(dry_run, idempotency_key)
    if "If-Match" in request.headers:
        raise _bad_header("If-Match", "goes with the events of what exists already")
    return how


def in_order(request: Request) -> bool:
    """Whether a creation request has JSON, perhaps a valid key, and nothing else."""
    headers = request.headers
    key = headers.get("Idempotency-Key")
    return (
        not request.scope["query_string"]
        and headers.get("Content-Type") == "application/json"
        and "If-Match" not in headers
        and (key is None or _KEY.fullmatch(key) is not None)
    )


def cursor_of(cursor: int | None, after: int | None) -> int:
    """Return the place after which a page begins, by either name; -1 for the beginning.

    Raises Malformed for both.
    """
    if cursor is not None and after is not None:
        raise Malformed([("/query/after", "is another name of cursor: give one of them")])
    given = cursor if cursor is not None else after
    return -1 if given is None else given


def without_key(command: CommandOptions) -> None:
    """Raise Problem 422 for a key of a request whose answer contains a secret."""
    if command.key is not None:
        raise _bad_header("Idempotency-Key", "does not go with a secret: the answer is kept nowhere")


def _bad_header(name: str, detail: str) -> Malformed:
    return Malformed([(f"/header/{name}", detail)])


async def known_parameters(request: Request) -> None:
    """Raise Problem 422 for a query parameter that is unknown or repeated.

    A typing error in `dry_run` must not store anything. Calendar programs may add harmless parameters.
    """
    if not request.scope["query_string"] or request.scope["route"].path.endswith(".ics"):
        return
    known, given = (
        parameters_of(request.scope["route"].dependant),
        [n for n, _ in request.query_params.multi_items()],
    )
    wrong = [(name, "is not known here") for name in dict.fromkeys(given) if name not in known]
    wrong += [(name, "is given more than once") for name in known if given.count(name) > 1]
    if wrong:
        raise Malformed([(f"/query/{name}", said) for name, said in wrong])


def parameters_of(dependant: Any) -> set[str]:
    """The query parameters of an operation and of all it depends on."""
    names = {parameter.alias for parameter in dependant.query_params}
    return names.union(*(parameters_of(inner) for inner in dependant.dependencies))


_WAITING_PLACE = re.compile(rf"{_ID['parked timer'].pattern}\.[a-z_]{{1,20}}")  # an id, and what waits there
_SORTED_PLACE = re.compile(r"W[A-Za-z0-9_-]{8,400}")  # the place in a list that is sorted


def _list_cursor(value: object) -> object:
    forms = (_ID["contract"], _SORTED_PLACE)
    if value is not None and not (isinstance(value, str) and any(form.fullmatch(value) for form in forms)):
        raise ValueError("is not the `next` of a page")
    return value


def _waiting_cursor(value: object) -> object:
    forms = (_ID["parked timer"], _WAITING_PLACE)
    if value is not None and not (isinstance(value, str) and any(form.fullmatch(value) for form in forms)):
        raise ValueError("is not the `next` of a page")
    return value


def known_form(what: str) -> BeforeValidator:
    """Check the form of an id: an id that cannot belong to such a subject is unknown (404), not malformed."""

    def check(value: object) -> object:
        if not isinstance(value, str) or not _ID[what].fullmatch(value):
            raise Problem(404, "unknown", "Not found", f"There is no such {what}.")
        return value

    return BeforeValidator(check)


CommandHeaders = Annotated[CommandOptions, Depends(command_options)]
CreationHeaders = Annotated[CommandOptions, Depends(creation_options)]
ContractId = Annotated[str, Path(examples=["c_01g1793000mdgr1ppmy0ffgaq3"]), known_form("contract")]
OptionId = Annotated[str, Path(examples=["o_01g1793000mdgr1ppmy0ffgaq4"]), known_form("option")]
ItemChangeId = Annotated[str, Path(examples=["i_01g1793000mdgr1ppmy0ffgaq5"]), known_form("item change")]
MeasureId = Annotated[str, Path(examples=["m_01g1793000mdgr1ppmy0ffgaq6"]), known_form("measure")]
OutageId = Annotated[str, Path(examples=["x_01g1793000mdgr1ppmy0ffgaq7"]), known_form("outage")]
WebhookIdPath = Annotated[str, Path(examples=["w_01g1793000mdgr1ppmy0ffgaq9"]), known_form("webhook")]
ApprovalId = Annotated[str, Path(examples=["a_01g1793000mdgr1ppmy0ffgaq8"]), known_form("approval")]
Limit = Annotated[int, Query(ge=1, le=500, description="The maximum number of items.")]
Cursor = Annotated[str | None, Query(pattern=f"^{_ID['contract'].pattern}$", description=NEXT)]
ListCursor = Annotated[
    str | None,
    BeforeValidator(_list_cursor),
    WithJsonSchema(
        {"anyOf": [
            {"type": "string", "pattern": f"^{_ID['contract'].pattern}$"},
            {"type": "string", "pattern": f"^{_SORTED_PLACE.pattern}$"},
            {"type": "null"},
        ]}
    ),
    Query(description=NEXT),
]  # fmt: skip
AnyId = Annotated[str | None, Query(pattern=f"^{_ID['parked timer'].pattern}$", description=NEXT)]
WaitingPlace = Annotated[
    str | None,
    BeforeValidator(_waiting_cursor),
    WithJsonSchema(
        {"anyOf": [
            {"type": "string", "pattern": f"^{_ID['parked timer'].pattern}$"},
            {"type": "string", "pattern": f"^{_WAITING_PLACE.pattern}$"},
            {"type": "null"},
        ]}
    ),
    Query(description=NEXT),
]  # fmt: skip
Place = Annotated[
    int | None, Query(ge=0, le=2**31 - 1, description=NEXT, examples=[100])
]  # a seq, or so many of a list
LogPlace = Annotated[int | None, Query(ge=0, le=2**53, description=NEXT, examples=[41])]
AnyLimit = Annotated[
    int | None, Query(ge=1, le=500, description="The maximum number of items; by default all of them.")
]
After = Annotated[int | None, Query(ge=0, le=2**53, description="Another name of `cursor`.", deprecated=True)]
SearchText = Annotated[
    SearchTerm | None,
    Query(description="Part of number, reference, customer or administrator; kana, width and case do not matter."),
]
