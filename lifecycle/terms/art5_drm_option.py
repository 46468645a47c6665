"""Art. 5: the DRM option. It needs a Premium contract and ends with it at the latest (R17, R18)."""

from datetime import date

from lifecycle.terms.art2_minimum_term import minimum_term
from lifecycle.terms.art6_cancellation import Ending
from lifecycle.terms.editions import Editions
from lifecycle.terms.ruling import Ruling, conclude
from lifecycle.terms.version import Terms


def option_ending(
    own: Ending | None, base: Ending | None, billing_starts_on: date | None, editions: Editions
) -> Ending | None:
    """The option's end: the earlier of its own and the base contract's; a tie is its own (R18).

    Days cut off its own minimum term are counted in `cut_days`; they never delay the base.
    """
    if base is None or (own is not None and own.effective_on <= base.effective_on):
        return own
    cut, term_ends_on, assumed = 0, None, any(ruling.assumed for ruling in base.rulings)
    starts = billing_starts_on is not None and billing_starts_on <= base.effective_on
    if billing_starts_on is not None and starts:
        term = minimum_term(billing_starts_on, editions.on(billing_starts_on), option=True)
        term_ends_on, assumed = term.on, assumed or term.assumed
        assert term_ends_on is not None
        cut = max(0, (term_ends_on - base.effective_on).days)
    end = base.rulings[-1] if base.notice is None else base.rulings[0]
    ruling = conclude(
        "ends_with_base_contract", editions.on(date.fromisoformat(end.terms)), "cut" if cut else "nothing_cut",
        on=base.effective_on, days=cut, assumed=assumed,
    )  # fmt: skip
    rulings = (*(own.rulings if own else ()), ruling)
    return Ending(base.effective_on, "base_contract", base.notice, starts, term_ends_on, rulings, cut)


def starts_no_earlier_than_base(asked_on: date, base_on: date, terms: Terms) -> Ruling | None:
    """Refuses a billing start of the option before the base contract's (R17)."""
    if asked_on >= base_on:
        return None
    return conclude("option_starts_with_base", terms, "refused", on=base_on, asked_on=asked_on)


def needs_premium(item: str | None, asked_on: date, billing_starts_on: date, terms: Terms) -> Ruling | None:
    """Refuses the option if its contract is not Premium on some day from its billing start on (Art. 5(3), R17).

    item: the contract's item on that day, None if the contract is no longer in force then.
    """
    if item == terms.option_item:
        return None
    if item is None:
        return conclude("option_needs_premium", terms, "over", asked_on=asked_on)
    case = "on_start" if asked_on == billing_starts_on else "later"
    return conclude("option_needs_premium", terms, case, asked_on=asked_on, item=item)


def needs_accepted_base(base_state: str, terms: Terms) -> Ruling | None:
    """Refuses acceptance before the base contract's application is accepted (R17)."""
    if base_state in ("accepted", "billing", "cancel_notified"):
        return None
    return conclude("option_needs_accepted_contract", terms, "in_state", state=base_state)


def only_one_option(living: str | None, terms: Terms) -> Ruling | None:
    """Refuses a second DRM option while one is active; living: the id of the active one (R17)."""
    if living is None:
        return None
    return conclude("one_option_at_a_time", terms, option_id=living)


def ends_with_application(base_ends_on: date, terms: Terms) -> Ruling:
    """An application for the option never accepted lapses with its contract (R17)."""
    return conclude("option_needs_accepted_contract", terms, "over", on=base_ends_on)


def follows_base(asked_on: date, base_on: date, terms: Terms) -> Ruling | None:
    """The option's billing start moves with its contract's, if that moves beyond it (R17)."""
    if asked_on >= base_on:
        return None
    return conclude("option_starts_with_base", terms, "moved", on=base_on, asked_on=asked_on)
