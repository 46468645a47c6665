"""Small data for the tests of the terms: notices, other settings, the texts of the dated files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from typing import Any

from lifecycle.terms.editions import EDITIONS, Editions

DAY = timedelta(days=1)
TEXTS = {
    file.name: file.read_text("utf-8")
    for file in sorted(files("lifecycle.terms").joinpath("media_sphere").iterdir(), key=lambda file: file.name)
    if file.name[0].isdigit()
}


@dataclass(frozen=True)
class Letter:
    """A cancellation notice as far as the terms care."""

    id: str
    arrived_on: date
    chosen_on: date | None
    by: str = "customer"


def letters(notices: Sequence[tuple[date, date | None]]) -> list[Letter]:
    """Notices with ids in the order written: n1, n2 …"""
    return [Letter(f"n{number}", *notice) for number, notice in enumerate(notices, 1)]


def under(**settings: Any) -> Editions:
    """All versions of the terms with some choices decided otherwise."""
    return Editions(terms.under(**settings) for terms in EDITIONS)


DEFER, RESIDUAL = under(within_minimum_term="defer"), under(within_minimum_term="residual_fee")
BY_POLICY = {"defer": DEFER, "residual_fee": RESIDUAL}


def every_day(first: date, last: date) -> list[date]:
    """Every day from the first to the last, both included."""
    return [first + number * DAY for number in range((last - first).days + 1)]


def in_utc(at: datetime) -> str:
    """An instant as the tables write it: 2022-05-01T15:00:00Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
