"""The effect of a file of terms on all contracts, separately for better and worse.

Stores nothing. Each contract's entries are folded twice up to one day: under the loaded terms, and under the
loaded terms plus the file.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Connection

from lifecycle.history.rows import rows_of_following
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.entries import Row, entries_of, recorded_order
from lifecycle.machines.fold import fold
from lifecycle.machines.line import Line
from lifecycle.queries.views.audit import ChangedView
from lifecycle.queries.views.rehearsal import RehearsalTotalsView, RehearsedChangeView, RehearsedView
from lifecycle.queries.what_if import money_differences, outcome_differences
from lifecycle.terms.calendar import end_of, tokyo_day
from lifecycle.terms.editions import EDITIONS, Editions
from lifecycle.terms.terms_file import put_beside
from lifecycle.terms.version import Terms

PART = 200  # contracts in memory at a time
LONGEST_YEARS = 10
MONTHS = 18  # how far ahead contracts are computed by default
COLUMNS = ("contract_id", "reference", "subject_id", "field", "then", "otherwise", "effect")
# Which way a value is good for the customer: +1 the later or more, -1 the earlier or less.
_GOOD = {"minimum_term_ends_on": -1, "effective_on": -1, "terminated_on": -1, "claimable_on": -1,
         "last_claim_on": 1, "units": 1, "amount_yen": 1}  # fmt: skip
_ENDS = frozenset(("effective_on", "terminated_on"))
_OF_THE_COMPANY = frozenset(
    ("end_by_company", "take", "report_misuse")
)  # values that are bad for the customer if they are true


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What is compared: the loaded terms, and those with the file beside them, up to the end of a day.

    judged_from: entries recorded before it are not judged at their places.
    """

    terms: Terms
    until: date
    judged_from: datetime | None = None
    editions: Editions = EDITIONS
    other: Editions = field(init=False)  # made once: what is computed of versions is kept by their identity

    def __post_init__(self) -> None:
        object.__setattr__(self, "other", put_beside(self.terms, self.editions))

    def of(self, rows: Iterable[Row]) -> RehearsedView | None:
        """What changes of one contract; None where nothing does. rows: its payloads."""
        entries = entries_of(recorded_order(rows))
        until, sides = end_of(self.until), (self.editions, self.other)
        lines = [fold(entries, until, side, judged_from=self.judged_from) for side in sides]
        then, otherwise = (line.dossier for line in lines)
        if then is None or otherwise is None:
            return None
        found = outcome_differences(then, otherwise)
        money = money_differences(then, otherwise, self.until, *sides)
        without = [_without_effect(line) for line in lines]
        refused, allowed = sorted(without[1].keys() - without[0]), sorted(without[0].keys() - without[1])
        if not (found or money or refused or allowed):
            return None
        told = [_told(one, then) for one in (*found, *money)]
        effects = {one["effect"] for one in told}
        effects |= {_effect_of_entry(without[1][one], -1) for one in refused}
        effects |= {_effect_of_entry(without[0][one], 1) for one in allowed}
        return {
            "contract_id": then.contract.id,
            "reference": then.contract.reference,
            "effect": _altogether(effects),
            "yen": sum(_growth(one) for one in money if one["field"] == "charges/total"),
            "differences": told,
            "refused": refused,
            "allowed": allowed,
        }


def rehearse(
    conn: Connection, rehearsal: Rehearsal, after: str = "", limit: int | None = None
) -> Iterator[tuple[str, RehearsedView | None]]:
    """The contracts of the file's service after an id, in the order of id, with what changes of each.

    limit: of contracts.
    """
    while limit is None or limit > 0:
        part, last = PART if limit is None else min(PART, limit), after
        for after, rows in rows_of_following(conn, last, part, rehearsal.terms.service):
            yield after, rehearsal.of(rows)
        if after == last:
            return
        limit = None if limit is None else limit - part


