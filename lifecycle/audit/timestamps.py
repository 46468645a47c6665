"""Time stamps of checkpoints (RFC 3161): an authority signs that a checkpoint existed at a moment.

The response is stored byte for byte; `openssl ts -verify` checks it against the signed checkpoint.
"""

import base64
import secrets
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, Engine, select

from lifecycle.audit.checkpoint import Unreadable
from lifecycle.audit.countersigned import LONGEST_NAME, keep, newest_size
from lifecycle.records import tables
from lifecycle.records.engine import reading, writing

STAMP = "timestamp"
_TIMEOUT, _LONGEST = 10.0, 100_000  # seconds; bytes of an answer
_VERSION, _SHA256, _CERTIFICATES = (
    b"\x02\x01\x01",
    bytes.fromhex("300d06096086480165030402010500"),
    b"\x01\x01\xff",
)
_C, _S = tables.checkpoint.c, tables.countersigned.c


def stamp(engine: Engine, url: str, now: datetime) -> int:
    """Request a time stamp for the newest checkpoint and store it; return the checkpoint's size.

    Raises Unreadable.
    """
    import httpx2  # takes a while to load

    if len(url) > LONGEST_NAME:
        raise Unreadable(f"the address of an authority has at most {LONGEST_NAME} characters")
    with reading(engine) as conn:
        found = conn.execute(select(_C.size, _C.note).order_by(_C.size.desc()).limit(1)).first()
        if found is None:
            raise Unreadable("no checkpoint is signed yet")
        if newest_size(conn, STAMP, url) == found.size:
            return int(found.size)
    digest, nonce = sha256(found.note.encode()).digest(), _nonce()
    try:
        answer = httpx2.post(
            url, content=stamp_request(digest, nonce), headers={"Content-Type": "application/timestamp-query"},
            timeout=_TIMEOUT,
        ).raise_for_status()  # fmt: skip
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise Unreadable(f"{url} gave no time stamp: {type(error).__name__}") from None
    content = answer.content
    if len(content) > _LONGEST or not is_granted(content) or digest not in content or nonce not in content:
        raise Unreadable(f"{url} gave no time stamp of this checkpoint")
    with writing(engine) as conn:
        keep(conn, found.size, STAMP, url, base64.b64encode(content).decode(), now)
    return int(found.size)


def list_stamps(conn: Connection) -> Iterator[tuple[int, str, bytes]]:
    """The time stamps in order: the checkpoint's size, the checkpoint as it was signed, the authority's answer."""
    kept = select(_S.size, _C.note, _S.content).join(tables.checkpoint, _C.size == _S.size).where(_S.kind == STAMP)
    for row in conn.execute(kept.order_by(_S.size, _S.name)).all():
        yield row.size, row.note, base64.b64decode(row.content)


def stamp_request(digest: bytes, nonce: bytes) -> bytes:
    """A TimeStampReq over a SHA-256, which asks for the authority's certificate as well."""
    said = _VERSION + _der(0x30, _SHA256 + _der(0x04, digest)) + _der(0x02, nonce) + _CERTIFICATES
    return _der(0x30, said)


def is_granted(content: bytes) -> bool:
    """Whether a TimeStampResp begins with the status granted, or granted with modifications."""
    outer = _inside(content)
    status = _inside(outer)
    return status[:2] == b"\x02\x01" and status[2:3] in (b"\x00", b"\x01")


def _nonce() -> bytes:
    return bytes([1 + secrets.randbelow(127)]) + secrets.token_bytes(7)  # a positive number of eight bytes


def _der(tag: int, content: bytes) -> bytes:
    """A value of fewer than 128 bytes."""
    return bytes([tag, len(content)]) + content


def _inside(content: bytes) -> bytes:
    """What a sequence holds, and what follows it; nothing where it is none."""
    if content[:1] != b"\x30" or len(content) < 2:
        return b""
    return content[2 + (content[1] & 0x7F if content[1] > 0x7F else 0) :]
