"""The handbook: its bold labels are on the pages, and its quotations are rules, word for word."""

import re
import struct
import tomllib

from markdown_it import MarkdownIt

from tests.docs.pages import ROOT, text
from tests.terms.every_ruling import every_ruling

PAGE = text(ROOT / "docs" / "handbook.ja.md")
SAID = {
    words[0]
    for file in (ROOT / "api" / "messages").glob("*.toml")
    for group in tomllib.loads(text(file)).values()
    for words in group.values()
}
LABEL = re.compile(r"\*\*([^*]+)\*\*")


def unknown(page: str) -> set[str]:
    """Return the bold texts of a page that are neither a label on a page nor the beginning of one."""
    return {label for label in LABEL.findall(page) if not any(said.startswith(label) for said in SAID)}


def test_every_label_in_bold_is_on_a_screen() -> None:
    assert len(set(LABEL.findall(PAGE))) > 50
    assert unknown(PAGE) == set()
    assert unknown("**結果を見る**") == {"結果を見る"}


def test_every_label_is_drawn_in_bold() -> None:
    """Two stars between a bracket and a Japanese letter stay stars; a blank helps."""
    assert "**" not in MarkdownIt().render(PAGE)


def test_every_reason_that_it_quotes_is_a_rule_s() -> None:
    reasons = [ruling.because_ja for ruling in every_ruling()]
    quoted = re.findall(r"〔([^〕]+)〕", PAGE)
    assert len(quoted) == 8
    assert [one for one in quoted if not any(one in reason for reason in reasons)] == []


def test_the_screenshots_of_the_handbook_have_the_right_width_and_size() -> None:
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", PAGE)
    assert len(pictures) == 9
    for name in pictures:
        content = (ROOT / "docs" / name).read_bytes()
        assert struct.unpack(">I", content[16:20])[0] == 1280 and len(content) < 150_000, name
