"""Derives billing start, minimum term, end and the next timer from the facts (R33)."""

from datetime import date, datetime
from functools import lru_cache

from lifecycle.machines.derive_credit import derive_credit
from lifecycle.machines.dossier import Contract, Dossier, Notice, Option, Subject
from lifecycle.machines.parts import ItemChange, Measure
from lifecycle.terms.art2_minimum_term import minimum_term
from lifecycle.terms.art3_art4_conditions import open_condition
from lifecycle.terms.art5_drm_option import follows_base, option_ending
from lifecycle.terms.art6_cancellation import Ending, ending
from lifecycle.terms.calendar import end_of, start_of
from lifecycle.terms.editions import Editions
from lifecycle.terms.ruling import Ruling

# Fields that events change and from which nothing is derived.
NOTHING_FOLLOWS = frozenset(("misuse", "misuse_due_on", "informal", "informal_on", "other_references"))
OPTIONS_ALONE = 1  # Contract.part_kinds of a contract with options and nothing else


def derive(dossier: Dossier, editions: Editions) -> Dossier:
    """Return the dossier with everything derived computed again from its facts."""
    editions = editions.governing(dossier.contract)
    contract = _derive_contract(dossier.contract, editions)
    options = dossier.options and tuple(_derive_option(o, contract, editions) for o in dossier.options)
    if contract.part_kinds <= OPTIONS_ALONE and not (dossier.item_changes or dossier.credits or dossier.measures):
        return Dossier(contract, options)
    derived = dossier._replace(contract=contract, options=options)
    return derived._replace(
        item_changes=tuple(derive_item_change(change, derived) for change in derived.item_changes),
        measures=tuple(derive_measure(m, derived) for m in derived.measures),
        credits=tuple(derive_credit(c, derived, editions) for c in derived.credits),
    )


def ending_of(subject: Contract | Option, contract: Contract, editions: Editions) -> Ending | None:
    """Return when and why a contract, or an option of the given contract, ends."""
    if isinstance(subject, Contract):
        return contract_ending(subject, editions)
    starts_on = _starts_on(subject, contract)
    own = ending_by(subject.standing_notices, starts_on, editions, option=True)
    return option_ending(own, contract_ending(contract, editions), starts_on, editions)


def standing_rulings(subject: Contract | Option, contract: Contract, editions: Editions) -> tuple[Ruling, ...]:
    """Return the rulings behind the present derived days."""
    if subject.accepted_on is None or subject.planned_start_on is None:
        return ()
    end = ending_of(subject, contract, editions)
    if end is not None:
        return end.rulings
    if _starts_on(subject, contract) is None:
        return open_conditions(contract, editions)
    return (term_ruling(subject, contract, editions),)


def open_conditions(contract: Contract, editions: Editions) -> tuple[Ruling, ...]:
    """The open conditions, which prevent the billing start (Art. 3(1), R28)."""
    if not contract.live or contract.billing_started:
        return ()
    terms = editions.no_earlier(contract.received_on)
    return tuple(open_condition(name, terms) for name in contract.open_conditions)


def term_ruling(subject: Contract | Option, contract: Contract, editions: Editions) -> Ruling:
    """The minimum term of an accepted contract or option."""
    option = isinstance(subject, Option)
    starts_on = _starts_on(subject, contract)
    assert starts_on is not None
    return _minimum_term(starts_on, editions, option=option)


def moved_with_base(option: Option, contract: Contract, editions: Editions) -> Ruling | None:
    """Why the option starts later than agreed, if it does (R17)."""
    if option.planned_start_on is None or contract.starts_on is None:
        return None
    terms = editions.on(contract.starts_on)
    return follows_base(option.planned_start_on, contract.starts_on, terms)


def _derive_contract(contract: Contract, editions: Editions) -> Contract:
    if contract.accepted_on is None or contract.planned_start_on is None or not contract.live:
        return contract.replace(due_event=None, due_at=None)
    end, starts_on = contract_ending(contract, editions), contract.starts_on
    due_event, due_at = _next_timer(contract, end, starts_on)
    if due_event == "start_billing" and contract.open_conditions:
        due_event = "hold_billing"
    return contract.replace(
        billing_starts_on=starts_on,
        minimum_term_ends_on=_term_end(end, starts_on, editions, option=False),
        effective_on=end.effective_on if end else None,
        decided_by=end.decided_by if end else None,
        due_event=due_event,
        due_at=due_at,
    )


