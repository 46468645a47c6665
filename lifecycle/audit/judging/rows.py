"""Rows of a history, read for the judge."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from lifecycle.audit.judging.days import (
    CLAIM_MONTHS,
    DRM_NEEDS,
    FEE_DIVISOR,
    INITIAL,
    MONTHLY,
    NOTICE_DAYS,
    SETTINGS,
    UNIT,
    VERSIONS,
    day_of,
    start_of,
)
from lifecycle.audit.judging.entries import JudgedEntry
from lifecycle.audit.judging.rulings import Said
from lifecycle.audit.judging.subjects import ClockStep

Row = Mapping[str, Any]
HOUR = timedelta(hours=1)
NOTES = (
    "note", "attach", "assign", "issue_statement", "settle_refund", "mark_billed_elsewhere", "archive_history",
)  # fmt: skip
CLOCK = "clock"
SERVICE = "media_sphere"
NAMED = (
    "accepted_at",
    "arrived_at",
    "agreed_at",
    "found_at",
    "lifted_at",
    "claimed_at",
    "known_at",
    "recovered_at",
)


class Unjust(Exception):
    """A row that does not follow from the terms. line: where it stands in the export."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line


class NotJudged(Exception):
    """A row of an older form, of another service or under terms with other values: nothing is said of it."""


def is_known(content: Mapping[str, Any]) -> bool:
    """Whether an edition of the terms has the values that are judged by here."""
    try:
        said = content["binding"]
        fees = {name: (one["initial_fee_yen"], one["monthly_fee_yen"]) for name, one in said["items"].items()}
        months = said["minimum_term_months"], said["option_minimum_term_months"], said["credit"]["claim_months"]
        return bool(
            date.fromisoformat(content["version"]) in VERSIONS
            and (said.get("announced_on") or "") < content["version"]
            and fees == {name: (INITIAL[name], MONTHLY[name]) for name in INITIAL}
            and months == (1, 1, CLAIM_MONTHS)
            and (said["notice_days"], said["option_item"]) == (NOTICE_DAYS, DRM_NEEDS)
            and (said["credit"]["unit_hours"], said["credit"]["fee_divisor"]) == (UNIT // HOUR, FEE_DIVISOR)
            and SETTINGS.items() <= said["settings"].items()
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return False


def entry_of(row: Row, n: int) -> JudgedEntry:
    """What a person entered. Raises NotJudged for a row of an older form."""
    facts, at = values_of(row["facts"]), datetime.fromisoformat(row["effective_at"])
    when, recorded = when_of(facts, at), datetime.fromisoformat(row["recorded_at"])
    id_ = f"{row['subject']}.{row['seq']}"
    return JudgedEntry(id_, row["kind"], row["subject"], row["event"], when, facts, n, recorded)


def when_of(facts: Mapping[str, Any], at: datetime) -> date | datetime:
    """A day where only the day is known, else the instant."""
    exact = any(facts.get(name) is not None for name in NAMED) or at != start_of(day_of(at))
    return at if exact else day_of(at)


def values_of(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts with days and instants in the place of their texts."""
    found = dict(facts)
    for name, value in facts.items():
        if value.__class__ is str and name[-3:] in ("_on", "_at"):
            found[name] = date.fromisoformat(value) if name[-3:] == "_on" else datetime.fromisoformat(value)
    return found


def step_of(row: Row) -> ClockStep:
    """The step that a row of the clock says."""
    return ClockStep(row["subject"], row["event"], datetime.fromisoformat(row["effective_at"]), row["caused_by"])


def rulings_in(row: Row, known: Mapping[str, list[Said]]) -> list[Said]:
    """The rulings of a row, without their words. known: by the id of a row its rulings."""
    return [
        (one["rule"], one["article"], one["reading"], one.get("on"), one.get("days"), one.get("amount_yen"))
        if one.__class__ is not str
        else _repeated(row["subject"], one, known)
        for one in row["rulings"]
    ]


def _repeated(subject: str, text: str, known: Mapping[str, list[Said]]) -> Said:
    """The ruling that a row repeats by naming the earlier row of its chain, the place there, and its reading.

    Where there is none, something that no rule concludes.
    """
    place, reading = text.split(" ")[:2]
    seq, number = place.split(".")
    found = known.get(f"{subject}.{seq}", [])[int(number) :][:1]
    return found[0] if found and found[0][2] == reading else ("nothing before:", text, reading, None, None, None)


def _words(ruling: Said | None) -> str:
    return "none" if ruling is None else " ".join(str(one) for one in ruling if one is not None)
