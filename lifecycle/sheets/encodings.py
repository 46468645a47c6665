"""Detects the encoding of a CSV file from its bytes, or asks for it if the bytes are ambiguous.

Every pair of half-width kana in cp932 is also a character in EUC-JP, and some are one in UTF-8. So nothing is
guessed.
"""

import codecs
import re

from lifecycle.sheets.rows import UnreadableFile

NAMES = {
    "utf-8": "utf-8", "utf8": "utf-8", "utf-8-sig": "utf-8", "utf-16": "utf-16",
    "cp932": "cp932", "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "windows-31j": "cp932",
    "euc-jp": "euc-jp", "euc_jp": "euc-jp", "eucjp": "euc-jp", "iso-2022-jp": "iso-2022-jp",
}  # fmt: skip
_NO_CHARACTER = re.compile("[\x80\uf8f0-\uf8f3]")  # what single bytes decode to that are no characters of cp932
_EUC = re.compile(rb"(?:[\0-\x7f]|[\xa1-\xfe]{2}|\x8e[\xa1-\xdf]|\x8f[\xa1-\xfe]{2})*+")
_SAMPLE = re.compile(r"[^,;\t\r\n]*[^\0-\x7f][^,;\t\r\n]*")


def decoded(content: bytes, wanted: str | None) -> tuple[str, str]:
    """Return the text of a file and its encoding. wanted: one of NAMES, if known. Raises UnreadableFile."""
    if wanted is not None:
        text, encoding = _by_name(content, wanted)
    else:
        text, encoding = _recognised(content)
    return text.lstrip("\ufeff").rstrip("\x1a"), encoding  # two BOMs, and the end-of-file character of DOS


def _by_name(content: bytes, wanted: str) -> tuple[str, str]:
    encoding = NAMES.get(wanted.lower())
    if encoding is None:
        raise UnreadableFile("encoding_unknown", wanted[:20])
    try:
        if encoding == "utf-16" and not content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return content.decode("utf-16-le"), encoding
        return content.decode(encoding), encoding
    except UnicodeDecodeError as error:
        raise UnreadableFile("encoding", _line(content, error.start)) from None


def _recognised(content: bytes) -> tuple[str, str]:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _by_name(content, "utf-16")
    if content.startswith(codecs.BOM_UTF8):
        return _by_name(content, "utf-8")
    if b"\0" in content:
        raise UnreadableFile("not_text")
    if b"\x1b$" in content:
        return _by_name(content, "iso-2022-jp")
    found, furthest = dict[str, str](), 0
    for encoding in ("utf-8", "cp932", "euc-jp"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError as error:
            furthest = max(furthest, error.start)  # the encoding that decodes further is the likely one
        else:
            if encoding == "utf-8" and (text.isascii() or max(text) > "\u07ff"):
                return text, encoding  # three bytes of valid UTF-8 never occur by chance
            if not _NO_CHARACTER.search(text):
                found[encoding] = text
    if "cp932" in found and "euc-jp" not in found and _EUC.fullmatch(content):
        found["euc-jp"] = "?"  # Windows characters that this decoder does not know
    if not found:
        raise UnreadableFile("encoding", _line(content, furthest))
    if len(found) > 1:
        raise UnreadableFile(
            "which_encoding", "、".join(f"{name}「{_sample(text)}」" for name, text in found.items())
        )
    ((encoding, text),) = found.items()
    return text, encoding


def _sample(text: str) -> str:
    found = _SAMPLE.search(text)
    return found[0][:20] if found else text[:20]


def _line(content: bytes, at: int) -> int:
    return content.count(b"\n", 0, at) + 1
