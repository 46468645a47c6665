"""An outage as the interface shows it (Art. 8)."""

from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from lifecycle.machines.parts import Outage
from lifecycle.queries.views.changes import OutageChanges
from lifecycle.queries.views.closed_sets import OutageState, ServiceName
from lifecycle.queries.views.fields import ContractId, InPreview, Instant, NextPage, Version, about, view
from lifecycle.terms.calendar import instant

OutageId = Annotated[str, Field(examples=["x_01g1793000mdgr1ppmy0ffgaq3"])]


@view
class OutageView(TypedDict):
    """An outage."""

    changes: NotRequired[
        Annotated[OutageChanges, about("What a late entry, a correction or an annulment changed in the past.")]
    ]
    id: Annotated[OutageId, about("Its id.")]
    state: Annotated[OutageState, about("The state."), InPreview(first=True)]
    version: Version
    known_at: Annotated[Instant, about("When the company knew of it."), InPreview()]
    recovered_at: Annotated[
        Instant | None, about("The instant of recovery; null while the outage continues."), InPreview()
    ]
    source: Annotated[str, about("The source: the company's own alert, or a report.", "Monitoring alert 4711")]
    attributable: Annotated[
        bool | None, about("Whether it is the company's own fault; null while unknown.", True), InPreview()
    ]
    contracts: Annotated[
        Literal["all"] | list[ContractId], about("The affected contracts: `all`, or their ids.", "all")
    ]
    service: Annotated[
        ServiceName | None, about("The service whose contracts it is for; null for those of all."), InPreview()
    ]
    concerned: Annotated[int, about("The number of contracts with a credit for it.", 12), InPreview()]


class Outages(TypedDict):
    """A page of outages."""

    items: Annotated[list[OutageView], about("The outages, the newest first.")]
    next: NextPage


def outage_view(outage: Outage, concerned: int) -> OutageView:
    """An outage, and how many contracts it concerns."""
    return {
        "id": outage.id,
        "state": outage.state,
        "version": outage.version,
        "known_at": instant(outage.known_at),
        "recovered_at": instant(outage.recovered_at),
        "source": outage.source,
        "attributable": outage.attributable,
        "contracts": list(outage.contracts) if outage.contracts is not None else "all",
        "service": outage.service,
        "concerned": concerned,
    }
