"""The body of a request: its maximum size, and one file with a few fields, parsed in memory only."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from fastapi import Request
from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartParser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Passing, Problem, answer
from lifecycle.errors import Malformed
from lifecycle.queries.media import MOST_BYTES
from lifecycle.sheets.reading import MAX_BYTES

_AROUND = 64 * 1024  # bytes of boundaries, headers and fields around a file
_CLOSING = 1024  # bytes at the end, which contain the last boundary
MAX_MULTIPART = MOST_BYTES + _AROUND
MultiPartParser.spool_max_size = MAX_MULTIPART  # a larger one would go to a temporary file, which is never erased
MAX_BODY = 256 * 1024
MOST_READ = 32 * 1024 * 1024  # of a body that is refused
ATTACHING = re.compile(r"(/v1)?/contracts/[^/]+/attachments(/new)?")
FILES: Mapping[str, int] = {
    "/import": MAX_BYTES + 1024 * 1024,  # one file, and what is around it
    "/v1/imports": MAX_BYTES,
    "/audit/verify": 64 * 1024 * 1024,  # an export of some ten thousands of rows; longer ones by the command line
}


class BodyLimit:
    """Refuses a body over its limit with 413, by its announced length or as it arrives."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on requests within the limit."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        most = _most(scope["path"], headers.get(b"content-type", b"").decode("latin-1"))
        announced = headers.get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > most:
            await _let_pass(receive)
            await answer(_too_large(most), Request(scope))(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > most:
                if message.get("more_body", False):
                    await _let_pass(receive)
                raise Passing(_too_large(most))
            return message

        await self.app(scope, counted, send)


async def _let_pass(receive: Receive) -> None:
    """Read up to MOST_READ and discard it: a client that is still sending would not read the answer."""
    read = 0
    while read < MOST_READ:
        message = await receive()
        read += len(message.get("body", b""))
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return


def _most(path: str, content_type: str) -> int:
    """Return the maximum number of bytes of a body."""
    if is_multipart(content_type) and ATTACHING.fullmatch(path):
        return MAX_MULTIPART
    return FILES.get(path, MAX_BODY)


def _too_large(most: int) -> Problem:
    more: Mapping[str, Any] = {"limit_bytes": most}
    return Problem(413, "too-large", "Too large", f"A body holds at most {most} bytes.", **more)


class ReceivedFile(NamedTuple):
    """An uploaded file. name: as the client names it. fields: the other form fields."""

    name: str
    content: bytes
    fields: Mapping[str, str]


def is_multipart(content_type: str) -> bool:
    """Whether a Content-Type header is multipart/form-data."""
    return content_type.partition(";")[0].strip().lower() == "multipart/form-data"


async def read_multipart(request: Request, *fields: str) -> ReceivedFile:
    """Return the file in the part `file` of the body, and fields, each at most once. Raises Malformed."""
    content_type = request.headers.get("content-type", "")
    if not is_multipart(content_type):
        raise Malformed([("/header/Content-Type", "is not multipart/form-data")])
    boundary = parse_options_header(content_type)[1].get(b"boundary")
    if not boundary:
        raise Malformed([("/header/Content-Type", "names no boundary")])
    body = await request.body()
    if b"\r\n--%s--" % boundary not in body[-_CLOSING:]:
        raise Malformed([("", "is cut off: the last boundary is missing")])
    try:
        async with request.form(max_files=1, max_fields=len(fields)) as form:
            return await _file_in(form, fields)
    except HTTPException as error:
        many = str(error.detail).startswith("Too many")
        said = "has more parts than one file and its fields" if many else "is not multipart/form-data"
        raise Malformed([("", said)]) from None


async def _file_in(form: FormData, fields: tuple[str, ...]) -> ReceivedFile:
    known = ("file", *fields)
    names = [name for name, _ in form.multi_items()]
    wrong = [(name, "is not known here") for name in dict.fromkeys(names) if name not in known]
    wrong += [(name, "is given more than once") for name in known if names.count(name) > 1]
    wrong += [(name, "is a file") for name in fields if isinstance(form.get(name), UploadFile)]
    file = form.get("file")
    if not isinstance(file, UploadFile):
        wrong.append(("file", "is required" if file is None else "is not a file"))
    elif not wrong:
        given = {name: value for name in fields if isinstance(value := form.get(name), str)}
        return ReceivedFile(file.filename or "", await file.read(), given)
    raise Malformed([(f"/{name[:100]}", said) for name, said in wrong])
