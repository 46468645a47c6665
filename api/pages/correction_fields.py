"""Corrections and annulments: an entry or an outage with its facts in the fields of a form (R35, R36)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args, get_type_hints

from api.pages.fields import FACTS, Field, Filled, filled, nested
from api.pages.form_table import BY_EVENT, BY_NAME, METERED, Form, with_meters
from api.pages.on_record import ANY_DAY, said, typed_text
from lifecycle.commands.corrected_facts import FIXED
from lifecycle.commands.corrected_people import persons_in
from lifecycle.machines.entries import HumanEntry
from lifecycle.machines.event import AnyEvent
from lifecycle.machines.people import People
from lifecycle.queries.views.fields import Answer
from lifecycle.terms.calendar import TOKYO
from lifecycle.terms.default_service import DEFAULT_SERVICE

# The form of an entry that is not an event: the first row of a subject, a month's usage, a claim.
ENTERED_BY = {
    ("contract", "apply"): "contracts-apply",
    ("option", "apply"): "options-apply",
    ("item_change", "apply"): "parts-apply_for_item_change",
    ("measure", "take"): "parts-take_measure",
    ("usage", "record"): METERED,
    ("usage", "correct"): METERED,
    ("credit", "claim"): "outages-claim",
}
NAMES_ANOTHER = frozenset(("notice", "report"))  # another entry: annulled and entered again
WITHOUT_A_DAY = frozenset(("entered", "recorded", "taken"))  # the instant of recording, or a fact of its own


@dataclass(frozen=True, slots=True)
class EntryToCorrect:
    """The entry to correct. fields: of the form. recorded: by field, as it would be typed; None for an annulment.
    fixed: the fields of the body from the address. entry: None for an outage.
    """

    fields: tuple[Field, ...]
    fixed: Answer
    recorded: Mapping[str, str] | None = None
    entry: HumanEntry | None = None

    def body(self, typed: Filled) -> Answer:
        """Return the body for /v1: only the facts that differ from the record."""
        rest = {name: value for name, value in typed.body.items() if name != "facts"}
        return {**self.fixed, **nested(self._differing(typed)), **rest}

    def unchanged(self, typed: Filled) -> bool:
        """Whether a correction changes nothing."""
        return self.recorded is not None and not self._differing(typed)

    def missing(self, typed: Mapping[str, str]) -> Iterator[str]:
        """Return the required facts that were cleared."""
        if self.recorded is not None:
            for one in self.fields:
                if one.required and one.name.startswith(FACTS) and not typed[one.name].strip():
                    yield one.name

    def _differing(self, typed: Filled) -> Mapping[str, Any]:
        if self.recorded is None:
            return {}
        was = filled(self.fields, self.recorded, ANY_DAY)
        return dict(_differing(self.fields, was.flat, typed.flat))


def correction_of(entry: HumanEntry, people: People | None, service: str) -> EntryToCorrect:
    """Return a correction of an entry with its facts filled in. people: the persons in it, None if erased.
    service: the contract's.
    """
    own = tuple(correctable(entry.kind, entry.event, service))
    if getattr(entry.facts, "taken_over", False):
        own = (*own, Field("billed_until", "month"))
    recorded = {FACTS + one.name: typed_text(one, _value(entry, one)) for one in own}
    if people is not None:
        own = (*(named := tuple(_persons(entry))), *own)
        recorded |= {FACTS + one.name: typed_text(one, _of_person(people, one)) for one in named}
    fields = tuple(_in_facts(one) for one in own)
    reason = [one for one in BY_NAME["contracts-correct"].fields if one.name == "reason"]
    return EntryToCorrect((*fields, *reason), {"entry": entry.id}, recorded, entry)


def annulment_of(entry: HumanEntry) -> EntryToCorrect:
    """Return an annulment of an entry: its ground, who avoided it and when."""
    fields = tuple(one for one in BY_NAME["contracts-annul"].fields if one.name != "entries")
    return EntryToCorrect(fields, {"entries": [entry.id]}, entry=entry)


def outage_correction(form: Form, outage: Answer) -> EntryToCorrect:
    """Return a correction of an outage with its recorded facts filled in."""
    needed = {FACTS + "known_at", FACTS + "contracts"}
    fields = tuple(
        replace(one, group="", required=one.required or one.name in needed, optional=False) for one in form.fields
    )
    facts = [one for one in fields if one.name.startswith(FACTS)]
    recorded = {one.name: typed_text(one, outage[one.name.removeprefix(FACTS)]) for one in facts}
    return EntryToCorrect(fields, {}, recorded)


def has_form(kind: str, event: str) -> bool:
    """Whether pages can correct an event by its row: an erasure is final, an outage has its own page."""
    return kind not in ("erasure", "outage") and _entering(kind, event) is not None


def _entering(kind: str, event: str) -> Form | None:
    return BY_NAME[ENTERED_BY[kind, event]] if (kind, event) in ENTERED_BY else BY_EVENT.get((kind, event))


def correctable(kind: str, event: AnyEvent, service: str = DEFAULT_SERVICE) -> Iterator[Field]:
    """Return the fields of the event's form that can be corrected, and its own day."""
    happened, names = event.happened, set(event.facts.names()) - FIXED - NAMES_ANOTHER
    on, at = f"{happened}_on", f"{happened}_at"
    form, found = _entering(kind, event.name), []
    fields = form.fields if form else ()
    for one in with_meters(fields, service) if form and form.name == METERED else fields:
        parts = one.name.split(".")
        if {parts[0], parts[-1]} & {*names, on, at} and one.name != "reason":
            found.append(one)
    if happened not in WITHOUT_A_DAY and not {on, at} & {one.name for one in found}:
        yield Field(on, "day", required=True, at=at)
    hints = get_type_hints(event.facts)
    for one in found:
        name = one.name.rpartition(".")[2]
        in_delivery = one.name.startswith("delivery.")
        optional = (
            in_delivery or type(None) in get_args(hints.get(name)) or one.optional or one.kind in ("flag", "texts")
        )
        yield replace(one, required=not optional)


