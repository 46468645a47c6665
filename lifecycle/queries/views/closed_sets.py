"""The closed sets of values in answers, each by its name; read off the machines and the terms where they know."""

from typing import Annotated, get_args

from lifecycle.audit.verifier.breaks import LOG_CHAIN, SIGN_ON, SIGNED
from lifecycle.history import operations_log
from lifecycle.machines.body import Channel
from lifecycle.machines.entries import REWRITES
from lifecycle.machines.events.record_edition import ANNOUNCE, ON_RECORD, REWORD
from lifecycle.machines.parts import Edition
from lifecycle.machines.stateless_rows import STATELESS_EVENTS
from lifecycle.machines.table import EVENTS, MACHINES, OPENINGS
from lifecycle.people.tokens import GRANTS
from lifecycle.queries.matching import MATCHED
from lifecycle.queries.media import MEDIA
from lifecycle.queries.views.fields import OneOf
from lifecycle.queries.waiting_kinds import KINDS as WAITING_KINDS
from lifecycle.terms.art6_cancellation import DecidedBy as DecidedByName
from lifecycle.terms.art10_measures import MEASURES
from lifecycle.terms.editions import SERVICES, item_names, meter_names, option_kinds
from lifecycle.terms.readings import READINGS
from lifecycle.terms.version import Change
from lifecycle.terms.version import NoticeRule as NoticeRuleName
from lifecycle.webhooks.subscriptions import TYPES


def _states(*kinds: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(state.id for kind in kinds for state in MACHINES[kind].states))


def _charges() -> tuple[str, ...]:
    """The kinds of charges: of overage one for each meter of the loaded services."""
    return (
        "initial_fee", "option_initial_fee", "one_off_fee", "monthly_base_fee", "monthly_option_fee",
        "residual_fee", *(f"overage_{meter}" for meter in meter_names()), "outage_credit", "adjustment",
        "agreed_amount",
    )  # fmt: skip


def _refunds() -> tuple[str, ...]:
    return (*_charges(), "credit_left", "not_served")


def _possible(*kinds: str) -> tuple[str, ...]:
    """The events that people enter."""
    return tuple(dict.fromkeys(name for kind in kinds for name, event in EVENTS[kind].items() if event.by_hand))


_EVENTS = tuple(
    dict.fromkeys(
        (
            *(name for kind in EVENTS for name in (OPENINGS[kind].name, *EVENTS[kind])),
            *sorted(REWRITES),
            *STATELESS_EVENTS,
            SIGN_ON,
            REWORD,
            ANNOUNCE,
        )
    )
)
_TIMED = tuple(
    dict.fromkeys(
        name for events in EVENTS.values() for name, event in events.items() if event.clock or event.follows
    )
)

TermsChange = Annotated[
    str, OneOf("TermsChange", get_args(Change), "The ground of a change (Civil Code 548-4(1)).")
]
RehearsedEffect = Annotated[
    str,
    OneOf(
        "RehearsedEffect",
        ("better", "worse", "both", "neither"),
        "Whether a change of the terms is good for the customer (Civil Code Art. 548-4).",
    ),
]
# What has a life of its own.
Kind = Annotated[str, OneOf("Kind", (*MACHINES, Edition.KIND, LOG_CHAIN), "The kinds of subjects of a history.")]
EndingKind = Annotated[str, OneOf("EndingKind", ("contract", "option"), "What a cancellation can end.")]
WaitingKind = Annotated[
    str,
    OneOf(
        "WaitingKind",
        ("contract", "option", "item_change", "timer", "refund", "credit", "approval"),
        "The kinds of items that can wait for a person.",
    ),
]
WaitsFor = Annotated[str, OneOf("WaitsFor", WAITING_KINDS, "What can wait for a person, in the worklist too.")]
State = Annotated[str, OneOf("State", (*_states(*MACHINES), ON_RECORD, SIGNED), "Every state of every kind.")]
ContractState = Annotated[str, OneOf("ContractState", _states("contract"), "The states of a contract.")]
OptionState = Annotated[str, OneOf("OptionState", _states("option"), "The states of an option.")]
EndingState = Annotated[
    str, OneOf("EndingState", _states("contract", "option"), "The states of a contract or an option.")
]
ItemChangeState = Annotated[str, OneOf("ItemChangeState", _states("item_change"), "The states of an item change.")]
MeasureState = Annotated[str, OneOf("MeasureState", _states("measure"), "The states of a measure (Art. 10).")]
CreditState = Annotated[str, OneOf("CreditState", _states("credit"), "The states of a credit (Art. 8).")]
OutageState = Annotated[str, OneOf("OutageState", _states("outage"), "The states of an outage.")]

MatchedField = Annotated[str, OneOf("MatchedField", MATCHED, "The fields that a search looks into.")]