@dataclass(slots=True)
class RehearsalTotals:
    """Adds up what changes."""

    contracts: int = 0
    sums: dict[str, int] = field(default_factory=dict)

    def add(self, found: RehearsedView | None) -> None:
        """Add the next contract."""
        self.contracts += 1
        if found is None:
            return
        self._sum(found["effect"], 1)
        self._sum("yen_more" if found["yen"] > 0 else "yen_less", found["yen"])
        self._sum("refused", len(found["refused"]))
        self._sum("allowed", len(found["allowed"]))

    def merge(self, other: "RehearsalTotals") -> None:
        """Add the totals of other contracts."""
        self.contracts += other.contracts
        for name, number in other.sums.items():
            self._sum(name, number)

    def view(self, rehearsal: Rehearsal) -> RehearsalTotalsView:
        """The totals so far."""
        terms, late = rehearsal.terms, rehearsal.other.known_late(rehearsal.terms)
        effects = ("better", "worse", "both", "neither")
        names = (*effects, "yen_less", "yen_more", "refused", "allowed")
        said: Mapping[str, Any] = {
            "version": terms.version,
            "replaces": any(one.version == terms.version for one in rehearsal.editions),
            "announced_on": terms.announced_on.isoformat() if terms.announced_on else None,
            "change": terms.change,
            "late": late is not None,
            "reaches_from": late.isoformat() if late else None,
            "until": rehearsal.until.isoformat(),
            "contracts": self.contracts,
            "changed": sum(self.sums.get(name, 0) for name in effects),
            **{name: self.sums.get(name, 0) for name in names},
        }
        return cast(RehearsalTotalsView, said)

    def _sum(self, name: str, number: int) -> None:
        self.sums[name] = self.sums.get(name, 0) + number


def table_rows(found: RehearsedView) -> Iterator[list[Any]]:
    """What changes of a contract as rows under COLUMNS."""
    of = [found["contract_id"], found["reference"]]
    for one in found["differences"]:
        yield [*of, one["subject_id"], one["field"], one["then"], one["otherwise"], one["effect"]]
    for name in ("refused", "allowed"):
        yield from ([*of, entry, name, None, None, found["effect"]] for entry in found[name])


def horizon(terms: Terms, now: datetime) -> date:
    """The day up to which contracts are followed by default."""
    begin = max(terms.in_force_from, tokyo_day(now))
    years, month = divmod(begin.month - 1 + MONTHS, 12)
    return date(begin.year + years, month + 1, min(begin.day, 28))


def followed_until(terms: Terms, now: datetime, until: date | None) -> date:
    """The day up to which contracts are followed. Raises ValueError for one that is too far away."""
    last = until or horizon(terms, now)
    if last.year > max(terms.in_force_from.year, tokyo_day(now).year) + LONGEST_YEARS:
        raise ValueError(f"lies more than {LONGEST_YEARS} years ahead")
    return last


def _without_effect(line: Line) -> dict[str, str]:
    """The entries without effect, by their ids, each with its event; a notice after the end is moot."""
    return {one.entry.id: one.entry.event.name for one in line.invalid if not one.moot}


def _told(one: ChangedView, then: Dossier) -> RehearsedChangeView:
    return {**one, "effect": _effect(one, then)}


def _growth(one: ChangedView) -> int:
    was, becomes = cast(tuple[int, int], (one["then"], one["otherwise"]))
    return becomes - was


def _effect(one: ChangedView, then: Dossier) -> str:
    was, becomes = cast(tuple[Any, Any], (one["then"], one["otherwise"]))
    name = one["field"]
    way = -1 if name.startswith("charges/") else _GOOD.get(name, 0)
    if name in _ENDS:
        subject: Any = then.subject(one["subject_id"])
        by = getattr(subject, "decided_by", None)
        way = 1 if by == "company" else way if by is not None else 0
    if not way or was is None or becomes is None:
        return "neither"
    return "better" if (becomes > was) == (way > 0) else "worse"


def _effect_of_entry(event: str, way: int) -> str:
    """Of an entry that gains (+1) or loses (-1) its effect."""
    return "better" if (way > 0) != (event in _OF_THE_COMPANY) else "worse"


def _altogether(effects: set[str]) -> str:
    good, bad = "better" in effects, "worse" in effects
    return "both" if good and bad else "better" if good else "worse" if bad else "neither"
