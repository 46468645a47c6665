"""How and why something ends: an ending, and the notices behind it."""

from datetime import date
from typing import Annotated

from typing_extensions import TypedDict

from lifecycle.machines.dossier import Notice
from lifecycle.queries.views.closed_sets import DecidedBy, NoticeBy
from lifecycle.queries.views.common import RulingView, rulings_view
from lifecycle.queries.views.fields import Day, InPreview, Instant, RowId, about, view
from lifecycle.terms.art6_cancellation import Ending, effect_of
from lifecycle.terms.calendar import end_of, instant, iso_day
from lifecycle.terms.editions import Editions
from lifecycle.terms.ruling import Ruling
from lifecycle.terms.served_beyond import days_over_served, entered_after_the_end


@view
class NoticeView(TypedDict):
    """A cancellation notice, and the end that it would cause alone."""

    id: Annotated[RowId, about("The id of the history row that entered it.")]
    by: Annotated[NoticeBy, about("The party that gave the notice.")]
    arrived_on: Annotated[Day, about("The day on which it arrived.")]
    chosen_on: Annotated[Day | None, about("The chosen last day; null for none.")]
    keyed_on: Annotated[Day, about("The day on which it was entered.")]
    notice_period_ends_on: Annotated[
        Day | None, about("The day on which the notice period elapses; null for an end without notice period.")
    ]
    effective_on: Annotated[Day, about("The last day of service that it would cause alone.")]
    days_over_served: Annotated[
        int, about("The days served beyond that day because it was entered late, in civil days.", 0)
    ]
    revoked: Annotated[bool, about("Whether it was revoked.", False)]


@view
class EndingView(TypedDict):
    """How and why something ends."""

    effective_on: Annotated[Day, about("The last day of service."), InPreview()]
    ends_at: Annotated[Instant, about("The end of that day: the first instant without service."), InPreview()]
    decided_by: Annotated[DecidedBy, about("The ground that decides the day."), InPreview()]
    because: Annotated[list[RulingView], about("The rulings from which the day follows.")]
    billing_starts: Annotated[bool, about("Whether billing starts before the end.", True)]


class Cancellation(EndingView):
    """An ending with the notices behind it."""

    notices: Annotated[list[NoticeView], about("Every notice on record, including revoked ones.")]


def ending_view(
    end: Ending, notices: tuple[Notice, ...], starts_on: date | None, editions: Editions
) -> EndingView:
    """How and why something ends. starts_on: its billing start."""
    return {
        "effective_on": end.effective_on.isoformat(),
        "ends_at": instant(end_of(end.effective_on)),
        "decided_by": end.decided_by,
        "because": [*rulings_view(end.rulings), *rulings_view(_late(end, notices, starts_on, editions))],
        "billing_starts": end.billing_starts,
    }


def cancellation_view(
    end: Ending, notices: tuple[Notice, ...], starts_on: date | None, editions: Editions, *, option: bool = False
) -> Cancellation:
    """How and why something ends, with each notice and the day it leads to by itself."""
    return {
        **ending_view(end, notices, starts_on, editions),
        "notices": [_notice(n, starts_on, editions, option=option) for n in notices],
    }


def _notice(notice: Notice, starts_on: date | None, editions: Editions, *, option: bool) -> NoticeView:
    alone = effect_of(notice, starts_on, editions, option=option)
    by_customer = notice.by == "customer"
    return {
        "id": notice.id,
        "by": notice.by,
        "arrived_on": notice.arrived_on.isoformat(),
        "chosen_on": iso_day(notice.chosen_on),
        "keyed_on": notice.keyed_on.isoformat(),
        "notice_period_ends_on": iso_day(alone.notice_period_ends_on) if by_customer else None,
        "effective_on": alone.effective_on.isoformat(),
        "days_over_served": days_over_served(alone.effective_on, notice.keyed_on, starts_on),
        "revoked": notice.revoked,
    }


def _late(
    end: Ending, notices: tuple[Notice, ...], starts_on: date | None, editions: Editions
) -> tuple[Ruling, ...]:
    """The ruling on days served after E, if the deciding notice was entered after E (R7)."""
    return tuple(
        entered_after_the_end(n, n.keyed_on, end.effective_on, starts_on, editions.on(n.arrived_on))
        for n in notices
        if n.id == end.notice and n.keyed_on > end.effective_on
    )
