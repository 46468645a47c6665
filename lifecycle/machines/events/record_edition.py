"""An edition of the terms goes on record: its first text, a changed text, corrected values, its announcement."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from lifecycle.machines.facts import Facts

RECORD, REWORD, CORRECT = "record", "reword", "correct"  # of values only with a reason
ANNOUNCE = "announce"
ON_RECORD = "on_record"  # the one state


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordEdition(Facts):
    """service, version: which terms. edition: SHA-256 of the content. content: as `terms/edition.py` makes it."""

    service: str
    version: str
    edition: str
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnounceEdition(RecordEdition):
    """When the version was made known to the customers, and how (R42); the content stays as it is."""

    announced_on: date
    how: str
