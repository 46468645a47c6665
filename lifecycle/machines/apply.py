"""The first event of every life: an application is received. It opens the subject's history."""

from collections.abc import Callable

from lifecycle.machines.check import Case, about_given, given, rules
from lifecycle.machines.derive import derive
from lifecycle.machines.dossier import Contract, Dossier, Option
from lifecycle.machines.effects import facts_of
from lifecycle.machines.step import Act, Entry
from lifecycle.machines.table import NotPossible
from lifecycle.terms import art5_drm_option as art5
from lifecycle.terms import order_of_days as order
from lifecycle.terms.editions import EDITIONS, Editions, NotInForce
from lifecycle.terms.ruling import Ruling


@about_given
def received_under_terms_in_force(case: Case) -> Ruling | None:
    """R32."""
    try:
        case.editions.on(case.subject.received_on)
    except NotInForce as refusal:
        return refusal.ruling
    return None


@about_given
def received_not_in_future(case: Case) -> Ruling | None:
    """R34; judged under today's version, for the day itself may lie outside every version."""
    return order.not_in_future("receipt", "受領", given(case, "at"), case.now, "R34", case.terms(case.now_day))


@about_given
def only_one_option(case: Case) -> Ruling | None:
    """R17."""
    living = next((o.id for o in case.dossier.options if o.live), None)
    return art5.only_one_option(living, case.terms(case.now_day))


CONTRACT_RULES: Callable[[Case], None] = rules(received_under_terms_in_force, received_not_in_future)
OPTION_RULES: Callable[[Case], None] = rules(
    received_under_terms_in_force, received_not_in_future, only_one_option
)


def open_contract(contract: Contract, act: Act, editions: Editions = EDITIONS) -> tuple[Dossier, Entry]:
    """A new contract's application. Raises Refused."""
    dossier = Dossier(contract)
    CONTRACT_RULES(Case(dossier, contract, act.now, editions, act.given, act.reason))
    return _opened(dossier, contract, act, editions)


def open_option(
    dossier: Dossier, option: Option, act: Act, editions: Editions = EDITIONS
) -> tuple[Dossier, Entry]:
    """A new option's application to a living contract. Raises NotPossible or Refused."""
    if not dossier.contract.live:
        raise NotPossible("apply", dossier.contract.state)
    OPTION_RULES(Case(dossier, option, act.now, editions, act.given, act.reason))
    return _opened(dossier, option, act, editions)


def _opened(dossier: Dossier, subject: Contract | Option, act: Act, editions: Editions) -> tuple[Dossier, Entry]:
    opened = derive(dossier.with_subject(subject.replace(seq=1, version=1)), editions)
    entry = Entry(
        opened.subject(subject.id), "apply", None, subject.state, act, None, facts_of(act.given),
        (editions.in_force(subject.received_on),), (), editions.on(subject.received_on).version,
    )  # fmt: skip
    return opened, entry
