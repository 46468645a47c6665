"""Views that others are made of: rulings, what comes next, notices, how something ends."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Annotated, Any, NotRequired, cast

from typing_extensions import TypedDict

from lifecycle.machines.dossier import Notice
from lifecycle.queries.views.closed_sets import DecidedBy, NoticeBy, ReadingNumber, TimedEvent
from lifecycle.queries.views.fields import Day, InPreview, Instant, RowId, Yen, about, view
from lifecycle.terms.art6_cancellation import Ending, effect_of
from lifecycle.terms.calendar import end_of, instant, iso_day
from lifecycle.terms.editions import Editions
from lifecycle.terms.order_of_days import days_over_served, entered_after_the_end
from lifecycle.terms.ruling import Ruling, rulings_as_dicts, show_stored


@view
class RulingView(TypedDict):
    """A conclusion of a rule with its grounds. on, amount_yen, days: only if the rule concludes them."""

    rule: Annotated[str, about("The rule, by its id.", "notice_period")]
    article: Annotated[str, about("The article of the terms.", "Art. 6")]
    on: NotRequired[Annotated[Day | None, about("The civil day that the rule concludes.")]]
    amount_yen: NotRequired[Annotated[Yen | None, about("The amount that the rule concludes, in whole yen.")]]
    days: NotRequired[Annotated[int | None, about("The number of civil days that the rule concludes.", 30)]]
    case: NotRequired[
        Annotated[str, about("The case of the rule, where its catalogue has several.", "none_chosen")]
    ]
    parameters: NotRequired[
        Annotated[
            dict[str, Any],
            about(
                "The values that the reason is made of, by name; not there if the row holds the reason itself.",
                {"arrived_on": "2022-06-10", "notice_days": 30},
            ),
        ]
    ]
    repeats: NotRequired[
        Annotated[
            str,
            about(
                "In a history row that repeats a ruling of an earlier one: what it is recorded as.", "4.0 R2 code"
            ),
        ]
    ]
    because: Annotated[
        str,
        about(
            "The reason in English.",
            "The notice arrived on 10 June 2022. That day is not counted; 30 days end on 10 July 2022.",
        ),
    ]
    because_ja: Annotated[
        str, about("The reason in Japanese.", "通知は2022年6月10日に到達。30日を経過する日は2022年7月10日である。")
    ]
    reading: Annotated[ReadingNumber, about("The reading that the rule applies.")]
    basis: Annotated[str, about("The basis of the reading: text, code (Civil Code) or choice.", "code")]
    terms: Annotated[Day, about("The version of the terms applied, by its first day in force.")]
    assumed: Annotated[bool, about("Whether the text of that version is not held (R32).", False)]


class Next(TypedDict):
    """The next event of the clock."""

    event: Annotated[TimedEvent, about("The event.")]
    due_at: Annotated[Instant, about("The instant at which it happens.")]


class AsOf(TypedDict):
    """The moments that an answer is about."""

    effective_at: Annotated[Instant, about("The moment in legal time.")]
    known_at: Annotated[Instant, about("Only rows recorded up to this moment count.")]


class ArchiveView(TypedDict):
    """Where the history of an archived contract is."""

    file: Annotated[str, about("The name of the file when it was written.", "ended-before-2016-04-01.jsonl.gz")]
    sha256: Annotated[str, about("SHA-256 of the file, hexadecimal.", "9f86d081884c7d659a2feaa0c55ad015" * 2)]


def rulings_view(rulings: tuple[Ruling, ...]) -> list[RulingView]:
    """Rulings as answers show them; shared between callers, so not to be changed."""
    return cast(list[RulingView], rulings_as_dicts(rulings))


def stored_rulings_view(rulings: Iterable[Mapping[str, Any]]) -> list[RulingView]:
    """Rulings of a history row as answers show them."""
    return cast(list[RulingView], show_stored(rulings))


def next_view(event: str | None, due_at: datetime | None) -> Next | None:
    """What a timer will do; None where no timer runs."""
    return None if event is None or due_at is None else {"event": event, "due_at": instant(due_at)}


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
