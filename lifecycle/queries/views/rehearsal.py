"""What a file of terms would change: contract by contract, and altogether."""

from typing import Annotated

from typing_extensions import TypedDict

from lifecycle.queries.views.audit import ChangedView
from lifecycle.queries.views.changes import Changes
from lifecycle.queries.views.closed_sets import RehearsedEffect, TermsChange
from lifecycle.queries.views.fields import ContractId, Day, NextPage, Reference, RowId, Yen, about, view


@view
class RehearsedChangeView(ChangedView):
    """A value that differs, and for whom that is good."""

    effect: Annotated[RehearsedEffect, about("Whether the customer is better or worse off by it.")]


@view
class RehearsedView(TypedDict):
    """What a file of terms changes of one contract."""

    contract_id: Annotated[ContractId, about("Its id.")]
    reference: Annotated[Reference, about("The reference of its application.")]
    effect: Annotated[RehearsedEffect, about("Whether the customer is better or worse off altogether.")]
    yen: Annotated[Yen, about("By how much more is owed up to `until`, in yen; negative: less.", 10_000)]
    differences: Annotated[list[RehearsedChangeView], about("The days and amounts that differ.")]
    refused: Annotated[list[RowId], about("The recorded entries that lose their effect.")]
    allowed: Annotated[list[RowId], about("The recorded entries without effect that gain it.")]


@view
class RehearsalTotalsView(TypedDict):
    """What a file of terms changes altogether."""

    version: Annotated[Day, about("The first day of the version in the file.")]
    replaces: Annotated[bool, about("Whether a loaded version starts on that day.", False)]
    announced_on: Annotated[Day | None, about("The day of its announcement by the file; null if none.")]
    change: Annotated[TermsChange, about("Its ground of Civil Code Art. 548-4.")]
    late: Annotated[
        bool,
        about(
            "Whether it is announced too late to reach existing contracts (Civil Code Art. 548-4(3), R42).", False
        ),
    ]
    reaches_from: Annotated[
        Day | None,
        about("Only contracts accepted on this day or later are under it, for it was late; null: all are.", None),
    ]
    until: Annotated[Day, about("The day up to which every contract was followed.")]
    contracts: Annotated[int, about("The number of contracts checked.", 1200)]
    changed: Annotated[int, about("The number of contracts that change.", 80)]
    better: Annotated[int, about("The contracts whose customers are better off.", 20)]
    worse: Annotated[int, about("The contracts whose customers are worse off.", 50)]
    both: Annotated[int, about("The contracts with changes of both kinds.", 10)]
    neither: Annotated[int, about("The contracts that change to nobody's good or harm.", 0)]
    yen_less: Annotated[Yen, about("What is owed less, in yen, over the contracts that owe less.", -50_000)]
    yen_more: Annotated[Yen, about("What is owed more, in yen, over the contracts that owe more.", 120_000)]
    refused: Annotated[int, about("The recorded entries that lose their effect.", 1)]
    allowed: Annotated[int, about("The recorded entries without effect that gain it.", 0)]


class RehearsalPage(TypedDict):
    """A page of contracts, and what a file of terms changes of them."""

    totals: Annotated[RehearsalTotalsView, about("The totals of this page.")]
    items: Annotated[list[RehearsedView], about("The contracts that change, in the order of id.")]
    next: NextPage


@view
class ResettledView(TypedDict):
    """What terms or facts that came late change of one contract."""

    contract_id: Annotated[ContractId, about("Its id.")]
    reference: Annotated[Reference, about("The reference of its application.")]
    applied: Annotated[
        bool,
        about("Whether it is changed; not if entries would lose their effect, unless that is accepted.", True),
    ]
    changes: Annotated[Changes, about("What changes of it.")]


@view
class ResettledPartView(TypedDict):
    """What came of some contracts."""

    examined: Annotated[int, about("The number of contracts checked.", 100)]
    items: Annotated[list[ResettledView], about("The contracts that change, in the order of id.")]
    waiting: Annotated[
        list[ContractId], about("The contracts left as they are, because entries would lose their effect.")
    ]
    next: NextPage
