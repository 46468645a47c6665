"""Every file mentions the project alone: no leftover notes, no local paths, no host names."""

import re

from tests.docs.pages import ROOT, files, name, pages, text

# Written in parts, so that this file does not hold them.
WORDS = [
    "TO" + "DO", "FIX" + "ME", "/wo" + "rk/", "/ho" + "me/", "/ro" + "ot/", "/Us" + "ers/", "/m" + "nt/",
    "fa" + "rm", "anth" + "ropic", "cla" + "ude", "help" + "er-", "pythonho" + "sted", "index" + "-url",
]  # fmt: skip
CASED = {WORDS[0], WORDS[1], WORDS[5]}
FOUND = re.compile("|".join(re.escape(w) if w in CASED else f"(?i:{re.escape(w)})" for w in WORDS))


def test_every_file_mentions_the_project_alone() -> None:
    found = [
        f"{name(path)}:{number}: {line.strip()[:80]}"
        for path in files()
        for number, line in enumerate([name(path), *text(path).splitlines()])
        if FOUND.search(line)
    ]
    assert found == []


def test_each_forbidden_word_is_detected() -> None:
    assert all(FOUND.search(f"x{word}y") for word in WORDS)
    assert FOUND.search("see " + "Cla" + "ude") and not FOUND.search("to do, platform, workshop")


def test_the_readme_is_short_enough_to_be_read() -> None:
    """The drawn diagrams and the pictures aside."""
    page = re.sub(r"^```mermaid\n.*?^```$", "", text(ROOT / "README.md"), flags=re.MULTILINE | re.DOTALL)
    assert len([line for line in page.splitlines() if "docs/screenshots/" not in line]) <= 200


def test_a_decision_is_half_a_page_and_they_are_numbered_without_a_gap() -> None:
    decisions = sorted(page for page in pages() if page.parent == ROOT / "docs" / "decisions")
    numbered = [re.match(r"(\d{4})-[a-z0-9-]+\.md", page.name) for page in decisions]
    assert [int(found[1]) for found in numbered if found] == list(range(1, len(decisions) + 1))
    for page in decisions:
        assert len(text(page).splitlines()) <= 40, page.name
        assert text(page).startswith(f"# {int(page.name[:4])}. "), page.name
