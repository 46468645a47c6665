"""Finds the row of headings, and the known heading that a misspelt one resembles."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

FIRST_ROWS = 10  # first rows in which headings are looked for
FITS = 2  # minimum number of known headings that identifies a sheet
_MARKS = re.compile(r"[*※]|\((?:必須|任意|required|optional)\)|\[(?:必須|任意)\]|【(?:必須|任意)】")


def plain(heading: str) -> str:
    """Return a heading as it is compared: without width, case, spaces and marks of required columns."""
    return _MARKS.sub("", "".join(unicodedata.normalize("NFKC", heading).casefold().split()))


def best(rows: Iterable[Sequence[str]], known: frozenset[str]) -> tuple[int, int]:
    """Return the position of the row with the most known headings, the first of several, and their number."""
    place, most = 0, 0
    for number, cells in enumerate(rows):
        found = len(known & {plain(cell) for cell in cells})
        if found > most:
            place, most = number, found
    return place, most


def near(heading: str, known: Iterable[str]) -> str | None:
    """Return the known heading that a misspelt one most likely stands for, if any; both in plain form."""
    found = get_close_matches(plain(heading), list(known), n=1, cutoff=0.7)
    return found[0] if found else None
