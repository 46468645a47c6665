"""Parts of texts as numbers, for which PostgreSQL has indexes, and the search for a part of a text.

The numbers of a text are those of its characters, of two adjacent characters, and of three adjacent Latin letters
or digits, because two of those are in too many texts. The database function `parts_of` computes the same numbers.
"""

from collections.abc import Iterator
from string import ascii_letters, ascii_lowercase, digits

from sqlalchemy import BigInteger, ColumnElement, Connection, and_, func
from sqlalchemy.dialects.postgresql import ARRAY

from lifecycle.records.engine import is_sqlite

PLAIN = frozenset(ascii_lowercase + digits)
_LETTERS = frozenset(ascii_letters)
END = "\0"  # length of a part of Latin letters and digits
MOST = 8  # maximum number of parts to look up: more cost more than they save


def holds(conn: Connection, column: ColumnElement[str], text: str) -> ColumnElement[bool]:
    """A condition: a column contains a text. On SQLite LIKE ignores case, but is slow beyond ASCII."""
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
    """Return parts that each text with this part has; those with a digit first, because they are the rarest.

    None for one or two Latin letters or digits, because the next character is unknown.
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
    """Two Latin letters or digits, followed by any third one."""
    return [_number(pair + following) for following in (END, *sorted(PLAIN))]


def _number(part: str) -> int:
    number = 0
    for sign in part:
        number = number << 21 | ord(sign)
    return number
