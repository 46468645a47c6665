"""The facts in each kind of document: equal facts give equal text."""

from collections.abc import Hashable, Mapping

from lifecycle.machines.dossier import Contract, Dossier, Option
from lifecycle.machines.items import item_applied_for
from lifecycle.machines.parts import Credit

# Kinds whose text follows from a contract's line; what statements say follows from its charges.
OF_THE_LINE = ("acceptance", "cancellation", "end_by_agreement", "end_by_company", "claim")
Holder = Contract | Option


def document_facts(dossier: Dossier | None) -> Mapping[str, Hashable]:
    """By its kind, what a document says; kinds of which there is none are left out."""
    if dossier is None:
        return {}
    contract = dossier.contract
    found: dict[str, Hashable] = {}
    holders: tuple[Holder, ...] = (contract, *dossier.options)
    if contract.accepted_on is not None:
        accepted = tuple(_accepted(one) for one in holders if one.accepted_on is not None)
        found["acceptance"] = (item_applied_for(dossier), accepted)
    notified = [one for one in holders if any(notice.by == "customer" for notice in one.standing_notices)]
    if notified:
        found["cancellation"] = tuple(_ended(one, "customer") for one in notified)
    for kind, by in (("end_by_agreement", "agreement"), ("end_by_company", "company")):
        if any(notice.by == by for notice in contract.standing_notices):
            found[kind] = _ended(contract, by)
    claimed = tuple(
        (one.id, one.state, one.claimed_at, one.known_at, one.recovered_at, one.units, one.amount_yen)
        for one in dossier.credits
        if is_decided(one)
    )
    if claimed:
        found["claim"] = claimed
    return found


def is_decided(credit: Credit) -> bool:
    """Whether a claim is decided: granted, immediately or at the month's end, or refused."""
    granted = credit.state == "credited" or (credit.state == "claimed" and credit.due_event == "credit")
    return credit.claimed_at is not None and (granted or credit.state == "refused")


def _accepted(holder: Holder) -> Hashable:
    fees = (holder.initial_fee_yen, holder.monthly_fee_yen) if isinstance(holder, Option) else ()
    days = holder.received_on, holder.accepted_on, holder.billing_starts_on
    return (holder.id, *days, holder.billing_starts_on and holder.minimum_term_ends_on, *fees)


def _ended(holder: Holder, by: str) -> Hashable:
    """Its notices of one kind, those taken back included, and the day that all of them lead to."""
    notices = tuple(
        (one.id, one.arrived_on, one.chosen_on, one.owed_yen, one.revoked)
        for one in holder.notices
        if one.by == by
    )
    return (holder.id, notices, holder.effective_on, holder.decided_by, holder.minimum_term_ends_on)
