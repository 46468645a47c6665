"""Headings as people write them: which row holds them, and which known heading one nearly is."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

FIRST_ROWS = 10  # among which the headings are looked for
FITS = 2  # known headings in a row, by which a sheet is taken to be meant
_MARKS = re.compile(r"[*※]|\((?:必須|任意|required|optional)\)|\[(?:必須|任意)\]|【(?:必須|任意)】")


def plain(heading: str) -> str:
    """A heading as it is compared: without width, case, blanks and the marks of a required column."""
    return _MARKS.sub("", "".join(unicodedata.normalize("NFKC", heading).casefold().split()))


def best(rows: Iterable[Sequence[str]], known: frozenset[str]) -> tuple[int, int]:
    """The place of the row with the most known headings, the first of several, and how many it has."""
    place, most = 0, 0
    for number, cells in enumerate(rows):
        found = len(known & {plain(cell) for cell in cells})
        if found > most:
            place, most = number, found
    return place, most


def near(heading: str, known: Iterable[str]) -> str | None:
    """The known heading that this one is most likely meant to be, if any; both are compared plain."""
    found = get_close_matches(plain(heading), list(known), n=1, cutoff=0.7)
    return found[0] if found else None
