"""The first row of what hangs on a contract: item changes, measures, usage, credits, an erasure."""

from collections.abc import Callable, Mapping

from lifecycle.machines.apply import received_not_in_future, received_under_terms_in_force
from lifecycle.machines.check import Case, about_given, given, rules
from lifecycle.machines.derive import derive
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.effects import facts_of
from lifecycle.machines.entity import Entity
from lifecycle.machines.erasure import no_credit_is_due
from lifecycle.machines.kinds import KINDS
from lifecycle.machines.step import Act, Entry
from lifecycle.machines.table import NotPossible
from lifecycle.terms import art10_measures as art10
from lifecycle.terms.annex1_fees import month_has_begun as month_begun
from lifecycle.terms.calendar import Month
from lifecycle.terms.editions import EDITIONS, Editions
from lifecycle.terms.ruling import Ruling


@about_given
def ends_after_start(case: Case) -> Ruling | None:
    """R30."""
    starts_at, ends_at = given(case, "starts_at"), given(case, "ends_at")
    return art10.measure_in_order(ends_at is None or starts_at < ends_at, case.terms())


def measure_needs_contract(case: Case) -> Ruling | None:
    """R30: measures run beside a contract that has been accepted."""
    return art10.measure_needs_contract(case.dossier.contract.state, case.terms())


@about_given
def month_has_begun(case: Case) -> Ruling | None:
    """R23, R34: usage is of a month that has begun."""
    return month_begun(Month.parse(given(case, "month")).first, case.now_day, case.terms(case.now_day))


RULES: Mapping[str, Callable[[Case], None]] = {
    "item_change": rules(received_under_terms_in_force, received_not_in_future),
    "measure": rules(ends_after_start, measure_needs_contract),
    "usage": rules(month_has_begun),
    "credit": rules(),
    "erasure": rules(no_credit_is_due),
}
ONLY_LIVING = frozenset(("item_change", "measure"))  # usage and credits may come after the contract's end
ONLY_OVER = frozenset(("erasure",))


def open_part(dossier: Dossier, part: Entity, act: Act, editions: Editions = EDITIONS) -> tuple[Dossier, Entry]:
    """A part's first row, in its dossier. Raises NotPossible where the contract is over or is not yet, Refused."""
    if part.KIND in (ONLY_OVER if dossier.contract.live else ONLY_LIVING):
        raise NotPossible(act.event, dossier.contract.state)
    case = Case(dossier, part, act.now, editions, act.given, act.reason)
    RULES[part.KIND](case)
    opened = derive(dossier.with_subject(part.replace(seq=1, version=1)), editions)
    kind, after = KINDS[part.KIND], opened.subject(part.id)
    terms = editions.on(kind.governed_on(act.event, case))
    rulings = kind.rulings(act.event, case, after, opened)
    entry = Entry(after, act.event, None, after.state, act, None, facts_of(act.given), rulings, (), terms.version)
    return opened, entry
