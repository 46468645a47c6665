"""Decision log and code name the same readings; decision log and dated files the same settings."""

import ast
import re
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

import lifecycle
from lifecycle.terms.catalogue import CATALOGUE, HOUSE_RULE
from lifecycle.terms.editions import EDITIONS
from lifecycle.terms.readings import READINGS, Reading
from lifecycle.terms.version import Settings
from tests.terms.every_ruling import every_ruling
from tests.terms.worlds import TEXTS

PARAGRAPH = re.compile(r"(\d+\(\d+\))\(\d+\)")  # Art. 3(1)(2) is part of Art. 3(1)
NUMBERS = [f"R{number}" for number in range(1, len(READINGS) + 1)]
FIXED = ("none", "none (fixed in code)")
SOURCES = sorted(Path(*lifecycle.__path__).rglob("*.py"))
MARKDOWN = files("lifecycle.terms").joinpath("media_sphere/readings.md").read_text("utf-8")
WITH_SETTINGS = {name: tomllib.loads(text) for name, text in TEXTS.items() if "[settings]" in text}


def named(reading: Reading) -> list[str]:
    """The settings a reading names."""
    return [] if reading.setting in FIXED else reading.setting.split(", ")


def test_the_decision_log_holds_the_readings_in_their_order() -> None:
    assert list(READINGS) == NUMBERS
    assert re.findall(r"^### (R\d+)\b", MARKDOWN, re.MULTILINE) == NUMBERS


@pytest.mark.parametrize("number", NUMBERS)
def test_a_reading_has_a_basis_a_source_and_an_answer_in_both_languages(number: str) -> None:
    reading = READINGS[number]
    assert set(reading.basis.split(" + ")) <= {"text", "code", "choice"}
    assert reading.title and reading.source and len(reading.text) > 80
    assert re.search(r"[ぁ-ん]", reading.text_ja) and reading.text_ja.endswith("。")
    assert not re.search(r"[ぁ-ん]{4}", reading.text), "Japanese beyond a quoted phrase in the English text"


@pytest.mark.parametrize("number", NUMBERS)
def test_a_choice_has_a_setting_or_is_declared_as_fixed_in_code(number: str) -> None:
    reading = READINGS[number]
    if not named(reading):
        assert reading.setting == ("none (fixed in code)" if "choice" in reading.basis else "none")


def test_the_decision_log_and_the_dated_files_name_the_same_settings() -> None:
    by_readings = sorted(name for reading in READINGS.values() for name in named(reading))
    assert WITH_SETTINGS, "no dated file holds settings"
    for file, raw in WITH_SETTINGS.items():
        assert sorted(raw["settings"]) == by_readings, file
    assert sorted(Settings.__dataclass_fields__) == by_readings


def test_each_setting_cites_the_reading_that_explains_it() -> None:
    for file, text in TEXTS.items():
        for name, number in re.findall(r"^(\w+) = .+# (R\d+)\b", text.partition("[settings]")[2], re.MULTILINE):
            assert name in named(READINGS[number]), f"{file}: {name}"


def test_the_values_the_decision_log_writes_out_are_the_values_in_force() -> None:
    values = WITH_SETTINGS["2022-05-01.toml"]["settings"]
    written = re.findall(r"`(\w+ = [^`]+)`", MARKDOWN)
    assert len(written) > 5
    for line in written:
        assert tomllib.loads(line).items() <= values.items(), line


def constants(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_every_reading_named_in_the_code_exists() -> None:
    for path in SOURCES:
        if not re.search(r"R\d", path.read_text("utf-8")):
            continue
        for constant in constants(path):
            assert set(re.findall(r"\bR\d+\b", constant)) <= set(NUMBERS), path.name


def test_every_ruling_rests_on_a_reading_an_article_and_a_version() -> None:
    for ruling in every_ruling():
        assert ruling.reading in READINGS, ruling.rule
        assert re.match(
            r"Art\. \d|Supplementary provisions$|General terms$|Civil Code|Companies Act$|House rule$",
            ruling.article,
        ), ruling.rule
        assert ruling.terms in {terms.version for terms in EDITIONS}, ruling.rule
        of_reading, own = READINGS[ruling.reading].basis, CATALOGUE[ruling.rule, ruling.case].basis
        assert ruling.as_dict()["basis"] == (own or of_reading), ruling.rule
        if ruling.article == HOUSE_RULE:
            assert ruling.basis == "choice", ruling.rule


def test_every_article_a_ruling_names_is_a_source_of_its_reading() -> None:
    """Art. 5(5) is a valid source for R6, but not for R10."""
    strangers = {
        f"{ruling.rule}: {article} is no source of {ruling.reading}"
        for ruling in every_ruling()
        for article in ruling.article.split(", ")
        if article != HOUSE_RULE
        and PARAGRAPH.sub(r"\1", article).lower() not in READINGS[ruling.reading].source.lower()
    }
    assert not strangers
