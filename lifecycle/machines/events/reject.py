"""An application is rejected: by the company, or by the clock with its contract's end (Art. 7; R14, R17)."""

from typing import Any, ClassVar

from lifecycle.machines.body import Dated, Examples, NeedsReason
from lifecycle.machines.check import AnyCase
from lifecycle.machines.derive import deciding_notice
from lifecycle.machines.dossier import Dossier, Option
from lifecycle.machines.event import OPERATOR, Clock, Event, EventInput
from lifecycle.machines.events.common import not_in_future
from lifecycle.machines.facts import NoFacts
from lifecycle.machines.field_types import Day, Instant
from lifecycle.terms.art5_drm_option import ends_with_application
from lifecycle.terms.ruling import Ruling


def rulings(case: AnyCase, after: Option, dossier: Dossier) -> tuple[Ruling, ...]:
    """Why an option's application ends with its contract, where the clock fires it (R17)."""
    ends_on, due_at = case.contract.effective_on, case.subject.due_at
    if ends_on is None or due_at is None or case.now < due_at:
        return ()
    return (ends_with_application(ends_on, case.terms()),)


class RejectBody(NeedsReason, Dated):
    """When the company rejected: a day or an instant; without either, now."""

    DATED: ClassVar[str] = "rejected"
    rejected_on: Day | None = None
    rejected_at: Instant | None = None
    examples: ClassVar[Examples] = [
        {"rejected_on": "2022-04-21", "reason": "The works announced are not the customer's to deliver."}
    ]


rejection_not_in_future = not_in_future("rejection")
REJECT: Event[Any, NoFacts] = Event(
    name="reject",
    facts=NoFacts,
    happened="rejected",
    rank=7,
    rules=(rejection_not_in_future,),
    input=EventInput(
        body=RejectBody,
        roles=OPERATOR,
        summary="Rejects the application; with a contract's, those for its options are rejected too.",
    ),
)
REJECT_OPTION: Event[Option, NoFacts] = Event(
    name="reject",
    facts=NoFacts,
    happened="rejected",
    rank=7,
    rulings=rulings,
    clock=Clock(
        rank=1,
        facts=lambda dossier, option: NoFacts(),
        cause=lambda option, dossier, editions: deciding_notice(dossier.contract, editions),
    ),
    also_by_hand=True,
    rules=(rejection_not_in_future,),
    input=EventInput(body=RejectBody, roles=OPERATOR, summary="Rejects the application."),
)
