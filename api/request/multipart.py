"""One file and a few fields in the body of a request, read whole and in memory: nothing of it reaches a disk."""

from collections.abc import Mapping
from typing import NamedTuple

from fastapi import Request
from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartParser

from lifecycle.errors import Malformed
from lifecycle.queries.media import MOST_BYTES

_AROUND = 64 * 1024  # bytes of boundaries, headers and fields around a file
_CLOSING = 1024  # bytes at the end, in which the last boundary stands
MAX_MULTIPART = MOST_BYTES + _AROUND
MultiPartParser.spool_max_size = MAX_MULTIPART  # what is larger goes to a temporary file, which nobody erases


class ReceivedFile(NamedTuple):
    """A file that was sent. name: as the sender calls it. fields: what was sent beside it."""

    name: str
    content: bytes
    fields: Mapping[str, str]


def is_multipart(content_type: str) -> bool:
    """Whether a header Content-Type says multipart/form-data."""
    return content_type.partition(";")[0].strip().lower() == "multipart/form-data"


async def read_multipart(request: Request, *fields: str) -> ReceivedFile:
    """The file in the part `file` of the body, and fields, each once at most. Raises Malformed."""
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
