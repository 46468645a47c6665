"""The table of articles: every article with its modules and tests; no article of a rule is missing."""

import re
from importlib.util import find_spec

from tests.docs.pages import ROOT, text
from tests.terms.every_ruling import every_ruling

PAGE = ROOT / "docs" / "articles.md"
ORDER = [*(f"Art. {number}" for number in range(1, 12)), "Supplementary provisions", "Annex 1", "Annex 2"]
NOTHING_RUNS = ["Art. 9", "Art. 11"]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in text(PAGE).splitlines()
    if re.match(r"\| (Art\.|Supp|Annex|General|Civil|Companies|House)", line)
]


def whole(article: str) -> str:
    """The article that a paragraph lies in: Art. 5 of Art. 5(3)."""
    place = re.sub(r"\(.*", "", article)
    if place.startswith("Civil Code"):
        return "Civil Code"
    return f"Art. {place}" if place.isdigit() else place


def test_every_article_has_a_row_in_its_order() -> None:
    assert [row[0] for row in ROWS] == [*ORDER, "General terms", "Civil Code", "Companies Act", "House rule"]
    assert all(len(row) == 5 and all(row) for row in ROWS)


def test_each_row_names_existing_modules_and_tests_or_the_reason_why_there_are_none() -> None:
    for article, _, asks, runs, tests in ROWS:
        modules, files = re.findall(r"`([\w.]+)`", runs), re.findall(r"`(tests/[\w./]+)`", tests)
        assert len(asks) > 20, article
        if article in NOTHING_RUNS:
            assert not modules and runs.startswith("None") and len(runs) > 60, article
            continue
        assert modules and files, article
        assert all(find_spec(module) is not None for module in modules), article
        assert all((ROOT / file).is_file() for file in files), article


def test_every_article_that_a_rule_names_is_in_the_table() -> None:
    listed = {row[0] for row in ROWS}
    named = {whole(article) for ruling in every_ruling() for article in ruling.article.split(", ")}
    assert named <= listed
    assert named == listed - set(NOTHING_RUNS)


def test_the_module_of_every_rule_is_named_beside_one_of_its_articles() -> None:
    modules = {module for row in ROWS for module in re.findall(r"`(lifecycle\.terms\.\w+)`", row[3])}
    rules = {
        f"lifecycle.terms.{path.stem}"
        for path in (ROOT / "lifecycle" / "terms").glob("*.py")
        if path.stem != "ruling" and re.search(r"\bconclude\(", text(path))
    }
    assert rules <= modules
