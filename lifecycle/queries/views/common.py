"""Views that others are made of: rulings, what comes next."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, NotRequired, cast

from typing_extensions import TypedDict

from lifecycle.queries.views.closed_sets import ReadingNumber, TimedEvent
from lifecycle.queries.views.fields import Day, Instant, Yen, about, view
from lifecycle.terms.calendar import instant
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
