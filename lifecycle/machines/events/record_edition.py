"""An edition of the terms is recorded: its first text, a changed text, corrected values, its announcement."""

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
    """service, version: which terms. edition: SHA-256 of the content. content: from `terms/edition.py`."""

    service: str
    version: str
    edition: str
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnounceEdition(RecordEdition):
    """When and how the version was announced to the customers (R42); the content remains as it is."""

    announced_on: date
    how: str
