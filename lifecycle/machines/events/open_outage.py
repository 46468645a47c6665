"""An outage becomes known (Art. 8, R26)."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import PlainValidator, WithJsonSchema

from lifecycle.machines.body import Examples, Reasoned
from lifecycle.machines.check import AnyCase
from lifecycle.machines.event import Event
from lifecycle.machines.facts import Facts, absent
from lifecycle.machines.field_types import Instant, LongText
from lifecycle.machines.names_of_services import ServiceName
from lifecycle.machines.parts import Outage
from lifecycle.terms.calendar import tokyo_day


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOutage(Facts):
    """known_at: the instant at which the company knew. source: its own alert, or the reporting person.

    attributable: whether it is attributable to the company, None while unknown. contracts: ids, None for all.
    service: only this service's contracts, None for all.
    """

    known_at: datetime
    source: str
    attributable: bool | None
    contracts: tuple[str, ...] | None
    service: str | None = absent()


def known_on(case: AnyCase) -> date:
    """The day on which the company knew (R32)."""
    return tokyo_day(case.subject.known_at)


_CONTRACT = re.compile(r"c_[0-9a-z]{26}", re.ASCII)
_MOST = 1000


def _concerned(value: Any) -> Any:
    """`all`, or contracts by their ids."""
    listed = value if isinstance(value, list) and 1 <= len(value) <= _MOST else []
    if value == "all" or (listed and all(isinstance(id_, str) and _CONTRACT.fullmatch(id_) for id_ in listed)):
        return value
    raise ValueError(f"is not 'all' or a list of 1 to {_MOST} ids of contracts")


Concerned = Annotated[
    Literal["all"] | list[str],
    PlainValidator(_concerned),
    WithJsonSchema(
        {
            "anyOf": [
                {"const": "all"},
                {
                    "type": "array",
                    "items": {"type": "string", "pattern": "^c_[0-9a-z]{26}$"},
                    "minItems": 1,
                    "maxItems": _MOST,
                },
            ]
        }
    ),
]


class OutageFoundBody(Reasoned):
    """An outage that became known (Art. 8). With `recovered_at` it has already ended."""

    known_at: Instant
    source: LongText
    attributable: bool | None = None
    contracts: Concerned
    service: ServiceName | None = None
    recovered_at: Instant | None = None
    examples: ClassVar[Examples] = [
        {"known_at": "2022-04-22T08:00:00+09:00", "source": "own alert", "attributable": True, "contracts": "all"},
        {
            "known_at": "2022-04-01T08:00:00+09:00",
            "source": "the customer called",
            "attributable": None,
            "contracts": "all",
            "recovered_at": "2022-04-02T10:30:00+09:00",
        },
    ]


OPEN_OUTAGE: Event[Outage, OpenOutage] = Event(
    name="open", facts=OpenOutage, happened="known", rank=0, governed_on=known_on
)
