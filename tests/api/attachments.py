"""Files to attach, each the smallest of its type, and the request that attaches one."""

import struct
import zlib
from typing import Any

from tests.api.desk import Desk, Json, Subject, answered, path_of

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
PDF += b"trailer<</Root 1 0 R>>\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"
EML = "From: 山田 <yamada@example.co.jp>\r\nSubject: =?utf-8?b?6Kej57SE?=\r\n folded\r\n\r\n解約\r\n".encode()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    + _chunk(b"IDAT", zlib.compress(b"\0\0"))
    + _chunk(b"IEND", b"")
)
TYPES = {
    "notice.pdf": (PDF, "application/pdf"),
    "notice.png": (PNG, "image/png"),
    "notice.jpeg": (JPEG, "image/jpeg"),
    "notice.eml": (EML, "message/rfc822"),
}


def attach(
    desk: Desk, contract: Subject, content: bytes = PDF, name: str = "notice.pdf", status: int = 201,
    *, headers: Any = None, entry: str | None = None, **query: Any,
) -> Json:  # fmt: skip
    """Return the answer to attaching a file. The type that the client sends is ignored."""
    files = {"file": (name, content, "text/html")}
    fields = {"entry": entry} if entry is not None else {}
    path = f"{path_of(contract)}/attachments"
    return answered(desk.client.post(path, files=files, data=fields, headers=headers, params=query), status)
