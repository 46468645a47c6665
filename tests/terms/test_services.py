"""A folder is a service: its own days, articles and names; faults of a folder are reported."""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from lifecycle.cli.settings import load_folder
from lifecycle.terms import art6_cancellation as art6
from lifecycle.terms.art2_minimum_term import minimum_term
from lifecycle.terms.art5_drm_option import only_one_option
from lifecycle.terms.art7_fees import quoted_initial_fee
from lifecycle.terms.edition import content_of, edition_of
from lifecycle.terms.editions import EDITIONS, SERVICES, Editions
from lifecycle.terms.notice_ends import last_arrival, month_end_after
from lifecycle.terms.services import FaultyService
from lifecycle.terms.terms_file import BadTermsFile, read_terms
from tests.services import FOLDER, cloud_archive

DAY = date(2024, 4, 3)


@pytest.fixture(scope="module")
def archive() -> Iterator[Editions]:
    with cloud_archive() as editions:
        yield editions


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the folder, to be spoilt."""
    return Path(shutil.copytree(FOLDER, tmp_path / "copy"))


@pytest.mark.parametrize(
    ("arrived_on", "ends_on"),
    [("2024-04-03", "2024-04-30"), ("2024-04-15", "2024-04-30"), ("2024-04-16", "2024-05-31"),
     ("2024-04-20", "2024-05-31"), ("2024-12-31", "2025-01-31"), ("2024-01-31", "2024-02-29")],
)  # fmt: skip
def test_a_notice_ends_the_contract_with_a_month(archive: Editions, arrived_on: str, ends_on: str) -> None:
    found = art6.effect(date.fromisoformat(arrived_on), None, date(2021, 1, 1), archive)
    assert (found.effective_on.isoformat(), found.decided_by) == (ends_on, "notice_period")
    assert (found.rulings[0].rule, found.rulings[0].article) == ("notice_to_month_end", "Art. 26")


def test_without_a_day_in_the_month_every_notice_counts_to_the_end_of_the_following_one() -> None:
    assert month_end_after(date(2024, 4, 3), 0) == date(2024, 5, 31)


@pytest.mark.parametrize("day", [date(2024, 4, 29), date(2024, 4, 30), date(2024, 5, 31), date(2024, 3, 1)])
def test_the_last_arrival_is_the_last_day_whose_notice_ends_no_later(archive: Editions, day: date) -> None:
    terms = archive.on(DAY)
    last = last_arrival(day, terms)
    following = date.fromordinal(last.toordinal() + 1)
    assert month_end_after(last, terms.same_month_until_day) <= day
    assert month_end_after(following, terms.same_month_until_day) > day


def test_rulings_of_a_second_service_have_its_articles_and_names(archive: Editions) -> None:
    terms = archive.on(DAY)
    term, fee = minimum_term(date(2024, 4, 1), terms), quoted_initial_fee(5_000, DAY, terms)
    second = only_one_option("o_1", terms)
    assert second is not None
    assert (term.on, term.article, term.service) == (date(2026, 3, 31), "Art. 22", "cloud_archive")
    assert (
        fee.because
        == "The quoted initial fee of the vault option, 5,000 yen, is owed from the acceptance on 3 April 2024."
    )
    assert second.because_ja == "この契約には既に金庫オプション（o_1）がある。"
    assert second.as_stored()["service"] == "cloud_archive"


def test_each_service_has_its_own_editions(archive: Editions) -> None:
    assert EDITIONS.of("cloud_archive") is archive
    assert archive.of("media_sphere") is EDITIONS
    other = EDITIONS.under(proration="none")
    assert other.of("cloud_archive").on(DAY).settings.proration == "none"
    terms, theirs = archive.on(DAY), EDITIONS.on(DAY)
    assert edition_of(terms) != edition_of(theirs)
    assert content_of(terms)["binding"]["notice_rule"] == "end_of_following_month"
    assert "notice_rule" not in content_of(theirs)["binding"]


def test_a_file_of_another_service_is_rehearsed_against_its_terms(archive: Editions, folder: Path) -> None:
    text = (folder / "2020-04-01.toml").read_text("utf-8").replace("2020-04-01", "2023-04-01", 1)
    text = text.replace("in_force_from = 2020", "in_force_from = 2023").replace("kept_gb = 3", "kept_gb = 4")
    terms = read_terms(text, archive)
    assert (terms.service, terms.items["archive_small"].overage_yen["kept_gb"]) == ("cloud_archive", 4)
    for changed, said in (
        (text.replace("[meters.restored_gb]", "[meters.lost_gb]"), "meters.restored_gb"),
        (
            text.replace('price = "kept_gb"', 'price = "kept_tb"'),
            "kept_gb.price: archive_small, archive_large",
        ),
    ):
        with pytest.raises(BadTermsFile, match=said):
            read_terms(changed, archive)


def spoilt(folder: Path, file: str, old: str, new: str) -> str:
    """The error about a folder with a changed text."""
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new), "utf-8")
    with pytest.raises(FaultyService) as refused:
        load_folder(folder)
    assert set(SERVICES) <= {"media_sphere", "cloud_archive"}
    return str(refused.value)


OWN = ("service.toml", 'name = "cloud_archive"', 'name = "copy"')


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("2020-04-01.toml", "months = 24", "months = 0", "minimum_term.months"),
        ("2020-04-01.toml", 'requires_item = "archive_large"', 'requires_item = "huge"', "vault.requires_item"),
        ("2020-04-01.toml", "same_month_until_day = 15", "days = 30", "days go with the rule"),
        ("2020-04-01.toml", "[credit]", "[crdit]", "credit"),
        ("rules/cancellation.toml", "[notice_to_month_end]", "[other]", "notice_to_month_end"),
        ("rules/cancellation.toml", "{arrived_on}", "{arrived}", "arrived"),
        ("service.toml", '"Premium" = "Large"\n', "", "lacks words for Premium"),
        ("service.toml", '"Art. 8" = "Art. 28"\n', '"Art. 8" = ', "service.toml: "),
        ("service.toml", 'name = "cloud_archive"', 'name = "media_sphere"', "the name media_sphere is taken"),
    ],
)  # fmt: skip
def test_a_faulty_folder_is_refused_with_its_place(folder: Path, file: str, old: str, new: str, said: str) -> None:
    if old not in OWN:
        text = (folder / OWN[0]).read_text("utf-8")
        (folder / OWN[0]).write_text(text.replace(OWN[1], OWN[2]), "utf-8")
    assert said in spoilt(folder, file, old, new)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FaultyService, match="nowhere"):
        load_folder(tmp_path / "nowhere")


def test_items_of_another_service_cannot_be_named_alike(archive: Editions, folder: Path) -> None:
    said = spoilt(folder, *OWN)
    assert "another service has an item or an option named archive_large, archive_small, vault" in said