def _persons(entry: HumanEntry) -> Iterator[Field]:
    """Return the fields of the persons in an entry, as in the form that enters it."""
    form, persons = _entering(entry.kind, entry.event.name), persons_in(entry)
    yield from (one for one in (form.fields if form else ()) if one.name.partition(".")[0] in persons)


def _of_person(people: People, one: Field) -> Any:
    person, _, name = one.name.partition(".")
    return (people.get(person) or {}).get(name)


def _in_facts(one: Field) -> Field:
    return replace(one, name=FACTS + one.name, at=one.at and FACTS + one.at)


def _value(entry: HumanEntry, one: Field) -> Any:
    """Return the recorded value of a field; the entry's own instant for its own day."""
    if one.name in (f"{entry.event.happened}_on", f"{entry.event.happened}_at"):
        at = entry.at.astimezone(TOKYO)
        return at.date().isoformat() if one.at and at.time() == at.min.time() else at.isoformat()
    value: Any = entry.facts.to_json()
    parts = one.name.split(".")
    for part in parts if parts[0] in value else parts[-1:]:
        value = value.get(part) if isinstance(value, Mapping) else None
    if value is None and isinstance(left_out := getattr(entry.facts, parts[-1], None), bool):
        return left_out  # as by default
    return value


def _differing(
    fields: Sequence[Field], was: Mapping[str, Any], now: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    """By dotted name, the facts that differ; null for a cleared one. A delivery is compared as a whole."""
    delivery = [one for one in fields if one.name.startswith(f"{FACTS}delivery.")]
    if any(said(one, was) != said(one, now) for one in delivery):
        domain = f"{FACTS}delivery.custom_domain"
        named = any(name.startswith(domain) for name in now)
        yield from ((one.name, now.get(one.name)) for one in delivery if named or not one.name.startswith(domain))
        if not named:
            yield domain, None
    nobody = [one for one in fields if one.name == f"{FACTS}administrator.name" and one.name not in now]
    unnamed = [one for one in fields if nobody and one.name.startswith(f"{FACTS}administrator.")]
    if any(one.name in was for one in unnamed):
        yield f"{FACTS}administrator", None
    for one in fields:
        if (
            one.name.startswith(FACTS)
            and one not in (*delivery, *unnamed)
            and (found := said(one, now)) != said(one, was)
        ):
            yield from found.items() if found else [(one.name, [] if one.kind == "texts" else None)]
