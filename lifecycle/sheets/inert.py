"""Text that a spreadsheet would run as a formula, made inert, and read back as it was typed."""

import re

# = + - @ and their full-width forms, and the blanks that may stand before them.
_LIVE = re.compile(r"'*[=+\-@＝＋－＠\t\r\n]")
_QUOTED = re.compile(r"'+[=+\-@＝＋－＠\t\r\n]")


def inert(text: str) -> str:
    """The text for a cell of a CSV file: an apostrophe before what would become a formula."""
    return f"'{text}" if _LIVE.match(text) else text


def as_typed(text: str) -> str:
    """The text that `inert` was given: every text comes back as it was."""
    return text[1:] if _QUOTED.match(text) else text
