"""A paper as PDF by typst, in an embedded subset of Noto Sans CJK.

Equal papers give equal bytes. User input goes to the template (paper.typ) as data, never as markup. The library is
loaded with the first paper, because loading takes a third of a second.
"""

import re
import threading
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from noto_cjk_sans_jp_regular import FONT_PATH

from api.documents.content import Document, DocumentSection
from api.documents.glyphs import drawable, not_drawn

if TYPE_CHECKING:
    from typst import Compiler

TYPE = "application/pdf"
STANDARD = "ua-1"  # tagged, with a title and a language: PDF/UA-1
JAPAN = timezone(timedelta(hours=9))
_LONG = re.compile(r"[!-~]{24}(?=[!-~])")  # no place to break a line
_ONE_AT_A_TIME = threading.Lock()  # a compiler keeps its inputs until they are replaced


def pdf(*documents: Document) -> bytes:
    """Return papers in one A4 file, each starting on a new page."""
    made: bytes = _compiled(documents, format="pdf", pdf_standards=[STANDARD])
    return made


def pictures(document: Document, ppi: float = 144) -> list[bytes]:
    """Return the paper's pages as PNG."""
    drawn = _compiled([document], format="png", ppi=ppi)
    return drawn if isinstance(drawn, list) else [drawn]


def data_of(document: Document) -> dict[str, Any]:
    """Return a paper as data for the template, in characters that the font contains."""
    issuer = document.issuer
    return {
        "language": document.language,
        "title": _text(document.title),
        "reference": _text(document.reference),
        "to": _text(document.to),
        "issued": _text(document.issued),
        "issued_on": [document.issued_on.year, document.issued_on.month, document.issued_on.day],
        "issuer": [_text(line) for line in (issuer.name, issuer.address, issuer.contact)] if issuer else [],
        "sample": document.sample,
        "opening": _text(document.opening),
        "sections": [_section(section) for section in document.sections],
        "notes": [_text(note) for note in document.notes],
        "labels": [*document.labels],
    }


def not_drawn_in(document: Document) -> list[str]:
    """Return the characters of a paper that its PDF shows as 〓, by number and name, the addressee first."""
    lines = [line for section in document.sections for line in section.lines]
    titles = [section.title for section in document.sections]
    texts = [document.to, document.reference, *titles, *(f"{line.label}{line.value}" for line in lines)]
    issuer = document.issuer
    texts += [issuer.name, issuer.address, issuer.contact] if issuer else []
    return [f"U+{ord(sign):04X} {unicodedata.name(sign, '')}".rstrip() for sign in not_drawn("\n".join(texts))]


def _section(section: DocumentSection) -> dict[str, Any]:
    return {
        "title": _text(section.title),
        "amounts": section.amounts,
        "lines": [
            {
                "label": _text(line.label),
                "value": _text(line.value),
                "because": [_text(one) for one in line.because],
                "strong": line.strong,
            }
            for line in section.lines
        ],
    }


def _text(text: str) -> str:
    return _LONG.sub(lambda found: f"{found[0]}\u200b", drawable(text))


def _compiled(documents: Sequence[Document], **more: Any) -> Any:
    day = documents[0].issued_on
    given = {"papers": orjson.dumps([data_of(one) for one in documents]).decode()}
    at = datetime(day.year, day.month, day.day, tzinfo=JAPAN)
    with _ONE_AT_A_TIME:
        return _compiler().compile(_template(), sys_inputs=given, timestamp=at, **more)


@cache
def _compiler() -> "Compiler":
    from typst import Compiler, Fonts

    folder = str(Path(str(FONT_PATH)).parent)
    fonts = Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])
    return Compiler(font_paths=fonts, ignore_system_fonts=True)


@cache
def _template() -> bytes:
    return files("api.documents").joinpath("paper.typ").read_bytes()
