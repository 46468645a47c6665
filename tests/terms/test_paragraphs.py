"""Each paragraph of the terms names the rules that cite it, or why none is needed."""

import re
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest

from lifecycle.terms.catalogue import CATALOGUE, HOUSE_RULE

TABLE = files("lifecycle.terms").joinpath("media_sphere", "paragraphs.toml").read_text("utf-8")
ROWS: list[dict[str, Any]] = tomllib.loads(TABLE)["paragraphs"]
# The paragraphs of the terms of 1 May 2022, counted on their text; items only of lists that rules tell apart.
PARAGRAPHS = [
    "Art. 1", "Art. 2", "Art. 3(1)(1)", "Art. 3(1)(2)", "Art. 3(1)(3)", "Art. 3(2)", "Art. 3(3)", "Art. 3(4)",
    "Art. 4(1)", "Art. 4(2)", "Art. 4(3)", "Art. 4(4)", "Art. 5(1)", "Art. 5(2)", "Art. 5(3)", "Art. 5(4)",
    "Art. 5(5)", "Art. 6", "Art. 7", "Art. 8", "Art. 9(1)", "Art. 9(2)", "Art. 10(1)(1)", "Art. 10(1)(2)",
    "Art. 10(1)(3)", "Art. 10(1)(4)", "Art. 10(2)", "Art. 10(3)", "Art. 11(1)", "Art. 11(2)",
    "Supplementary provisions", "Annex 1 1(1)", "Annex 1 1(2)", "Annex 1 2(1)", "Annex 1 2(2)", "Annex 2",
]  # fmt: skip
OUTSIDE = ("General terms", "Civil Code", "Companies Act", HOUSE_RULE)


def citations() -> Iterator[tuple[str, str]]:
    """Every rule with each place of the terms that it cites."""
    for (rule, _), entry in CATALOGUE.items():
        articles = [entry.article] if isinstance(entry.article, str) else list(entry.article.values())
        for article in ", ".join(articles).split(", "):
            if not article.startswith(OUTSIDE):
                yield rule, re.sub(r"^(?=\d)", "Art. ", article)


def lies_in(paragraph: str, cited: str) -> bool:
    """Whether a paragraph is the place cited, or a part of it: Art. 10(2) of Art. 10."""
    return paragraph == cited or paragraph.startswith((f"{cited}(", f"{cited} "))


CITED = set(citations())


def test_the_table_holds_every_paragraph_of_the_terms_in_their_order() -> None:
    assert [row["article"] for row in ROWS] == PARAGRAPHS


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["article"])
def test_a_paragraph_names_the_rules_that_cite_it_or_the_reason_why_there_are_none(row: dict[str, Any]) -> None:
    if "nothing" in row:
        assert "rules" not in row
        assert len(row["nothing"]["en"]) > 40 and row["nothing"]["ja"].endswith("。")
        assert not [rule for rule, cited in CITED if row["article"] == cited], "a rule cites it"
        return
    strangers = {
        rule for rule in row["rules"] if not any(r == rule and lies_in(row["article"], c) for r, c in CITED)
    }
    assert row["rules"] and not strangers, "these rules are gone, or cite something else"


def test_every_place_that_a_rule_cites_is_in_the_table_with_that_rule() -> None:
    missing = {
        (rule, cited)
        for rule, cited in CITED
        if not any(rule in row.get("rules", ()) and lies_in(row["article"], cited) for row in ROWS)
    }
    assert not missing
