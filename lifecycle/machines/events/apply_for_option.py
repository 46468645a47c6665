"""An application for the DRM option is received (Art. 5(1); R17)."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from lifecycle.machines.body import Examples, Filed, FiledBody, Received
from lifecycle.machines.check import AnyCase, about_facts, only_at_its_place
from lifecycle.machines.dossier import Option
from lifecycle.machines.event import Event
from lifecycle.machines.events.apply import received_not_in_future, received_under_terms_in_force, rulings
from lifecycle.machines.facts import absent
from lifecycle.machines.field_types import Reference
from lifecycle.machines.names_of_services import OptionKind
from lifecycle.terms import art5_drm_option as art5
from lifecycle.terms.ruling import Ruling
from lifecycle.terms.version import DEFAULT_OPTION


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyForOption(Filed):
    """received_on: the day of receipt. kind: of the option. contract_id: of its contract.

    in_form: whether it is in the company's form (R44).
    """

    received_on: date
    reference: str
    kind: str
    contract_id: str
    in_form: bool = absent(True)


@only_at_its_place
@about_facts
def only_one_option(case: AnyCase) -> Ruling | None:
    """R17."""
    living = next((o.id for o in case.dossier.options if o.live), None)
    return art5.only_one_option(living, case.terms(case.now_day))


class OptionApplicationBody(Received, FiledBody):
    """An application for an option of a contract."""

    kind: OptionKind
    reference: Reference
    in_form: bool = True
    examples: ClassVar[Examples] = [
        {"kind": DEFAULT_OPTION, "reference": "OD-2022-0001-D", "received_on": "2022-04-20"}
    ]


APPLY_FOR_OPTION: Event[Option, ApplyForOption] = Event(
    name="apply",
    facts=ApplyForOption,
    happened="received",
    rank=2,
    rulings=rulings,
    rules=(received_under_terms_in_force, received_not_in_future, only_one_option),
)
