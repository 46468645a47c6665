"""The dated values of Annex 1, for a day (R32). Whole yen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from tests.oracle.money import INITIAL, MONTHLY, OVERAGE


@dataclass(frozen=True)
class Prices:
    """The values in force from a day on."""

    from_on: date
    initial: Mapping[str, int]
    monthly: Mapping[str, int]
    overage: Mapping[tuple[str, str], tuple[int, int]]  # (item, meter) -> (included, yen per unit above)


# only the last text is held; the former two are assumed to have its values
HELD = tuple(
    Prices(day, INITIAL, MONTHLY, OVERAGE) for day in (date(2020, 12, 1), date(2021, 11, 1), date(2022, 5, 1))
)


def prices_on(versions: Sequence[Prices], day: date) -> Prices:
    """The version in force on the day; none before the first."""
    in_force = [version for version in versions if version.from_on <= day]
    if not in_force:
        raise ValueError(f"no terms were in force on {day}")
    return in_force[-1]
