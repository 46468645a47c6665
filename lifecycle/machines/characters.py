"""Characters that no text keeps: what nobody sees, and what every program draws otherwise."""

import re
import unicodedata

_UNSEEN = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
)  # of other categories
_REFUSED = frozenset(("Cc", "Cf", "Co", "Cs", "Zl", "Zp"))
_LINES = frozenset("\n\t")
_PICTURE = "[\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\ufe0f\U0001f000-\U0001faff]"
_JOINED = re.compile(f"(?<={_PICTURE})\u200d(?={_PICTURE})")  # joins pictures to one, as 👩‍👧
_TAGGED = re.compile("\U0001f3f4[\U000e0020-\U000e007e]{1,8}\U000e007f")  # the flag of a part of a country
_PLAIN = re.compile("[\n\t\x20-\x7e\xa1-\xac\xae-\xff\u3000-\u3163\u3165-\u318e\u4e00-\u9fff\uff01-\uff9f]*")
_LINE_BREAKS = re.compile(r"[\r\n]+")


def in_one_line(text: str) -> str:
    """A text with a blank for its line breaks and what is blank around them."""
    lines = _LINE_BREAKS.split(text)
    return text if len(lines) == 1 else " ".join(filter(None, (line.strip(" \t") for line in lines)))


def refused_character(text: str) -> str | None:
    """The first character of a text that is not kept, by number and name; None where all are.

    Refused are control characters but for line feed and tab, formats and other characters that are not seen,
    private use, noncharacters and lone surrogates. Variation selectors and combining marks are kept.
    """
    if _PLAIN.fullmatch(text):
        return None
    for character in _TAGGED.sub("", _JOINED.sub("", text)):
        refused = unicodedata.category(character) in _REFUSED or character in _UNSEEN or _is_none(character)
        if refused and character not in _LINES:
            return f"U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()
    return None


def _is_none(character: str) -> bool:
    """Whether Unicode says of a number that it is no character."""
    return ord(character) & 0xFFFE == 0xFFFE or "\ufdd0" <= character <= "\ufdef"
