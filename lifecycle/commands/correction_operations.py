"""Operations of corrections, annulments, and several entries at once."""

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, ValidationError, model_validator

from lifecycle.commands.answers import subject_answer, with_changes
from lifecycle.commands.book import book_of
from lifecycle.commands.command import Call, Outcome
from lifecycle.commands.corrections import annul, correct, enter_together, numbered
from lifecycle.commands.enter_event import Executed, entry_of
from lifecycle.commands.four_eyes import lapse
from lifecycle.commands.limits import is_weighty
from lifecycle.commands.operation import AnyOperation, Operation
from lifecycle.commands.service import Hourly
from lifecycle.errors import Malformed
from lifecycle.machines.body import Entering, Examples, Input, NeedsReason, Reasoned, one_of
from lifecycle.machines.check import Refused
from lifecycle.machines.event import OPERATOR, AnyEvent
from lifecycle.machines.facts import When
from lifecycle.machines.field_types import Day, EntryId, Instant, LongText, Name, SubjectId
from lifecycle.machines.table import EVENTS
from lifecycle.records.mapping import PREFIXES
from lifecycle.terms.calendar import instant, tokyo_day
from lifecycle.terms.editions import EDITIONS
from lifecycle.terms.order_of_days import not_in_future

ENTRY = "c_01g1793000mdgr1ppmy0ffgaq3.3"


class CorrectionBody(Input):
    """A correction of an entry (R35)."""

    entry: EntryId
    facts: dict[str, Any] = Field(min_length=1, max_length=50)
    reason: LongText
    accept_invalidated: list[EntryId] = Field(default=[], max_length=100)
    examples: ClassVar[Examples] = [
        {"entry": ENTRY, "facts": {"arrived_on": "2022-08-01"}, "reason": "The stamp of receipt says 1 August."}
    ]


class AnnulmentBody(NeedsReason):
    """An annulment of wrong entries, or of a declaration avoided for mistake (R36, Civil Code Art. 95)."""

    entries: list[EntryId] = Field(min_length=1, max_length=100)
    ground: Literal["never_happened", "mistake"]
    avoided_by: Name | None = None
    avoided_on: Day | None = None
    avoided_at: Instant | None = None
    examples: ClassVar[Examples] = [
        {"entries": [ENTRY], "ground": "never_happened", "reason": "The notice was for another contract."}
    ]

    @model_validator(mode="after")
    def _avoided_with_mistake(self) -> Self:
        one_of(self, "avoided_on", "avoided_at")
        named = self.avoided_by is not None and (self.avoided_on or self.avoided_at) is not None
        if (self.ground == "mistake") != named:
            raise ValueError(
                "avoided_by and avoided_on or avoided_at go with the ground mistake, and with it alone"
            )
        return self


class TogetherBody(Input):
    """One of several dependent entries."""

    subject: SubjectId
    event: str = Field(max_length=40)
    facts: dict[str, Any] = Field(default={}, max_length=50)
    reason: LongText | None = None


class EntriesTogetherBody(Input):
    """Several dependent entries, in one transaction."""

    entries: list[TogetherBody] = Field(min_length=1, max_length=50)
    accept_invalidated: list[EntryId] = Field(default=[], max_length=100)
    examples: ClassVar[Examples] = [
        {
            "entries": [
                {
                    "subject": "c_01g1793000mdgr1ppmy0ffgaq3",
                    "event": "notify_cancellation",
                    "facts": {"arrived_on": "2022-06-10"},
                    "reason": "found in the post box",
                }
            ]
        }
    ]

    def proposed(self, now: datetime) -> "EntriesTogetherBody":
        """Return the body as stored for a second person: an entry without a day gets that of the proposal."""
        return self.model_copy(update={"entries": [_proposed(one, now) for one in self.entries]})


def _proposed(one: TogetherBody, now: datetime) -> TogetherBody:
    event = _entered(one)
    assert event is not None and event.input is not None
    facts = event.input.body.model_validate(one.facts | ({"reason": one.reason} if one.reason else {}))
    kept = facts.proposed(now).model_dump(mode="json", exclude_unset=True, exclude={"reason"})
    return one.model_copy(update={"facts": kept})


