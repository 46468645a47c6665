"""Which characters the font of papers contains, read from its character table, and their replacements."""

import re
import struct
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from noto_cjk_sans_jp_regular import FONT_PATH

GETA = "〓"  # the mark that printers set for a missing character
_MARKED = re.compile(
    "[^\u0300-\u036f\u3099\u309a][\u0300-\u036f\u3099\u309a]+"
)  # never replace one kanji by another
_SELECTORS = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))


class _Signs(NamedTuple):
    """covered: every character with a glyph. variants: base and selector of every variant with one."""

    covered: frozenset[int]
    variants: frozenset[tuple[int, int]]


def drawable(text: str) -> str:
    """Return the text in characters that the font contains.

    A missing variant becomes its base character, another form becomes its plain form, and any other missing
    character, such as an emoji, becomes 〓. Every character of the result has a glyph; only invisible characters
    are dropped.
    """
    signs, drawn, lacking = _signs(), [], False
    text = _MARKED.sub(lambda found: unicodedata.normalize("NFC", found[0]), text)
    for place, sign in enumerate(text):
        if _is_selector(sign):
            if place and (ord(text[place - 1]), ord(sign)) in signs.variants:
                drawn.append(sign)
            continue
        found = _drawn(sign)
        if not found or (found == GETA and lacking):
            continue  # a run of missing characters is one 〓: a composed emoji, a word of another script
        lacking = found == GETA and sign != GETA
        drawn.append(found)
    return "".join(drawn)


def not_drawn(text: str) -> list[str]:
    """Return the characters of a text that become 〓, each once."""
    marked = _MARKED.sub(lambda found: unicodedata.normalize("NFC", found[0]), text)
    signs = (sign for sign in marked if sign != GETA and not _is_selector(sign) and _drawn(sign) == GETA)
    return list(dict.fromkeys(signs))


def holds(sign: str) -> bool:
    """Whether the font has a glyph for a character."""
    return ord(sign) in _signs().covered


@cache
def _drawn(sign: str) -> str:
    kind = unicodedata.category(sign)
    if kind in ("Cc", "Zl", "Zp"):
        return " "
    if kind == "Cf":  # shows nothing
        return ""
    if holds(sign):
        return sign
    if kind in ("Mn", "Mc", "Me"):  # the character it is on remains
        return ""
    plain = unicodedata.normalize("NFKC", sign)
    if plain != sign and all(holds(one) for one in plain):
        return plain
    base = "".join(one for one in unicodedata.normalize("NFKD", sign) if not unicodedata.combining(one))
    if base != sign and all(holds(one) for one in base):
        return base
    return GETA


def _is_selector(sign: str) -> bool:
    return any(ord(sign) in selectors for selectors in _SELECTORS)


@cache
def _signs() -> _Signs:
    """Read the table `cmap` of the OpenType font (ISO/IEC 14496-22) once."""
    with FONT_PATH.open("rb") as file:
        (tables,) = struct.unpack_from(">H", file.read(12), 4)
        directory = [struct.unpack(">4sIII", file.read(16)) for _ in range(tables)]
        offset, length = next((at, size) for tag, _, at, size in directory if tag == b"cmap")
        file.seek(offset)
        table = file.read(length)
    covered: set[int] = set()
    variants: set[tuple[int, int]] = set()
    for number in range(struct.unpack_from(">H", table, 2)[0]):
        (at,) = struct.unpack_from(">I", table, 8 + 8 * number)
        (form,) = struct.unpack_from(">H", table, at)
        if form == 12:
            covered.update(_ranges(table, at))
        elif form == 14:
            variants.update(_variations(table, at))
    return _Signs(frozenset(covered), frozenset(variants))


def _ranges(table: bytes, at: int) -> Iterator[int]:
    (groups,) = struct.unpack_from(">I", table, at + 12)
    for first, last, _ in struct.iter_unpack(">III", table[at + 16 : at + 16 + 12 * groups]):
        yield from range(first, last + 1)


def _variations(table: bytes, at: int) -> Iterator[tuple[int, int]]:
    (records,) = struct.unpack_from(">I", table, at + 6)
    for number in range(records):
        place = at + 10 + 11 * number
        selector = int.from_bytes(table[place : place + 3], "big")
        usual, other = struct.unpack_from(">II", table, place + 3)
        if usual:  # bases whose usual glyph it is: ranges of them
            (count,) = struct.unpack_from(">I", table, at + usual)
            for one in range(count):
                here = at + usual + 4 + 4 * one
                base, more = int.from_bytes(table[here : here + 3], "big"), table[here + 3]
                yield from ((base + step, selector) for step in range(more + 1))
        if other:  # bases with a glyph of their own
            (count,) = struct.unpack_from(">I", table, at + other)
            for one in range(count):
                here = at + other + 4 + 5 * one
                yield int.from_bytes(table[here : here + 3], "big"), selector
