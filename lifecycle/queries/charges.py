"""Charges: each follows from the facts by a named article and is never typed in (Art.

7, Annex 1). Pure: a dossier in, charges and statements out; the same dossier of a past moment gives the same
result.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple, cast

from lifecycle.machines.derive_credit import counted_part, credited_in, fee_on
from lifecycle.machines.dossier import Dossier, Option
from lifecycle.machines.items import item_applied_for, item_as_if_in_force
from lifecycle.machines.parts import Usage
from lifecycle.queries.monthly_fees import BASE_FEE, OPTION_FEE, base_fees, fees_in_force, option_fees, served
from lifecycle.queries.views.common import rulings_view
from lifecycle.queries.views.money import ChargeView, Statement, StatementLine
from lifecycle.terms import annex1_fees as annex1
from lifecycle.terms import art7_fees as art7
from lifecycle.terms.agreed_end import agreed_amount
from lifecycle.terms.art8_credit import credit as credit_ruling
from lifecycle.terms.calendar import DAY, Month, end_of, instant, start_of, tokyo_day
from lifecycle.terms.editions import EDITIONS, Editions
from lifecycle.terms.item_change import one_off_fee
from lifecycle.terms.ruling import Ruling

_NO_RESIDUE = ("base_contract", "company", "agreement")  # whose ends leave no residual fee
SECOND = timedelta(seconds=1)  # what arises with the end of a day arises within it


class Charge(NamedTuple):
    """One obligation. month: whose statement shows it. amount_yen: None where not set; negative: a credit.

    flag: what a person should look at, or None.
    """

    kind: str
    subject_id: str
    month: Month
    arose_at: datetime
    amount_yen: int | None
    ruling: Ruling
    flag: str | None = None

    def view(self) -> ChargeView:
        """The charge as in the API."""
        return {
            "kind": self.kind,
            "subject_id": self.subject_id,
            "month": str(self.month),
            "arose_at": instant(self.arose_at),
            "amount_yen": self.amount_yen,
            "flag": self.flag,
            "ruling": rulings_view((self.ruling,))[0],
        }


def charges(
    dossier: Dossier, until: date, editions: Editions = EDITIONS, *, only: Month | None = None
) -> list[Charge]:
    """Every charge that arises up to a day, in the order of arising. only: those of one month's statement."""
    editions = editions.governing(dossier.contract)
    found = [
        *_base_fees(dossier, until, only, editions),
        *_option_fees(dossier, until, only, editions),
        *other_charges(dossier, editions, only=only),
    ]
    end = end_of(until)
    arisen = [charge for charge in found if charge.arose_at < end and only in (None, charge.month)]
    return sorted(arisen, key=lambda c: (c.arose_at, c.kind, c.subject_id))


def other_charges(dossier: Dossier, editions: Editions = EDITIONS, *, only: Month | None = None) -> list[Charge]:
    """Every charge but the monthly fees, in no order. only: usage of one month alone."""
    editions = editions.governing(dossier.contract)
    return [
        *_initial_fees(dossier, editions),
        *_one_off_fees(dossier, editions),
        *_residual_fees(dossier, editions),
        *_agreed_amounts(dossier, editions),
        *_overages(dossier, only, editions),
        *(charge for charge, _ in _credits(dossier, editions)),
    ]


def statement(dossier: Dossier, month: Month, editions: Editions = EDITIONS) -> Statement:
    """A month's statement: lines, total in yen, and what is flagged. A fee that was not set counts as 0."""
    lines = charges(dossier, month.following.last, editions, only=month)
    return {
        "contract_id": dossier.contract.id,
        "reference": dossier.contract.reference,
        "month": str(month),
        "lines": [cast(StatementLine, line.view()) for line in lines],
        "total_yen": sum(line.amount_yen or 0 for line in lines),
        "flags": [line.flag for line in lines if line.flag],
        "issued_at": None,
        "billed_elsewhere": False,
        "adjustments": [],
    }


def credits_left(dossier: Dossier, editions: Editions = EDITIONS) -> list[tuple[Month, str, int]]:
    """What the base fees of the months of claimed credits cannot take: month, credit, yen (R25)."""
    return [
        (charge.month, charge.subject_id, left)
        for charge, left in _credits(dossier, editions.governing(dossier.contract))
        if left
    ]


def _initial_fees(dossier: Dossier, editions: Editions) -> Iterator[Charge]:
    contract = dossier.contract
    if contract.accepted_on is not None:
        item = item_applied_for(dossier)
        ruling = art7.initial_fee(item, contract.accepted_on, editions.on(contract.accepted_on))
        yield _charge("initial_fee", contract.id, contract.accepted_on, ruling)
    for option in dossier.options:
        if option.accepted_on is not None and option.initial_fee_yen is not None:
            terms = editions.on(option.accepted_on)
            ruling = art7.quoted_initial_fee(option.initial_fee_yen, option.accepted_on, terms)
            yield _charge("option_initial_fee", option.id, option.accepted_on, ruling)


