"""Detects a file's format from its content, whatever its name. Only XLSX workbooks and text are read."""

import io
import zipfile

from lifecycle.sheets.rows import UnreadableFile

MAX_PARTS = 500
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_FIRST_BYTES = (
    (b"\x09\x00\x04\x00", "xls"), (b"\x09\x02\x06\x00", "xls"), (b"\x09\x04\x06\x00", "xls"),
    (b"\x1f\x8b", "zip"), (b"7z\xbc\xaf\x27\x1c", "zip"), (b"Rar!", "zip"), (b"%PDF", "pdf"),
)  # fmt: skip
_OLE = b"\xd0\xcf\x11\xe0"
_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_MARKUP = (b"<?xml", b"<html", b"<!doctype", b"<table", b"<workbook", b"mime-version:")


def workbook(content: bytes) -> zipfile.ZipFile | None:
    """Return the opened workbook, None for possible text. Raises UnreadableFile with the name of any other
    format.
    """
    if content.startswith(_ZIP):
        return _opened(content)
    if content.startswith(_OLE):
        raise UnreadableFile("password" if _PACKAGE in content else "xls")
    for first, key in _FIRST_BYTES:
        if content.startswith(first):
            raise UnreadableFile(key)
    if content[:512].lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith(_MARKUP):
        raise UnreadableFile("markup")
    return None


def part(packed: zipfile.ZipFile, name: str) -> zipfile.ZipInfo | None:
    """Return a part by its name in any case."""
    return next((one for one in packed.infolist() if one.filename.lower() == name.lower()), None)


def _opened(content: bytes) -> zipfile.ZipFile:
    try:
        packed = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError, RuntimeError, NotImplementedError):
        raise UnreadableFile("xlsx") from None
    parts = packed.infolist()
    names = {one.filename.lower().replace("\\", "/") for one in parts}
    if len(parts) > MAX_PARTS:
        raise UnreadableFile("bomb")
    if "xl/workbook.bin" in names:
        raise UnreadableFile("xlsb")
    if {"mimetype", "content.xml"} <= names:
        raise UnreadableFile("ods")
    if "xl/workbook.xml" not in names:
        raise UnreadableFile("zip")
    if any(one.flag_bits & 0x1 for one in parts):
        raise UnreadableFile("password")
    if len(names) < len(parts) or any(one.compress_type not in (0, 8) for one in parts):
        raise UnreadableFile("xlsx")  # no office program writes two parts of one name, or other compression
    return packed
