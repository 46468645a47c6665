"""The customer wants another domain, or HTTPS, after the acceptance (Art. 3(1), R28)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from lifecycle.machines.body import Entering, Examples
from lifecycle.machines.check import AnyCase
from lifecycle.machines.derive import open_conditions
from lifecycle.machines.dossier import Contract, Dossier
from lifecycle.machines.event import EITHER, Changes, Event, EventInput
from lifecycle.machines.events.apply_body import DeliveryBody
from lifecycle.machines.events.common import ChangedOn, not_in_future, on_its_own_day
from lifecycle.machines.events.in_range import changed_in_range
from lifecycle.machines.facts import Facts
from lifecycle.terms import art3_art4_conditions as conditions
from lifecycle.terms.ruling import Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeDelivery(Facts):
    """delivery: the new domain and HTTPS."""

    delivery: Mapping[str, Any]


def effect(contract: Contract, facts: ChangeDelivery, row: str) -> Changes:
    """Change the delivery; conditions that were met for the previous one are open again."""
    reopened = conditions.conditions_reopened(contract.delivery, facts.delivery)
    return {
        "delivery": dict(facts.delivery),
        "certificate_expires_on": conditions.certificate_expires_on(facts.delivery),
        "met": tuple(name for name in contract.met if name not in reopened),
        "waived": tuple(name for name in contract.waived if name not in reopened),
    }


def rulings(case: AnyCase, after: Contract, dossier: Dossier) -> tuple[Ruling, ...]:
    """The change, and the open conditions."""
    return (conditions.delivery_changed(case.terms()), *open_conditions(after, case.editions))


class ChangeDeliveryBody(ChangedOn):
    """Domain and HTTPS from a day."""

    delivery: DeliveryBody
    examples: ClassVar[Examples] = [
        {
            "on": "2022-04-20",
            "delivery": {
                "custom_domain": {"name": "video.example.jp", "acquired": True, "dns_registered": False},
                "https": False,
            },
        }
    ]

    def facts(self, entering: Entering) -> ChangeDelivery:
        """The delivery as a whole."""
        return ChangeDelivery(delivery=self.delivery.stored())


CHANGE_DELIVERY = Event(
    name="change_delivery",
    facts=ChangeDelivery,
    happened="changed",
    setting=True,
    effect=effect,
    rulings=rulings,
    governed_on=on_its_own_day,
    rules=(not_in_future("delivery"), changed_in_range),
    input=EventInput(
        body=ChangeDeliveryBody,
        roles=EITHER,
        summary="Another domain, or HTTPS; billing does not start while its conditions are open (R28).",
    ),
)
