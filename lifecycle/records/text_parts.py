"""Parts of texts as numbers, for which PostgreSQL has indexes, and how a part of a text is looked for.

The numbers of a text are those of its signs, of two signs side by side, and of three Latin letters or digits in a
row: two of those stand in too many texts. The function `parts_of` of the database makes the same numbers.
"""

from collections.abc import Iterator
from string import ascii_letters, ascii_lowercase, digits

from sqlalchemy import BigInteger, ColumnElement, Connection, and_, func
from sqlalchemy.dialects.postgresql import ARRAY

from lifecycle.records.engine import is_sqlite

PLAIN = frozenset(ascii_lowercase + digits)
_LETTERS = frozenset(ascii_letters)
END = "\0"  # of a row of Latin letters and digits
MOST = 8  # parts of a text that are looked up: more cost more than they save


def holds(conn: Connection, column: ColumnElement[str], text: str) -> ColumnElement[bool]:
    """Whether a text is part of a column's. On SQLite LIKE passes over case, but is slow beyond ASCII."""
    held = column.contains(text, autoescape=True)
    if is_sqlite(conn):
        by_bytes = not text[:1].isascii() and not _LETTERS.intersection(text)
        return func.instr(column, text) > 0 if by_bytes else held
    numbers = func.parts_of(column, type_=ARRAY(BigInteger))
    if every := parts_looked_up(text):
        return and_(numbers.contains(every), held)
    if len(text) == 2:
        return and_(numbers.overlap(_starting(text)), held)
    return held


def parts_looked_up(text: str) -> list[int]:
    """Parts that each text with this part has; those with a digit first, which the fewest have.

    Nothing for one or two Latin letters or digits: what follows them is not known.
    """
    found = list(dict.fromkeys(_parts(text)))
    found.sort(key=lambda part: not any(sign in digits for sign in part))
    return [_number(part) for part in found[:MOST]]


def _parts(text: str) -> Iterator[str]:
    for place, sign in enumerate(text):
        pair, following = text[place : place + 2], text[place + 2 : place + 3]
        if sign not in PLAIN:
            yield sign
        if len(pair) == 2 and not PLAIN.issuperset(pair):
            yield pair
        elif len(pair) == 2 and following:
            yield pair + (following if following in PLAIN else END)


def _starting(pair: str) -> list[int]:
    """Two Latin letters or digits, each with whatever may follow."""
    return [_number(pair + following) for following in (END, *sorted(PLAIN))]


def _number(part: str) -> int:
    number = 0
    for sign in part:
        number = number << 21 | ord(sign)
    return number
