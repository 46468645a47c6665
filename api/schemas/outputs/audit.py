"""What the interface answers to auditors' questions, for the OpenAPI document."""

from api.schemas.outputs.common import of
from lifecycle.queries.views.audit import (
    Believed,
    LateEntries,
    LateFirings,
    Otherwise,
    PersonalReads,
    RestsOn,
    Why,
)
from lifecycle.queries.views.history import HistoryPage

WHY = of(Why, "The reasons of the end.")
BELIEVED = of(Believed, "What was known.")
ACTIONS = of(HistoryPage, "A page of acts, oldest first.")
LATE_ENTRIES = of(LateEntries, "A page of notices entered late.")
LATE_FIRINGS = of(LateFirings, "A page of transitions fired late.")
READS = of(PersonalReads, "A page of reads, the newest first.")
RESTS_ON = of(RestsOn, "Decisions on that ground.")
OTHERWISE = of(Otherwise, "The contracts affected.")