def _derive_option(option: Option, contract: Contract, editions: Editions) -> Option:
    if not option.live:
        return option.replace(due_event=None, due_at=None)
    if option.accepted_on is None:
        over = end_of(contract.effective_on) if contract.effective_on else None
        return option.replace(due_event="reject" if over else None, due_at=over)
    starts_on = _starts_on(option, contract)
    end = ending_of(option, contract, editions)
    due_event, due_at = _next_timer(option, end, starts_on)
    return option.replace(
        billing_starts_on=starts_on,
        minimum_term_ends_on=_term_end(end, starts_on, editions, option=True),
        effective_on=end.effective_on if end else None,
        decided_by=end.decided_by if end else None,
        minimum_term_cut_days=end.cut_days if end else 0,
        due_event=due_event,
        due_at=due_at,
    )


def _next_timer(
    subject: Subject, end: Ending | None, starts_on: date | None
) -> tuple[str | None, datetime | None]:
    """The next event of the clock: billing start unless the end comes first, then the end (R3, R11)."""
    if starts_on is not None and not subject.billing_started and (end is None or end.billing_starts):
        return "start_billing", start_of(starts_on)
    return ("terminate", end_of(end.effective_on)) if end else (None, None)


def _starts_on(subject: Contract | Option, contract: Contract) -> date | None:
    """The agreed day; for an option no earlier than its contract's billing start, and none while that is held
    (R17).
    """
    if isinstance(subject, Contract) or subject.planned_start_on is None or contract.planned_start_on is None:
        return subject.starts_on if isinstance(subject, Contract) else subject.planned_start_on
    if contract.billing_held:
        return None
    return max(subject.planned_start_on, contract.planned_start_on)


def _term_end(end: Ending | None, starts_on: date | None, editions: Editions, *, option: bool) -> date | None:
    if end is not None:
        return end.minimum_term_ends_on
    return _minimum_term(starts_on, editions, option=option).on if starts_on is not None else None


def _minimum_term(starts_on: date, editions: Editions, *, option: bool) -> Ruling:
    return minimum_term(starts_on, editions.on(starts_on), option=option)


def contract_ending(contract: Contract, editions: Editions) -> Ending | None:
    """When and why the contract ends, None if nothing ends it."""
    standing = contract.standing_notices
    return ending_by(standing, contract.starts_on, editions) if standing else None


def deciding_notice(contract: Contract, editions: Editions) -> str | None:
    """The id of the history row of the notice that decides the contract's end, None if nothing ends it."""
    end = contract_ending(contract, editions)
    return end.notice if end else None


@lru_cache(maxsize=1024)
def ending_by(
    notices: tuple[Notice, ...], starts_on: date | None, editions: Editions, *, option: bool = False
) -> Ending | None:
    """The end by valid notices, cached: one step needs it for its cause, its rulings and its version of the
    terms.
    """
    return ending(notices, starts_on, editions, option=option)


def derive_item_change(change: ItemChange, dossier: Dossier) -> ItemChange:
    """Derive its timer: effective on its day, unless the contract ends first (R15: the end precedes the
    change).
    """
    if not change.live:
        return change.replace(due_event=None, due_at=None)
    contract = dossier.contract
    over = end_of(contract.effective_on) if contract.effective_on is not None else None
    takes_effect = start_of(change.effective_on) if change.effective_on is not None else None
    if over is not None and (takes_effect is None or over <= takes_effect):
        return change.replace(due_event="lapse", due_at=over)
    if takes_effect is None:
        return change.replace(due_event=None, due_at=None)
    return change.replace(due_event="take_effect", due_at=takes_effect)


def derive_measure(measure: Measure, dossier: Dossier) -> Measure:
    """Derive its timer: start, planned end, or the contract's end, whichever comes first."""
    if not measure.live:
        return measure.replace(due_event=None, due_at=None)
    contract = dossier.contract
    over = end_of(contract.effective_on) if contract.effective_on is not None else None
    ends_at = min((at for at in (measure.ends_at, over) if at is not None), default=None)
    if measure.state == "planned" and (ends_at is None or measure.starts_at < ends_at):
        return measure.replace(due_event="start", due_at=measure.starts_at)
    return measure.replace(due_event="end" if ends_at else None, due_at=ends_at)
