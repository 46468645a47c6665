"""Item changes: when one is refused, and its one-off fee (Art. 5(3), 7; R19, R22)."""

from datetime import date

from lifecycle.terms.calendar import DAY
from lifecycle.terms.ruling import Ruling, conclude
from lifecycle.terms.version import Terms


def needs_another_item(item: str, asked: str, terms: Terms) -> Ruling | None:
    """Refuses a change to the contract's present item (Art. 1)."""
    if asked != item:
        return None
    return conclude("another_item", terms, item=item)


def option_in_the_way(
    option_id: str, option_ends_on: date | None, could_end_on: date, asked: str, effective_on: date, terms: Terms
) -> Ruling | None:
    """Refuses a change from Premium while the DRM option is in force on that day (Art. 5(3), R19).

    could_end_on: the option's end if a notice arrived today, with its minimum term. `on` is the earliest
    possible day: the day after the option's end or, if nobody has cancelled it, after could_end_on.
    """
    if asked == terms.option_item or (option_ends_on is not None and option_ends_on < effective_on):
        return None
    ends_on = option_ends_on or could_end_on
    case = "change_without_its_end" if option_ends_on is None else "change_before_its_end"
    return conclude(
        "option_needs_premium", terms, case, on=ends_on + DAY,
        option_id=option_id, asked_on=effective_on, ends_on=ends_on, item=asked,
    )  # fmt: skip


def contract_over(ends_on: date, effective_on: date, terms: Terms) -> Ruling | None:
    """Refuses a change that would take effect after the contract's end (R15)."""
    if effective_on <= ends_on:
        return None
    return conclude("contract_over", terms, on=ends_on, asked_on=effective_on)


def one_off_fee(fee_yen: int | None, accepted_on: date, terms: Terms) -> Ruling:
    """The one-off fee, owed at the acceptance of the change; without one "not set", never 0 (Art. 7, R22)."""
    return conclude(
        "one_off_fee", terms, "not_set" if fee_yen is None else "agreed", on=accepted_on, amount_yen=fee_yen
    )


def fee_needs_acceptance(terms: Terms) -> Ruling:
    """Refuses a one-off fee of a change that was never accepted (Art. 7, R22)."""
    return conclude("fee_needs_acceptance", terms)


def fee_is_set(fee_yen: int, terms: Terms) -> Ruling:
    """Refuses to set a one-off fee that was already agreed (Art. 7, R22)."""
    return conclude("fee_is_set", terms, amount_yen=fee_yen)


def changes_on(old: str, new: str, effective_on: date, terms: Terms) -> Ruling:
    """The new item from that day; the minimum term continues unchanged (Art. 1, 2)."""
    return conclude("item_changes", terms, on=effective_on, from_item=old, item=new)


def contract_needed(state: str, terms: Terms) -> Ruling | None:
    """Refuses a change if the contract's application is not accepted or the contract has ended (R34)."""
    if state in ("accepted", "billing", "cancel_notified"):
        return None
    return conclude("change_needs_a_contract", terms, state=state)


def change_relies_on_end(option_id: str, change_id: str, terms: Terms) -> Ruling:
    """Refuses to revoke an end that an accepted item change depends on (Art. 5(3), R19)."""
    return conclude("change_relies_on_end", terms, option_id=option_id, change_id=change_id)


def changes_in_order(other_id: str, other_on: date | None, terms: Terms) -> Ruling:
    """Each item change starts from the item of the change before it: they are withdrawn in order (Art. 1, R19)."""
    assert other_on is not None
    return conclude("changes_in_order", terms, on=other_on, change_id=other_id)


def option_relies_on_change(option_id: str, change_id: str, terms: Terms) -> Ruling:
    """Refuses to withdraw a change to Premium that an accepted option depends on (R17)."""
    return conclude("option_relies_on_change", terms, option_id=option_id, change_id=change_id)


def change_after_acceptance(accepted_on: date, effective_on: date, terms: Terms) -> Ruling | None:
    """Refuses a change that would take effect before it was accepted (Art. 7, R34)."""
    if accepted_on <= effective_on:
        return None
    return conclude("change_after_acceptance", terms, on=accepted_on, asked_on=effective_on)


def past_change_needs_reason(effective_on: date, today: date, terms: Terms) -> Ruling:
    """Refuses a change in the past without a reason (Art. 7, R34)."""
    return conclude("past_change_needs_reason", terms, past_on=effective_on, today=today)
