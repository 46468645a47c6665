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


@view
class ChargeView(TypedDict):
    """One obligation."""

    kind: Annotated[ChargeKind, about("What it is for.")]
    subject_id: Annotated[ContractId, about("What it arose from: a contract, an option, a usage and so on.")]
    month: Annotated[MonthText, about("The month whose statement shows it.")]
    arose_at: Annotated[Instant, about("The instant at which it arose.")]
    amount_yen: Annotated[
        Yen | None, about("The amount in whole yen without consumption tax; negative: a credit; null: not set.")
    ]
    flag: Annotated[ChargeFlag | None, about("What a person should look at; null for nothing.")]
    ruling: Annotated[RulingView, about("The rule by which it arose.")]


class Charges(TypedDict):
    """All obligations, in the order of arising."""

    items: Annotated[list[ChargeView], about("The obligations.")]
    next: NextPage


class Adjusts(TypedDict):
    """What an adjustment is about."""

    month: Annotated[MonthText, about("The month that was issued.")]
    kind: Annotated[ChargeKind, about("Which of its charges differs.")]


class StatementLine(ChargeView):
    """A line of a statement."""

    adjusts: NotRequired[
        Annotated[Adjusts | None, about("Of an adjustment alone: which month and charge it is about (R40).")]
    ]
    cause: NotRequired[
        Annotated[
            RowId | None,
            about("Of an adjustment alone: the latest entry since the month was issued, by its history row."),
        ]
    ]


class Statement(TypedDict):
    """A month's statement: as it was sent, once it was issued."""

    contract_id: Annotated[ContractId, about("The contract.")]
    reference: Annotated[Reference, about("The reference of its application.")]
    month: Annotated[MonthText, about("The month, in Japan.")]
    lines: Annotated[list[StatementLine], about("The charges of the month, then adjustments of issued months.")]
    total_yen: Annotated[Yen, about("Their sum in yen; a fee that nobody has set counts as 0."), InPreview()]
    flags: Annotated[list[ChargeFlag], about("What a person should look at before it is sent.")]
    issued_at: Annotated[Instant | None, about("When it was issued; null while it is not (R40)."), InPreview()]
    billed_elsewhere: Annotated[
        bool, about("Whether the month was billed before this service did, so that it has no lines (R41).", False)
    ]
    adjustments: Annotated[
        list[StatementLine], about("What of this month, once issued, stands on later statements (R40).")
    ]


@view
class StatementTotalView(TypedDict):
    """A month's statement of one contract, in short."""

    contract_id: Annotated[ContractId, about("The contract.")]
    reference: Annotated[Reference, about("The reference of its application.")]
    month: Annotated[MonthText, about("The month, in Japan.")]
    total_yen: Annotated[Yen, about("The statement's total in yen.")]
    flags: Annotated[list[ChargeFlag], about("What a person should look at before it is sent.")]
    issued_at: Annotated[Instant | None, about("When it was issued; null while it is not.")]
    billed_elsewhere: Annotated[bool, about("Whether the month was billed before this service did.", False)]


class StatementTotals(TypedDict):
    """A month's statements of all contracts, in the order of the contracts' ids."""

    items: Annotated[list[StatementTotalView], about("The statements, in short.")]
    next: NextPage


class IssuedMonth(TypedDict):
    """What came of issuing a month's statements."""

    month: Annotated[MonthText, about("The month, in Japan.")]
    issued: Annotated[int, about("How many statements were issued now.", 120), InPreview()]
    already: Annotated[int, about("How many were issued before, or billed elsewhere.", 3), InPreview()]


class IssueProgress(TypedDict):
    """How far the issue of a month's statements has come."""

    month: Annotated[MonthText, about("The month, in Japan.")]
    state: Annotated[IssueState, about("Whether all are issued, or somebody is at it.")]
    contracts: Annotated[int, about("How many statements the month has.", 12_000)]
    issued: Annotated[int, about("How many of them are issued.", 4_200)]
    billed_elsewhere: Annotated[int, about("How many were billed before this service did (R41).", 300)]
    left: Annotated[int, about("How many are still to be issued.", 7_500)]


class RefundCause(TypedDict):
    """Why money waits for a person."""

    kind: Annotated[
        RefundKind, about("Which charge differs; credit_left: what the base fee could not take (R25).")
    ]
    subject_id: Annotated[ContractId, about("What it arose from: a contract, an option, a credit and so on.")]
    entry: Annotated[
        RowId | None, about("The latest entry since the month was issued, by its history row; null for none.")
    ]


@view
class RefundView(TypedDict):
    """Money that waits for a person, or that a person settled (R25, R40)."""

    id: Annotated[str, about("Its id.", "r_01g1793000mdgr1ppmy0ffgaq3")]
    direction: Annotated[RefundDirection, about("Whether it is paid back to the customer, or still to be paid.")]
    month: Annotated[MonthText, about("The month that it is about.")]
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
