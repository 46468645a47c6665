"""What is owed: charges and statements (Art. 7, Annex 1)."""

from typing import Annotated

from typing_extensions import TypedDict

from lifecycle.queries.views.closed_sets import ChargeFlag, ChargeKind
from lifecycle.queries.views.common import RulingView
from lifecycle.queries.views.fields import ContractId, Instant, MonthText, NextPage, Reference, Yen, about, view


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


class Statement(TypedDict):
    """A month's statement."""

    contract_id: Annotated[ContractId, about("The contract.")]
    reference: Annotated[Reference, about("The reference of its application.")]
    month: Annotated[MonthText, about("The month, in Japan.")]
    lines: Annotated[list[ChargeView], about("The charges of the month.")]
    total_yen: Annotated[Yen, about("Their sum in yen; a fee that nobody has set counts as 0.")]
    flags: Annotated[list[ChargeFlag], about("What a person should look at before it is sent.")]
