"""The customer names another administrator (Art. 4(1), R29)."""

from typing import ClassVar

from lifecycle.machines.body import Examples, PersonBody
from lifecycle.machines.check import AnyCase
from lifecycle.machines.dossier import Contract, Dossier
from lifecycle.machines.event import EITHER, Changes, Event, EventInput
from lifecycle.machines.events.common import ChangedOn, not_in_future, on_its_own_day
from lifecycle.machines.facts import NoFacts
from lifecycle.terms import art3_art4_conditions as conditions
from lifecycle.terms.ruling import Ruling


def effect(contract: Contract, facts: NoFacts, row: str) -> Changes:
    """There is an administrator; the name is personal data, which has a table of its own."""
    return {"administrator_named": True}


def rulings(case: AnyCase, after: Contract, dossier: Dossier) -> tuple[Ruling, ...]:
    """The change is recorded."""
    return (conditions.administrator_changed(case.terms()),)


class ChangeAdministratorBody(ChangedOn):
    """Another administrator (Art. 4(1)), with the first day."""

    administrator: PersonBody
    examples: ClassVar[Examples] = [
        {"administrator": {"name": "佐藤花子", "email": "sato@example.co.jp"}},
        {"on": "2022-04-20", "administrator": {"name": "佐藤花子"}, "reason": "Named by e-mail on that day."},
    ]


CHANGE_ADMINISTRATOR = Event(
    name="change_administrator",
    facts=NoFacts,
    happened="changed",
    setting=True,
    effect=effect,
    rulings=rulings,
    governed_on=on_its_own_day,
    rules=(not_in_future("administrator"),),
    input=EventInput(
        body=ChangeAdministratorBody,
        roles=EITHER,
        summary="Names another administrator (Art. 4(1), R29).",
        people=lambda body: {"administrator": body.administrator.stored()},
    ),
)
