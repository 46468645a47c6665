"""The contracts that would change under another reading, with both values. Stores nothing."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from datetime import date, datetime
from typing import Any, NamedTuple, get_args, get_type_hints

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, func, select

from lifecycle.history.rows import rows_of_following
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.enter import catch_up
from lifecycle.machines.entity import outcomes
from lifecycle.machines.entries import Row, entries_of, recorded_order
from lifecycle.machines.fold import fold
from lifecycle.queries.charges import charges
from lifecycle.queries.views.audit import Affected, ChangedView
from lifecycle.records import tables
from lifecycle.records.mapping import load_many
from lifecycle.records.of_service import of_service
from lifecycle.terms.calendar import tokyo_day
from lifecycle.terms.editions import EDITIONS, Editions
from lifecycle.terms.readings import READINGS
from lifecycle.terms.version import Settings

PART = 200  # contracts in memory at a time
KINDS = get_type_hints(Settings)


class NoSuchSetting(ValueError):
    """A reading that is fixed, a setting that is none, or a value that it cannot have. name: which is wrong."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(why)
        self.name = name


def decided(reading: str, value: str | None, setting: str | None = None) -> dict[str, Any]:
    """The setting of a reading with another value, checked. value: may be left out where there is one other.

    Raises NoSuchSetting.
    """
    if reading not in READINGS:
        raise NoSuchSetting("reading", "there is no such reading")
    named = [name.strip() for name in READINGS[reading].setting.split(",")]
    mine = [name for name in named if name in KINDS]
    if not mine:
        raise NoSuchSetting("reading", f"{reading} is no setting: {READINGS[reading].setting}")
    if setting is not None and setting not in mine:
        raise NoSuchSetting("setting", f"{reading} is decided by {', '.join(mine)}")
    name = setting or mine[0]
    current = getattr(list(EDITIONS)[-1].settings, name)
    others = [other for other in _choices(name) if other != current]
    if value is None:
        if len(others) != 1:
            raise NoSuchSetting("value", f"{name} needs a value: {_said(others)}")
        return {name: others[0]}
    try:
        return {name: TypeAdapter(KINDS[name]).validate_python(value)}
    except ValidationError:
        raise NoSuchSetting("value", f"{name} cannot be that, but {_said(_choices(name))}") from None


def what_if(
    conn: Connection,
    settings: Mapping[str, Any],
    now: datetime,
    after: str = "",
    editions: Editions = EDITIONS,
    service: str | None = None,
) -> Iterator[tuple[str, Affected | None]]:
    """Every contract in the order of id, with what would differ under other settings, None where nothing would.

    Both sides are as of now, charges up to today: then = as on record, otherwise = the same facts ruled again.
    """
    other = editions.under(**settings)
    while found := dict(rows_of_following(conn, after, PART, service)):
        after = max(found)
        for contract_id, dossier in load_many(conn, list(found)).items():
            yield contract_id, _compared(dossier, found[contract_id], now, editions, other)


def count_contracts(conn: Connection, service: str | None = None) -> int:
    """How many contracts there are to look at, of one service or all."""
    counted = of_service(select(func.count()).select_from(tables.contract), tables.contract.c.id, service)
    return int(conn.execute(counted).scalar_one())


def _compared(
    dossier: Dossier, rows: list[Any], now: datetime, editions: Editions, other: Editions
) -> Affected | None:
    again = replay_under(rows, now, other)
    if again is None:
        return None
    then = catch_up(dossier, now, editions)[0]
    found = outcome_differences(then, again.dossier) + money_differences(
        then, again.dossier, tokyo_day(now), editions, other
    )
    refused = again.refused
    if refused:  # what has no effect on record either is no difference
        recorded = replay_under(rows, now, editions)
        refused = tuple(one for one in refused if recorded is None or one not in recorded.refused)
    if not found and not refused:
        return None
    contract = dossier.contract
    return {
        "contract_id": contract.id,
        "reference": contract.reference,
        "differences": found,
        "refused": list(refused),
    }


def outcome_differences(then: Dossier, other: Dossier) -> list[ChangedView]:
    """The differing days, states and amounts."""
    found, held = [], {subject.id: subject for subject in other.subjects}
    for subject in then.subjects:
        if subject.id not in held:  # its opening does not hold: on record either, where it is over
            if subject.live:
                found.append(_difference(subject.id, "state", subject.state, None))
            continue
        mine, theirs = vars(subject), vars(held[subject.id])
        kind: Any = type(subject)
        for name in outcomes(kind):
            if mine[name] != theirs[name]:
                found.append(_difference(subject.id, name, mine[name], theirs[name]))
    return found


def money_differences(
    then: Dossier, other: Dossier, until: date, editions: Editions, others: Editions
) -> list[ChangedView]:
    """The differing charges up to a day, by kind and in total, in yen."""
    sums: list[dict[str, int]] = []
    for dossier, under in ((then, editions), (other, others)):
        by_kind: dict[str, int] = {}
        for charge in charges(dossier, until, under):
            by_kind[charge.kind] = by_kind.get(charge.kind, 0) + (charge.amount_yen or 0)
        sums.append(by_kind | {"total": sum(by_kind.values())})
    kinds = dict.fromkeys((*sums[0], *sums[1]))
    return [
        _difference(then.contract.id, f"charges/{kind}", sums[0].get(kind, 0), sums[1].get(kind, 0))
        for kind in kinds
        if sums[0].get(kind, 0) != sums[1].get(kind, 0)
    ]


def _difference(subject_id: str, field: str, then: Any, other: Any) -> ChangedView:
    return {"subject_id": subject_id, "field": field, "then": _text(then), "otherwise": _text(other)}


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _choices(name: str) -> list[Any]:
    assert name in {field.name for field in fields(Settings)}
    return [True, False] if KINDS[name] is bool else list(get_args(KINDS[name]))


def _said(values: list[Any]) -> str:
    return ", ".join(map(str, values)) or "a whole number"


class Replayed(NamedTuple):
    """Where the facts lead under some settings.

    refused: the ids of recorded rows that these would refuse; a notice after the end is moot and not among them.
    """

    dossier: Dossier
    refused: tuple[str, ...]


def replay_under(rows: Iterable[Row], now: datetime, editions: Editions) -> Replayed | None:
    """A contract's entries folded once more as of now; None where the contract is not among them.

    rows: the parsed payloads of the contract and all its parts.
    """
    entries = entries_of(recorded_order(rows))
    line = fold(entries, now, editions, entering={e.id: (e.recorded_at, e.reason) for e in entries})
    if line.dossier is None:
        return None
    return Replayed(line.dossier, tuple(invalid.entry.id for invalid in line.invalid if not invalid.moot))
