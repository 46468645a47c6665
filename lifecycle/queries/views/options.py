"""The days that a contract and an option have in common, and an option as the interface shows it."""

from datetime import datetime
from typing import Annotated, NotRequired

from typing_extensions import TypedDict

from lifecycle.machines.check import AnyCase, Case
from lifecycle.machines.derive import ending_of
from lifecycle.machines.dossier import Contract, Dossier, Option
from lifecycle.machines.entity import Entity
from lifecycle.machines.table import allowed_events
from lifecycle.queries.views.changes import Changes
from lifecycle.queries.views.closed_sets import ChannelName, OptionEvent, OptionKind, OptionState
from lifecycle.queries.views.common import Cancellation, Next, cancellation_view, next_view
from lifecycle.queries.views.fields import (
    ContractId,
    Day,
    InPreview,
    OptionId,
    Reference,
    RowId,
    Version,
    Yen,
    about,
    view,
)
from lifecycle.terms.calendar import iso_day
from lifecycle.terms.editions import EDITIONS, Editions


class InformalNoticeView(TypedDict):
    """A request to end that is not in the company's form: it has no effect (R44)."""

    id: Annotated[RowId, about("The id of its history row.")]
    arrived_on: Annotated[Day, about("The day on which it came in.")]
    channel: Annotated[ChannelName | None, about("How it came in; null: not said.")]


def _asked(waiting: list[InformalNoticeView]) -> list[list[str]]:
    return [[one["arrived_on"]] for one in waiting]


class Term(TypedDict):
    """The days of a contract or an option, and what comes next."""

    changes: NotRequired[Annotated[Changes, about("What a late entry or a correction changed in the past.")]]
    received_on: Annotated[Day, about("The day on which the application was received.")]
    in_form: Annotated[bool, about("Whether the application is in the company's form (R44).", True), InPreview()]
    informal_notices: Annotated[
        list[InformalNoticeView],
        about("Requests to end that are not in the company's form and wait for it (R44)."),
        InPreview(read=_asked),
    ]
    accepted_on: Annotated[Day | None, about("The day of acceptance; null before."), InPreview()]
    billing_starts_on: Annotated[
        Day | None, about("The first day that is charged; null if none is set."), InPreview()
    ]
    minimum_term_ends_on: Annotated[
        Day | None, about("The last day of the minimum term (Art. 2); null if no billing start is set."),
        InPreview(),
    ]  # fmt: skip
    cancellation: Annotated[Cancellation | None, about("How and why it ends; null if no end is on record.")]
    terminated_on: Annotated[Day | None, about("The last day of service, once it is over."), InPreview()]
    next: Annotated[Next | None, about("The next event of the clock; null for none.")]


class OptionBrief(TypedDict):
    """A summary of an option."""

    id: Annotated[OptionId, about("The option's id.")]
    kind: Annotated[OptionKind, about("The kind of option.")]
    reference: Annotated[Reference, about("The reference of its application.")]
    state: Annotated[OptionState, about("The state.")]


class FeeAgreementView(TypedDict):
    """Another monthly fee of an option, agreed from a day (R22)."""

    monthly_fee_yen: Annotated[Yen, about("The monthly fee from that day, in yen.")]
    from_on: Annotated[Day, about("The first day of that fee.")]
    agreed_on: Annotated[
        Day, about("The day of the agreement; if several are about the same day, the newest counts.")
    ]


def _agreed(fees: list[FeeAgreementView]) -> list[list[str]]:
    return [[str(fee["monthly_fee_yen"]), fee["from_on"]] for fee in fees]


@view
class OptionView(Term):
    """A DRM option (Art. 5)."""

    id: Annotated[OptionId, about("Its id.")]
    contract_id: Annotated[ContractId, about("The contract that it belongs to.")]
    kind: Annotated[OptionKind, about("The kind of option.")]
    reference: Annotated[Reference, about("The reference of its application.")]
    state: Annotated[OptionState, about("The state."), InPreview(first=True)]
    version: Version
    initial_fee_yen: Annotated[
        Yen | None, about("The initial fee in yen, as quoted; null before acceptance."), InPreview()
    ]
    monthly_fee_yen: Annotated[
        Yen | None, about("The monthly fee in yen, as quoted; null before acceptance."), InPreview()
    ]
    fee_changes: Annotated[
        list[FeeAgreementView], about("Monthly fees agreed later, in the order of the agreements."),
        InPreview(read=_agreed),
    ]  # fmt: skip
    minimum_term_cut_days: Annotated[
        int, about("The civil days by which the contract's end cuts the minimum term (R18).", 0), InPreview()
    ]
    allowed_events: Annotated[list[OptionEvent], about("The events that a person can enter now.")]


def option_view(dossier: Dossier, option_id: str, now: datetime, editions: Editions = EDITIONS) -> OptionView:
    """One option of a dossier. Raises KeyError."""
    option: Option = dossier.subject(option_id)
    return {
        "id": option.id,
        "contract_id": option.contract_id,
        "kind": option.kind,
        "reference": option.reference,
        "state": option.state,
        "version": option.version,
        "initial_fee_yen": option.initial_fee_yen,
        "monthly_fee_yen": option.monthly_fee_yen,
        "fee_changes": [
            {
                "monthly_fee_yen": fee.monthly_fee_yen,
                "from_on": fee.from_on.isoformat(),
                "agreed_on": fee.agreed_on.isoformat(),
            }
            for fee in option.fees
        ],
        **term_view(dossier, option, editions),
        "allowed_events": possible(dossier, option, now, editions),
        "minimum_term_cut_days": option.minimum_term_cut_days,
    }


def term_view(dossier: Dossier, subject: Contract | Option, editions: Editions) -> Term:
    """The days of a contract or an option, and what comes next."""
    editions = editions.governing(dossier.contract)
    return {
        "received_on": subject.received_on.isoformat(),
        "in_form": subject.in_form,
        "informal_notices": [
            {"id": one.id, "arrived_on": one.arrived_on.isoformat(), "channel": one.channel}
            for one in subject.informal
        ],
        "accepted_on": iso_day(subject.accepted_on),
        "billing_starts_on": iso_day(subject.billing_starts_on),
        "minimum_term_ends_on": iso_day(subject.minimum_term_ends_on),
        "cancellation": _cancellation(dossier, subject, editions),
        "terminated_on": iso_day(subject.terminated_on),
        "next": next_view(subject.due_event, subject.due_at),
    }


def possible(dossier: Dossier, subject: Entity, now: datetime, editions: Editions = EDITIONS) -> list[str]:
    """The events that a person can enter now."""
    case: AnyCase = Case(dossier, subject, now, editions.governing(dossier.contract))
    return allowed_events(case)


def _cancellation(dossier: Dossier, subject: Contract | Option, editions: Editions) -> Cancellation | None:
    end = ending_of(subject, dossier.contract, editions) if subject.accepted_on else None
    if end is None:
        return None
    starts_on, option = subject.billing_starts_on, isinstance(subject, Option)
    return cancellation_view(end, subject.notices, starts_on, editions, option=option)
