"""Issued months and later knowledge: what later statements carry, what waits for a person (R25, R40, R41).

Pure and lazy: the difference of what issued months cost now and what was sent about them, by month, kind and
subject. It does not depend on the order in which months were issued or facts became known.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from lifecycle.machines.dossier import Dossier
from lifecycle.queries.charges import credits_left, other_charges
from lifecycle.queries.issued import About, Sent, Settled
from lifecycle.queries.monthly_fees import monthly_amounts
from lifecycle.queries.not_served import NOT_SERVED, fees_not_served
from lifecycle.terms.calendar import Month
from lifecycle.terms.editions import EDITIONS, Editions

CREDIT_LEFT = "credit_left"  # of a credit: what its month's base fee cannot take
APART = (CREDIT_LEFT, NOT_SERVED)  # what no statement has
Cause = Callable[[About, datetime | None], str | None]


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A difference that a later statement takes. about: the issued month; month: whose statement has the line."""

    about: About
    month: Month
    amount_yen: int


@dataclass(frozen=True, slots=True)
class Refund:
    """Money that waits for a person, or that a person settled. amount_yen: negative: to be paid back."""

    id: str
    about: About
    amount_yen: int
    settled: Settled | None = None


def adjustments(dossier: Dossier, sent: Sent, editions: Editions = EDITIONS) -> list[Adjustment]:
    """The adjustments that are still to be sent, in the order of what they are about."""
    found = []
    for about, yen in _carried(dossier, sent, editions).items():
        month = _takes(dossier, sent, about.month)
        if yen and month is not None:
            found.append(Adjustment(about, month, yen))
    return found


def refunds(contract_id: str, dossier: Dossier, sent: Sent, editions: Editions = EDITIONS) -> list[Refund]:
    """Refunds and payments: the settled ones, then the open ones, in the order of their subjects."""
    waiting = dict.fromkeys((one.about for one in sent.settled if one.about.kind in APART), 0)
    for month, credit_id, yen in credits_left(dossier, editions):
        waiting[About(month, CREDIT_LEFT, credit_id)] = -yen
    for about, yen in fees_not_served(dossier, sent.wrong_ends, editions.governing(dossier.contract)).items():
        waiting[about] = -yen
    for one in sent.settled:
        if one.about.kind in APART:
            waiting[one.about] -= one.amount_yen
    for about, yen in _carried(dossier, sent, editions).items():
        if _takes(dossier, sent, about.month) is None:
            waiting[about] = yen
    found = [Refund(one.id, one.about, one.amount_yen, one) for one in sent.settled]
    for about, yen in sorted(waiting.items()):
        if yen:
            number = sum(one.about == about for one in (*sent.settled, *sent.annulled))
            found.append(Refund(refund_id(contract_id, about, number), about, yen))
    return found


def refund_id(contract_id: str, about: About, number: int) -> str:
    """The stable id of the refund about a subject. number: how many about it were settled before, including
    annulled ones.
    """
    named = f"{contract_id} {about.month} {about.kind} {about.subject_id} {number}"
    return f"r_{hashlib.sha256(named.encode()).hexdigest()[:26]}"


def amounts_up_to(dossier: Dossier, until: Month, editions: Editions = EDITIONS) -> Mapping[About, int]:
    """What the months up to one cost by the facts on record, by month, kind and subject."""
    editions = editions.governing(dossier.contract)
    found = monthly_amounts(dossier, until, editions)
    for charge in other_charges(dossier, editions):
        if charge.month <= until:
            about = About(charge.month, charge.kind, charge.subject_id)
            found[about] = found.get(about, 0) + (charge.amount_yen or 0)
    return found


def _carried(dossier: Dossier, sent: Sent, editions: Editions) -> Mapping[About, int]:
    """The present amounts of sent months, minus what was sent about them and settled since."""
    months = [*sent.issued, *([sent.elsewhere_until] if sent.elsewhere_until else [])]
    if not months:
        return {}
    now = amounts_up_to(dossier, max(months), editions)
    carried = {about: yen for about, yen in now.items() if sent.since(about.month) is not None}
    lines = [line for one in sent.issued.values() for line in one.amounts()]
    lines += sent.elsewhere.amounts if sent.elsewhere else []
    for about, yen in lines:
        carried[about] = carried.get(about, 0) - yen
    for one in sent.settled:
        if one.about.kind not in APART:
            carried[one.about] = carried.get(one.about, 0) - one.amount_yen
    return dict(sorted(carried.items()))


def _takes(dossier: Dossier, sent: Sent, month: Month) -> Month | None:
    """The month whose statement contains a difference of an issued one; None: a person must settle it."""
    contract = dossier.contract
    if sent.is_elsewhere(month) or contract.accepted_on is None:
        return None
    following = month.following
    while sent.since(following) is not None:
        following = following.following
    over = contract.effective_on is not None and following > Month.of(contract.effective_on)
    return None if over else following