# What happens to it.
Effect = Annotated[
    str, OneOf("Effect", ("in_force", "invalidated", "moot"), "Whether an entry has an effect (R37).")
]
Event = Annotated[str, OneOf("Event", _EVENTS, "Every event of every kind.")]
TimedEvent = Annotated[
    str, OneOf("TimedEvent", _TIMED, "The events of the clock, and those that follow from another event.")
]
ContractEvent = Annotated[
    str, OneOf("ContractEvent", _possible("contract"), "The events that a person enters for a contract.")
]
OptionEvent = Annotated[
    str, OneOf("OptionEvent", _possible("option"), "The events that a person enters for an option.")
]
PartEvent = Annotated[
    str,
    OneOf(
        "PartEvent",
        _possible("item_change", "measure", "credit"),
        "The events that a person enters for an item change, a measure or a credit.",
    ),
]
EnteredEvent = Annotated[str, OneOf("EnteredEvent", _possible(*MACHINES), "Every event that a person enters.")]
MessageType = Annotated[
    str, OneOf("MessageType", tuple(sorted(TYPES)), "The types of messages to webhooks: kind and event.")
]

MediaType = Annotated[str, OneOf("MediaType", tuple(MEDIA), "The accepted file types, detected from the content.")]

# What the terms distinguish.
NoticeRule = Annotated[
    str,
    OneOf(
        "NoticeRule",
        get_args(NoticeRuleName),
        "The rules for the end of a notice period: a number of days, or a month.",
    ),
]
ServiceName = Annotated[
    str, OneOf("ServiceName", lambda: tuple(SERVICES), "The services, each with terms of its own.")
]
ItemName = Annotated[str, OneOf("ItemName", item_names, "The items of Art. 1.")]
OptionKind = Annotated[str, OneOf("OptionKind", option_kinds, "The options of the service (Art. 5).")]
DecidedBy = Annotated[
    str,
    OneOf(
        "DecidedBy",
        get_args(DecidedByName),
        "What decides the day of an end: the notice period, the day that the customer chose, the minimum term, "
        "the end of the contract that the option belongs to, the company's own end, or an agreed end.",
    ),
]
NoticeBy = Annotated[
    str,
    OneOf(
        "NoticeBy",
        ("customer", "company", "agreement"),
        "The party whose declaration ends the contract, or an agreement of both sides.",
    ),
]
ChannelName = Annotated[str, OneOf("ChannelName", get_args(Channel), "How an application or a notice came in.")]
ConditionName = Annotated[
    str, OneOf("ConditionName", ("domain", "dns", "certificate"), "The conditions of Art. 3(1).")
]
MeasureKind = Annotated[str, OneOf("MeasureKind", tuple(MEASURES), "The measures of Art. 10.")]
ChargeKind = Annotated[str, OneOf("ChargeKind", _charges, "The kinds of charges; an outage_credit is negative.")]
ChargeFlag = Annotated[
    str,
    OneOf(
        "ChargeFlag",
        ("fee not set", "credit exceeds the base fee"),
        "A point that a person should check in a charge.",
    ),
]
RefundKind = Annotated[str, OneOf("RefundKind", _refunds, "The kinds of amounts that wait for a person.")]
RefundDirection = Annotated[
    str,
    OneOf(
        "RefundDirection", ("refund", "payment"), "refund: paid back to the customer. payment: still to be paid."
    ),
]
HowSettled = Annotated[str, OneOf("HowSettled", ("met", "waived"), "How a condition was settled.")]
RefundState = Annotated[str, OneOf("RefundState", ("open", "settled"), "Whether it still waits for a person.")]
IssueState = Annotated[
    str,
    OneOf(
        "IssueState", ("open", "running", "done"),
        "open: some are left, and no process issues them. running: a process issues them. done: none is left.",
    ),
]  # fmt: skip
ReadingNumber = Annotated[
    str, OneOf("ReadingNumber", tuple(READINGS), "The readings: our interpretations of gaps in the terms.")
]

# What the running of the service distinguishes.
Grant = Annotated[str, OneOf("Grant", GRANTS, "The roles and the additional rights.")]
ProposalState = Annotated[
    str, OneOf("ProposalState", ("proposed", "approved", "declined", "lapsed"), "The states of a proposal.")
]
OperationsEvent = Annotated[
    str, OneOf("OperationsEvent", operations_log.EVENTS, "Operations on the service, by people and by the fuse.")
]
SchedulerState = Annotated[
    str, OneOf("SchedulerState", ("running", "holding"), "holding: the fuse holds ends until a person resumes.")
]
WebhookState = Annotated[
    str,
    OneOf(
        "WebhookState", ("active", "resting", "disabled"),
        "resting: the receiver failed several times; nothing is sent for a while.",
    ),
]  # fmt: skip
MessageState = Annotated[
    str, OneOf("MessageState", ("waiting", "failed"), "waiting: it will be retried. failed: it will not.")
]
MailState = Annotated[
    str,
    OneOf(
        "MailState", ("waiting", "sent", "failed", "removed"),
        "waiting: it will be tried. sent: the mail server took it. failed: a person has to look.",
    ),
]  # fmt: skip
MailRecipient = Annotated[
    str, OneOf("MailRecipient", ("customer", "administrator", "test"), "Who gets a message; test: a test message.")
]
Liveness = Annotated[str, OneOf("Liveness", ("ok",), "The process is running.")]
Severity = Annotated[
    str,
    OneOf(
        "Severity", ("fatal", "alarm"),
        "fatal: this process cannot serve until it is right. alarm: it serves; a person has to look.",
    ),
]  # fmt: skip
ReadinessStatus = Annotated[str, OneOf("ReadinessStatus", ("ready", "not ready"), "Whether the service is ready.")]
