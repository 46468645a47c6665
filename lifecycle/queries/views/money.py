"""What is owed: charges and statements (Art. 7, Annex 1)."""

from typing import Annotated, NotRequired

from typing_extensions import TypedDict

from lifecycle.queries.views.closed_sets import (
    ChargeFlag,
    ChargeKind,
    IssueState,
    RefundDirection,
    RefundKind,
    RefundState,
)
from lifecycle.queries.views.common import RulingView
from lifecycle.queries.views.fields import (
    Actor,
    ContractId,
    Day,
    InPreview,
    Instant,
    MonthText,
    NextPage,
    Reference,
    RowId,
    Yen,
    about,
    view,
)

HASH = "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9"


@view
class ChargeView(TypedDict):
    """A charge."""

    kind: Annotated[ChargeKind, about("The kind of charge.")]
    subject_id: Annotated[
        ContractId, about("The subject of the charge: a contract, an option, a usage and so on.")
    ]
    month: Annotated[MonthText, about("The month whose statement shows it.")]
    arose_at: Annotated[Instant, about("The instant at which it arose.")]
    amount_yen: Annotated[
        Yen | None, about("The amount in whole yen without consumption tax; negative: a credit; null: not set.")
    ]
    flag: Annotated[ChargeFlag | None, about("The point that a person should check; null for none.")]
    ruling: Annotated[RulingView, about("The ruling of the charge.")]


class Charges(TypedDict):
    """All charges, in the order in which they arose."""

    items: Annotated[list[ChargeView], about("The charges.")]
    next: NextPage


class Adjusts(TypedDict):
    """The issued charge that an adjustment corrects."""

    month: Annotated[MonthText, about("The month that was issued.")]
    kind: Annotated[ChargeKind, about("The kind of charge that differs.")]


class StatementLine(ChargeView):
    """A line of a statement."""

    adjusts: NotRequired[Annotated[Adjusts | None, about("Only for an adjustment: its month and charge (R40).")]]
    cause: NotRequired[
        Annotated[
            RowId | None,
            about("Only for an adjustment: the latest entry since the month was issued, by its history row."),
        ]
    ]


class Statement(TypedDict):
    """The statement of a month; an issued one never changes."""

    contract_id: Annotated[ContractId, about("The contract.")]
    reference: Annotated[Reference, about("The reference of its application.")]
    month: Annotated[MonthText, about("The month, in Japan.")]
    lines: Annotated[list[StatementLine], about("The charges of the month, then adjustments of issued months.")]
    total_yen: Annotated[Yen, about("The sum in yen; a fee that is not set counts as 0."), InPreview()]
    flags: Annotated[list[ChargeFlag], about("Points that a person should check before it is sent.")]
    issued_at: Annotated[Instant | None, about("The time of issue; null if it is not issued (R40)."), InPreview()]
    billed_elsewhere: Annotated[
        bool, about("Whether the month was billed elsewhere, so that it has no lines (R41).", False)
    ]
    adjustments: Annotated[
        list[StatementLine], about("Adjustments of this issued month on later statements (R40).")
    ]


@view
class StatementTotalView(TypedDict):
    """A summary of a contract's statement of a month."""

    contract_id: Annotated[ContractId, about("The contract.")]
    reference: Annotated[Reference, about("The reference of its application.")]
    month: Annotated[MonthText, about("The month, in Japan.")]
    total_yen: Annotated[Yen, about("The statement's total in yen.")]
    flags: Annotated[list[ChargeFlag], about("Points that a person should check before it is sent.")]
    issued_at: Annotated[Instant | None, about("The time of issue; null if it is not issued.")]
    billed_elsewhere: Annotated[bool, about("Whether the month was billed elsewhere.", False)]


class StatementTotals(TypedDict):
    """A month's statements of all contracts, in the order of the contracts' ids."""

    items: Annotated[list[StatementTotalView], about("The summaries.")]
    next: NextPage


@view
class IssuedFound(TypedDict):
    """An issued statement that a search found."""

    contract_id: Annotated[ContractId, about("The contract.")]
    month: Annotated[MonthText, about("The month, in Japan.")]
    total_yen: Annotated[Yen, about("The statement's total in yen.")]
    issued_at: Annotated[Instant, about("The time of issue.")]
    issued_by: Annotated[Actor, about("Who issued it.")]
    hash: Annotated[str, about("The SHA-256 of its lines as they were sent, in hexadecimal.", HASH)]


class IssuedFoundPage(TypedDict):
    """A page of issued statements, in the order of months and contracts."""

    items: Annotated[list[IssuedFound], about("The statements.")]
    next: NextPage


class IssuedMonth(TypedDict):
    """The result of issuing the statements of a month."""

    month: Annotated[MonthText, about("The month, in Japan.")]
    issued: Annotated[int, about("The number of statements issued now.", 120), InPreview()]
    already: Annotated[int, about("The number of statements issued before, or billed elsewhere.", 3), InPreview()]


class IssueProgress(TypedDict):
    """The progress of issuing the statements of a month."""

    month: Annotated[MonthText, about("The month, in Japan.")]
    state: Annotated[IssueState, about("Whether all statements are issued, or a process issues them.")]
    contracts: Annotated[int, about("The number of statements of the month.", 12_000)]
    issued: Annotated[int, about("The number of issued statements.", 4_200)]
    billed_elsewhere: Annotated[int, about("The number of contracts that were billed elsewhere (R41).", 300)]
    left: Annotated[int, about("The number of statements left to issue.", 7_500)]


class RefundCause(TypedDict):
    """Why money waits for a person."""

    kind: Annotated[
        RefundKind,
        about(
            "The charge that differs; credit_left: the part of a credit above the base fee (R25); not_served: "
            "monthly fees of days on which a contract that had been ended wrongly may not have been served (R36)."
        ),
    ]
    subject_id: Annotated[ContractId, about("The subject: a contract, an option, a credit and so on.")]
    entry: Annotated[
        RowId | None, about("The latest entry since the month was issued, by its history row; null for none.")
    ]


@view
class RefundView(TypedDict):
    """Money that waits for a person, or that a person settled (R25, R40)."""

    id: Annotated[str, about("Its id.", "r_01g1793000mdgr1ppmy0ffgaq3")]
    direction: Annotated[RefundDirection, about("Whether the customer gets it back or still has to pay it.")]
    month: Annotated[MonthText, about("The month of the amount.")]
    cause: Annotated[RefundCause, about("Why.")]
    amount_yen: Annotated[Yen, about("The amount in whole yen, never negative."), InPreview()]
    state: Annotated[RefundState, about("open: it waits for a person."), InPreview("refund_state", first=True)]
    settled_on: Annotated[
        Day | None, about("The day on which it was settled; null while it is open."), InPreview()
    ]
    how: Annotated[str | None, about("How it was settled; null while it is open.", "Bank transfer"), InPreview()]


class Refunds(TypedDict):
    """A contract's refunds and payments due."""

    items: Annotated[list[RefundView], about("The settled ones, then the open ones.")]
    next: NextPage
