"""A paper as PDF (fpdf2), in Noto Sans CJK, embedded as far as it is used. The same paper gives the same bytes.

The libraries are loaded with the first paper: half a second that no other start of the service needs.
"""

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from noto_cjk_sans_jp_regular import FONT_PATH

from api.documents.content import Document
from api.problems import Problem
from lifecycle import __version__

if TYPE_CHECKING:
    from fpdf import FPDF

FONT, SIZE, LINE = "noto", 10, 6.0
MARGIN, LABEL = 20, 50  # millimetres
MADE = datetime(2000, 1, 1, tzinfo=UTC)  # the paper bears its day; the file must not differ by the second
TYPE = "application/pdf"


def pdf(document: Document) -> bytes:
    """The document, A4. Raises Problem 422 with the characters that the font does not have."""
    from fpdf import FPDF

    _refuse_missing(document)
    made = FPDF(format="A4")
    made.set_creation_date(MADE)
    made.set_title(document.title)
    made.set_lang("ja-JP" if document.language == "ja" else "en-GB")
    made.set_producer(f"lifecycle {__version__}")
    made.add_font(FONT, fname=str(FONT_PATH))
    made.set_margin(MARGIN)
    made.set_auto_page_break(True, MARGIN)
    made.add_page()
    _write(made, document)
    return bytes(made.output())


def missing(text: str) -> list[str]:
    """The characters that the font does not have, as U+XXXX, each once."""
    return list(dict.fromkeys(f"U+{ord(s):04X}" for s in text if ord(s) not in _signs() and s not in "\n\t"))


def _write(made: "FPDF", document: Document) -> None:
    from fpdf.enums import WrapMode

    mode = WrapMode.CHAR if document.language == "ja" else WrapMode.WORD

    def lines(text: str, size: float = SIZE, *, left: float = 0, width: float = 0, align: str = "L") -> None:
        made.set_font(FONT, size=size)
        made.set_x(MARGIN + left)
        made.multi_cell(width, size * 0.6, text.replace("\t", " "), align=align, wrapmode=mode,
                        new_x="LMARGIN", new_y="NEXT")  # fmt: skip

    lines(document.issued, 9, align="R")
    if document.to:
        lines(document.to, 12)
    made.ln(6)
    lines(document.title, 16, align="C")
    made.ln(6)
    lines(document.opening)
    made.ln(4)
    for line in document.lines:
        if made.will_page_break(LINE * 2):
            made.add_page()
        made.set_draw_color(200)
        made.line(MARGIN, made.get_y(), made.w - MARGIN, made.get_y())
        made.ln(1)
        top = made.get_y()
        lines(line.label, width=LABEL)
        below, page = made.get_y(), made.page
        made.set_xy(MARGIN, top)
        lines(line.value, 12 if line.strong else SIZE, left=LABEL)
        if made.page == page:
            made.set_y(max(below, made.get_y()))
        for reason in line.because:
            lines(reason, 8, left=LABEL)
        made.ln(1)
    made.ln(4)
    lines(document.closing, 8)


def _refuse_missing(document: Document) -> None:
    texts = [document.title, document.to, document.opening, document.closing]
    texts += [part for line in document.lines for part in (line.label, line.value, *line.because)]
    if found := missing("".join(texts)):
        signs = ", ".join(found[:20])
        raise Problem(
            422, "sign-not-in-font", "The font does not hold a sign",
            f"The PDF cannot show {signs}; the paper to print can.", signs=found[:20],
        )  # fmt: skip


@cache
def _signs() -> frozenset[int]:
    from fontTools.ttLib import TTFont

    with TTFont(str(FONT_PATH), lazy=True) as font:
        return frozenset(font.getBestCmap())
