"""A notice is revoked with the company's consent (R13)."""

from dataclasses import dataclass
from typing import ClassVar

from lifecycle.errors import Unknown
from lifecycle.machines.body import Agreed, Entering, Examples, NeedsReason
from lifecycle.machines.check import AnyCase, Case, about_facts, only_at_its_place
from lifecycle.machines.derive import standing_rulings
from lifecycle.machines.dossier import Dossier, Notice
from lifecycle.machines.event import OPERATOR, Changes, Event, EventInput
from lifecycle.machines.events.common import Holder, deciding_arrival, not_in_future
from lifecycle.machines.events.reschedule_billing import no_change_relies_on_its_end
from lifecycle.machines.facts import Facts, absent
from lifecycle.machines.field_types import NoticeId
from lifecycle.terms import order_of_days as order
from lifecycle.terms.agreed_end import agreement_stands
from lifecycle.terms.ruling import Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeCancellation(Facts):
    """notice: the id of the revoked notice, None for all of them.

    notices: the ids of the notices that were valid at the entry; a row of an earlier version lacks them.
    """

    notice: str | None
    notices: tuple[str, ...] = absent(())

    @property
    def taken_back(self) -> tuple[str, ...]:
        """The ids of the revoked notices; empty if a row of an earlier version means all."""
        return self.notices or ((self.notice,) if self.notice is not None else ())


@only_at_its_place
@about_facts
def notice_stands(case: AnyCase) -> Ruling | None:
    """R13."""
    facts: RevokeCancellation = case.facts
    standing = {n.id for n in case.subject.standing_notices}
    gone = next((wanted for wanted in facts.taken_back if wanted not in standing), None)
    return order.notice_stands(str(gone), gone is not None, case.terms(), option=case.of_option)


@only_at_its_place
def no_agreed_end(case: AnyCase) -> Ruling | None:
    """R38: an agreed end is not revoked; if no notice is named, there must be another valid one."""
    facts: RevokeCancellation | None = case.event_facts
    standing = case.subject.standing_notices
    agreed = {n.id for n in standing if n.by == "agreement"}
    if not agreed:
        return None
    wanted = (facts.taken_back if facts is not None else ()) or [n.id for n in standing]
    return agreement_stands(case.terms()) if agreed.issuperset(wanted) else None


def others_stand(case: AnyCase) -> bool:
    """Whether valid notices remain after the given one, or without one all, is revoked."""
    facts: RevokeCancellation | None = case.event_facts
    wanted = facts.taken_back if facts is not None else ()
    return bool(wanted) and any(n.id not in wanted for n in case.subject.standing_notices)


def billing_has_begun(case: AnyCase) -> bool:
    """Whether the subject was billing before the notice."""
    return bool(case.subject.billing_started)


def effect(subject: Holder, facts: RevokeCancellation, row: str) -> Changes:
    """Mark one notice, or all, as revoked."""
    wanted = facts.taken_back or [n.id for n in subject.standing_notices if n.by != "agreement"]
    return {"notices": tuple([_taken_back(n) if n.id in wanted else n for n in subject.notices])}


def rulings(case: Case[RevokeCancellation], after: Holder, dossier: Dossier) -> tuple[Ruling, ...]:
    """The consent, and its results."""
    terms = case.editions.on(deciding_arrival(case))
    ends_on = case.subject.effective_on
    assert ends_on is not None
    consent = order.taken_back_with_consent(ends_on, terms, option=case.of_option)
    return (consent, *standing_rulings(after, dossier.contract, case.editions))


def _taken_back(notice: Notice) -> Notice:
    return notice._replace(revoked=True)


class RevokeCancellationBody(NeedsReason, Agreed):
    """Revocation of one notice or all, with the day of the agreement."""

    notice: NoticeId | None = None
    examples: ClassVar[Examples] = [{"reason": "Both sides agreed by e-mail to go on."}]

    def facts(self, entering: Entering) -> RevokeCancellation:
        """The notice. Raises Unknown for one that the subject does not have."""
        if self.notice is not None and all(n.id != self.notice for n in entering.read().notices):
            raise Unknown("notice", self.notice)
        return RevokeCancellation(notice=self.notice)


INPUT = EventInput(
    body=RevokeCancellationBody,
    roles=OPERATOR,
    summary="Takes back one notice or all, with the company's consent on record (R13).",
    second_person=True,
)


REVOKE_CANCELLATION = Event(
    name="revoke_cancellation",
    facts=RevokeCancellation,
    happened="agreed",
    rank=6,
    effect=effect,
    rulings=rulings,
    governed_on=deciding_arrival,
    rules=(not_in_future("company_consent", of_option="option_consent"), no_agreed_end, notice_stands),
    input=INPUT,
)
REVOKE_OPTION_CANCELLATION = Event(
    name="revoke_cancellation",
    facts=RevokeCancellation,
    happened="agreed",
    rank=6,
    effect=effect,
    rulings=rulings,
    governed_on=deciding_arrival,
    rules=(
        not_in_future("company_consent", of_option="option_consent"),
        notice_stands,
        no_change_relies_on_its_end,
    ),
    input=INPUT,
)