def _one_off_fees(dossier: Dossier, editions: Editions) -> Iterator[Charge]:
    for change in dossier.item_changes:
        if change.accepted_on is not None:
            ruling = one_off_fee(change.fee_yen, change.accepted_on, editions.on(change.accepted_on))
            flag = "fee not set" if change.fee_yen is None else None
            yield _charge("one_off_fee", change.id, change.accepted_on, ruling, flag)


def _base_fees(dossier: Dossier, until: date, only: Month | None, editions: Editions) -> Iterator[Charge]:
    for start, ruling in base_fees(dossier, editions, until, only):
        yield _charge(BASE_FEE, dossier.contract.id, start, ruling)


def _option_fees(dossier: Dossier, until: date, only: Month | None, editions: Editions) -> Iterator[Charge]:
    for option in dossier.options:
        for start, ruling in option_fees(option, editions, until, only):
            yield _charge(OPTION_FEE, option.id, start, ruling)


def _residual_fees(dossier: Dossier, editions: Editions) -> Iterator[Charge]:
    """The fee for days cut off the minimum term, where the setting says so (R8).

    None where the base contract, the company or an agreement decides the end (R18, R31, R38).
    """
    for holder in (dossier.contract, *dossier.options):
        ends_on, term = holder.effective_on, holder.minimum_term_ends_on
        if ends_on is None or term is None or term <= ends_on or holder.decided_by in _NO_RESIDUE:
            continue
        terms = editions.on(ends_on)
        fee = terms.items[item_as_if_in_force(dossier, ends_on)].monthly_fee_yen
        if isinstance(holder, Option):
            fee = holder.monthly_fee_on(ends_on) or 0
        ruling = annex1.residual_fee(fee, ends_on + DAY, term, terms, option=isinstance(holder, Option))
        yield Charge(
            "residual_fee", holder.id, Month.of(ends_on), end_of(ends_on) - SECOND, ruling.amount_yen, ruling
        )


def _agreed_amounts(dossier: Dossier, editions: Editions) -> Iterator[Charge]:
    """What both sides agreed is owed with the end, by the newest agreement: in the month of the end (R38)."""
    contract = dossier.contract
    agreed = [notice for notice in contract.standing_notices if notice.by == "agreement"]
    if not agreed or agreed[-1].owed_yen is None or agreed[-1].chosen_on is None:
        return
    ends_on, owed_yen = agreed[-1].chosen_on, agreed[-1].owed_yen
    ruling = agreed_amount(owed_yen, ends_on, editions.on(agreed[-1].arrived_on))
    yield Charge("agreed_amount", contract.id, Month.of(ends_on), end_of(ends_on) - SECOND, owed_yen, ruling)


def _overages(dossier: Dossier, only: Month | None, editions: Editions) -> Iterator[Charge]:
    contract = dossier.contract
    for usage in dossier.usages:
        month = Month.parse(usage.month)
        if only in (None, month):
            for _, last in served(contract, month.last, month):
                yield from _overage(dossier, usage, month, last, editions)


def _overage(
    dossier: Dossier, usage: Usage, month: Month, last_served: date, editions: Editions
) -> Iterator[Charge]:
    """The item of the month's last day served sets the included amounts and the prices (R24)."""
    terms = fees_in_force(last_served, dossier.contract, editions)
    item = item_as_if_in_force(dossier, last_served)
    for meter in terms.meters:
        ruling = annex1.overage(item, meter, Decimal(usage.used(meter)), month, terms)
        if ruling.amount_yen:
            arose_at = end_of(last_served) - SECOND
            yield Charge(f"overage_{meter}", usage.id, month, arose_at, ruling.amount_yen, ruling)


def _credits(dossier: Dossier, editions: Editions) -> Iterator[tuple[Charge, int]]:
    """Credits claimed, each with the yen that its statement cannot take.

    It is in the statement of the month of the claim, or of the recovery if later; all credits of a month are
    never more than that month's base fee (R25).
    """
    left: dict[Month, int] = {}
    for credit in sorted(dossier.credits, key=lambda credit: (credit.known_at, credit.id)):
        part = counted_part(credit, dossier)
        if credit.state not in ("claimed", "credited") or not credit.amount_yen or part is None:
            continue  # a claim may wait for whose fault it was, or lie outside its time
        assert credit.claimed_at is not None
        month = Month.of(credited_in(credit, part))
        if month not in left:
            left[month] = sum(c.amount_yen or 0 for c in _base_fees(dossier, month.last, month, editions))
        room = left[month]
        applied = min(credit.amount_yen, room)
        left[month] = room - applied
        terms = editions.on(tokyo_day(credit.known_at))
        ruling = replace(credit_ruling(part, fee_on(dossier, terms), terms), amount_yen=-applied)
        flag = "credit exceeds the base fee" if applied < credit.amount_yen else None
        arose_at = max(credit.claimed_at, min(part.until, end_of(month.last) - SECOND))
        line = Charge("outage_credit", credit.id, month, arose_at, -applied, ruling, flag)
        yield line, credit.amount_yen - applied


def _charge(kind: str, subject_id: str, day: date, ruling: Ruling, flag: str | None = None) -> Charge:
    return Charge(kind, subject_id, Month.of(day), start_of(day), ruling.amount_yen, ruling, flag)
