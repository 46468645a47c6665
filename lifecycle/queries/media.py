"""Files that may be attached: recognised by their content, named so that nothing runs."""

import re
import unicodedata
from typing import NamedTuple
from urllib.parse import quote

MOST_BYTES = 10 * 1024 * 1024
NAME_LENGTH = 200
_FIELD = re.compile(rb"([\x21-\x39\x3b-\x7e]{1,100}):[ \t]?[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*\r?\n")
_SAYS_IT_IS_MAIL = frozenset(
    (b"received", b"message-id", b"mime-version", b"return-path", b"date", b"subject", b"to")
)
_HEAD = 256 * 1024  # bytes of a mail in which its head must end
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


class Media(NamedTuple):
    """A type of file. suffix: of its name. shown: whether a browser may show it, not only save it."""

    suffix: str
    shown: bool
    also: tuple[str, ...] = ()


MEDIA = {
    "application/pdf": Media(".pdf", True),
    "image/png": Media(".png", True),
    "image/jpeg": Media(".jpg", True, (".jpeg", ".jpe", ".jfif")),
    "message/rfc822": Media(".eml", False),
}


def media_type_of(content: bytes) -> str | None:
    """The type of a file by what is in it, whatever it is called; None for one that is not taken."""
    if content.startswith(b"%PDF-") and b"%%EOF" in content[-2048:]:
        return "application/pdf"
    if content.startswith(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR") and content.endswith(b"IEND\xaeB`\x82"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff") and b"\xff\xd9" in content[-65536:]:
        return "image/jpeg"
    return "message/rfc822" if _is_mail(content) else None


def _is_mail(content: bytes) -> bool:
    """Whether it begins with the head of a mail (RFC 5322): fields, `From` among them, then an empty line."""
    if b"\0" in content:
        return False
    at, names = 0, set[bytes]()
    while (found := _FIELD.match(content, at, _HEAD)) is not None:
        at = found.end()
        names.add(found[1].lower())
    ends = content[at : at + 2]
    return (
        bool(ends in (b"", b"\r\n") or ends[:1] == b"\n") and b"from" in names and bool(names & _SAYS_IT_IS_MAIL)
    )


def safe_name(given: str, media_type: str) -> str:
    """A file's name as it is kept: no path, nothing unseen, the suffix of what it is."""
    media, last = MEDIA[media_type], re.split(r"[/\\]", given)[-1]
    seen = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c) not in _UNSEEN)
    stem = " ".join(seen.split()).strip(". ")
    if stem.lower().endswith((media.suffix, *media.also)):
        stem, _, suffix = stem.rpartition(".")
        stem, suffix = stem.strip(". "), f".{suffix}"
    else:
        suffix = media.suffix
    return f"{stem[: NAME_LENGTH - len(suffix)] or 'file'}{suffix}"


def disposition(name: str, media_type: str) -> str:
    """The header Content-Disposition (RFC 6266)."""
    how = "inline" if MEDIA[media_type].shown else "attachment"
    plain = re.sub(r'[^ !#-\[\]-~]|[%"\\]', "_", name)
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
