"""The fees of days on which a contract was in force though a wrong entry had ended it (R36). Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from math import floor

from lifecycle.machines.dossier import Contract, Dossier, Option
from lifecycle.machines.items import item_as_if_in_force
from lifecycle.queries.issued import About
from lifecycle.queries.monthly_fees import by_fee, by_item, days_by_month, fees_in_force
from lifecycle.queries.wrong_ends import WrongEnd
from lifecycle.terms import annex1_fees as annex1
from lifecycle.terms.calendar import DAY, Month, tokyo_day
from lifecycle.terms.editions import Editions

NOT_SERVED = "not_served"


def fees_not_served(dossier: Dossier, ends: Sequence[WrongEnd], editions: Editions) -> Mapping[About, int]:
    """The monthly fees of the days that may not have been served, in yen, by month and subject, each rounded once.

    The day on which an end took effect counts, the day on which it turned out to be wrong does not.
    """
    exact: dict[About, Fraction] = {}
    parties: list[Contract | Option] = [dossier.contract, *dossier.options]
    holders = {one.id: one for one in parties}
    for end in ends:
        holder = holders.get(end.subject_id)
        if holder is None or holder.billing_starts_on is None:
            continue
        first = max(holder.billing_starts_on, tokyo_day(end.from_at))
        for start, last in days_by_month(first, holder.effective_on, tokyo_day(end.known_at) - DAY):
            about = About(Month.of(start), NOT_SERVED, holder.id)
            exact[about] = exact.get(about, Fraction(0)) + _fee(dossier, holder, start, last, editions)
    return {about: floor(yen) for about, yen in exact.items()}


def _fee(
    dossier: Dossier, holder: Contract | Option, first: date, last: date, editions: Editions
) -> Fraction:  # fmt: skip
    terms = fees_in_force(first, holder, editions)
    return sum(
        (
            annex1.part_of_fee(fee, start, end, terms)
            for start, end, fee in _stretches(dossier, holder, first, last, editions)
        ),
        Fraction(0),
    )


def _stretches(
    dossier: Dossier, holder: Contract | Option, first: date, last: date, editions: Editions
) -> Iterator[annex1.Stretch]:
    if isinstance(holder, Option):
        yield from by_fee(holder, first, last)
        return
    for start, end in by_item(dossier, first, last):
        terms = fees_in_force(start, holder, editions)
        yield start, end, terms.items[item_as_if_in_force(dossier, start)].monthly_fee_yen