def _correct(call: Call) -> Executed:
    body: CorrectionBody = call.body
    return _lapsing(call, correct(call.conn, call.subject_id, body.entry, body.facts, call.context))


def _annul(call: Call) -> Executed:
    body: AnnulmentBody = call.body
    avoided: dict[str, Any] = {}
    if body.ground == "mistake":
        at = When(body.avoided_on, body.avoided_at).instant(call.now)
        terms = EDITIONS.no_earlier(tokyo_day(call.now))
        if (refusing := not_in_future("avoidance", at, call.now, terms)) is not None:
            raise Refused((refusing,))
        avoided = {"avoided_by": body.avoided_by, "avoided_at": instant(at)}
    return _lapsing(call, annul(call.conn, call.subject_id, body.entries, body.ground, call.context, avoided))


def _lapsing(call: Call, done: Executed) -> Executed:
    """Let proposals lapse that were based on the wrong record."""
    assert done.rewritten is not None
    return done._replace(lapsed=lapse(call, done.dossier.subjects, done.rewritten.entries[0].row_id))


def _enter_together(call: Call) -> Executed:
    body: EntriesTogetherBody = call.body
    book = book_of(call.conn, call.subject_id)
    made, people = [], []
    for place, one in enumerate(body.entries):
        try:
            subject = book.dossier.subject(one.subject)
        except KeyError:
            raise Malformed([(f"/entries/{place}/subject", "is no part of this contract")]) from None
        event = EVENTS[subject.KIND].get(one.event)
        if event is None or event.input is None:
            raise Malformed([(f"/entries/{place}/event", "is no event that people enter for it")])
        given = _body(event.input.body, one, place)
        facts = event.input.facts(given, Entering(call.now, partial(book.dossier.subject, one.subject)))
        context = replace(call.context, reason=one.reason)
        people.append(event.input.people(given))
        made.append(entry_of(subject, one.event, facts, context, given.happened.instant(call.now)))
    done = enter_together(call.conn, call.subject_id, numbered(book, made), call.context, people)
    return _lapsing(call, done)


def _body(model: type[Reasoned], one: TogetherBody, place: int) -> Reasoned:
    """Parse the body of one entry. Raises Malformed, with pointers into the whole."""
    given = one.facts | ({"reason": one.reason} if one.reason is not None else {})
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise Malformed(
            [
                ("/".join(("", "entries", str(place), "facts", *map(str, one["loc"]))), one["msg"])
                for one in error.errors(include_input=False, include_url=False)
            ]
        ) from None


def _show(call: Call, done: Executed) -> Outcome:
    return with_changes(call, subject_answer(call.conn, done.dossier, call.subject_id, call.now), done)


def _entered(one: TogetherBody) -> AnyEvent | None:
    """Return the event of one of the entries, by the kind of its subject; None for none."""
    found: AnyEvent | None = EVENTS[PREFIXES.get(one.subject[:1], "contract")].get(one.event)
    return found


def _weighty_together(call: Call, done: Executed) -> bool:
    """Whether one of the entries needs a second person on its own, or all of them together."""
    events = map(_entered, call.body.entries)
    return any(event.input.second_person for event in events if event and event.input) or is_weighty(call, done)


def _counts_as(body: EntriesTogetherBody) -> Hourly | None:
    entered = [event for event in map(_entered, body.entries) if event is not None]
    if any(event.ends for event in entered):
        return "ends"
    return "acceptances" if any(event.name == "accept" for event in entered) else None


CORRECTION_OPERATIONS: tuple[AnyOperation, ...] = (
    Operation(
        name="contracts-correct",
        body=CorrectionBody,
        run=_correct,
        show=_show,
        roles=OPERATOR,
        weighty=is_weighty,
    ),
    Operation(
        name="contracts-annul", body=AnnulmentBody, run=_annul, show=_show, roles=OPERATOR, weighty=is_weighty
    ),
    Operation(
        name="contracts-enter_together",
        body=EntriesTogetherBody,
        run=_enter_together,
        show=_show,
        roles=OPERATOR,
        weighty=_weighty_together,
        counts_as=_counts_as,
    ),
)
