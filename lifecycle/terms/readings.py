"""The readings, read once from readings.md: number, title, basis, settings."""

import re
from dataclasses import dataclass

from lifecycle.terms.default_service import TEXTS

_SECTION = re.compile(
    r"^### (?P<number>R\d+) · (?P<title>.+)\n"
    r"- basis: (?P<basis>.+)\n- source: (?P<source>.+)\n- setting: (?P<setting>.+)\n\n"
    r"(?P<text>(?:(?!^### |^日本語: |^## ).*\n)+)"
    r"日本語: (?P<text_ja>.+)",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """How one gap of the terms is closed. basis: text, code (Civil Code), choice, or several of them."""

    number: str
    title: str
    basis: str
    source: str
    setting: str
    text: str
    text_ja: str


def parse(markdown: str) -> dict[str, Reading]:
    """The readings of a decision log in the format of readings.md, by number."""
    found = (Reading(**{k: v.strip() for k, v in m.groupdict().items()}) for m in _SECTION.finditer(markdown))
    return {reading.number: reading for reading in found}


READINGS = parse(TEXTS["readings.md"])
