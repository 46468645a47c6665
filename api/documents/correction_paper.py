"""The paper about a change of the record: a correction, an annulment, or late terms."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from api.documents.acts import ANNULS, CORRECTS, RecordedAct
from api.documents.content import DocumentLine, DocumentSection, Draft
from api.documents.sources import Sources
from api.messages.catalogue import find_message
from lifecycle.errors import Unknown
from lifecycle.history.editions_known import announced, announcements
from lifecycle.machines.dossier import row_id
from lifecycle.machines.entries import RESETTLE, Row
from lifecycle.machines.stateless_rows import STATELESS
from lifecycle.terms.calendar import tokyo_day
from lifecycle.terms.editions import EDITIONS

OURS = ("ground", "instruction", "reason", "keyed_on")  # facts for the order desk only
RESULTS = ("billing_starts_on", "minimum_term_ends_on", "effective_on")


def correction(found: Sources, row_name: str) -> Draft:
    """What a correction or an annulment changed, by its row. Raises Unknown."""
    row = next((one for one in found.acts.rows if row_id(one["subject"], one["seq"]) == row_name), None)
    if row is None or row["event"] not in OPENINGS:
        raise Unknown("correction", row_name)
    opening, told = OPENINGS[row["event"]]
    sections = [*told(found, row)]
    if not sections:
        raise found.refuse("There is nothing to tell: what was corrected is no entry about the contract.")
    done_on = tokyo_day(datetime.fromisoformat(row["recorded_at"]))
    standing = DocumentSection(found.say("paper.after_correction"), [*_results(found)])
    head = DocumentSection("", [*found.head().lines, found.line("corrected_on", found.show.day(done_on))])
    sections = [head, *sections, *([standing] if standing.lines else [])]
    return Draft(f"correction-{row_name}", "correction", opening, sections)


def corrections_in(rows: Sequence[Row]) -> list[str]:
    """The ids of the rows that change the record, as far as a customer's document can show it."""
    beside = {row_id(row["subject"], row["seq"]) for row in rows if row["event"] in STATELESS}
    return [
        row_id(row["subject"], row["seq"])
        for row in rows
        if (row["event"] == CORRECTS and row["facts"]["entry"] not in beside)
        or row["event"] == RESETTLE
        or (row["event"] == ANNULS and not beside.issuperset(row["facts"]["entries"]))
    ]


def _corrected(found: Sources, row: Row) -> Iterator[DocumentSection]:
    before = found.acts.before(row, row["facts"]["entry"])
    if before is None or before.event in STATELESS:
        return
    lines = [*_changed(found, before.facts, row["facts"]["facts"])]
    if row["facts"].get("people"):
        lines.append(DocumentLine(found.say("paper.people"), found.say("paper.people_corrected")))
    yield DocumentSection(_named(found, before), lines)


def _annulled(found: Sources, row: Row) -> Iterator[DocumentSection]:
    for entry in row["facts"]["entries"]:
        act = found.acts.before(row, entry)
        if act is not None and act.event not in STATELESS:
            yield DocumentSection("", [DocumentLine(_named(found, act), found.say("paper.annulled"))])


def _resettled(found: Sources, row: Row) -> Iterator[DocumentSection]:
    """The version of the terms that applies, and the day of its announcement (R42)."""
    lines = [found.line("terms_version", found.show.day(row["terms"]))]
    terms = next((one for one in EDITIONS if one.version == row["terms"]), None)
    if terms is not None and (on := announced(terms, announcements(found.conn)).announced_on) is not None:
        lines.append(found.line("announced_on", found.show.day(on)))
    yield DocumentSection("", lines)


OPENINGS: Mapping[str, tuple[str, Callable[[Sources, Row], Iterator[DocumentSection]]]] = {
    CORRECTS: ("correction_opening", _corrected),
    ANNULS: ("annulment_opening", _annulled),
    RESETTLE: ("resettled_opening", _resettled),
}


def _changed(found: Sources, was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[DocumentLine]:
    for name, value in now.items():
        label = find_message(found.language, f"paper.{name}") or find_message(found.language, f"field.{name}")
        old = was.get(name)
        if label is None or name in OURS or old == value or isinstance(value, dict | list):
            continue
        if name.endswith("_at") and value is None and old is None:
            continue
        before, after = _value(found, name, old), _value(found, name, value)
        yield DocumentLine(label, found.say("paper.instead_of", before=before, after=after))


def _value(found: Sources, name: str, value: Any) -> str:
    return found.yen(value) if name.endswith("_yen") else found.show.value(name, value)


def _named(found: Sources, act: RecordedAct) -> str:
    """An act in words that a customer knows, with its day."""
    day = found.show.day(tokyo_day(datetime.fromisoformat(act.at)))
    return found.say("paper.act_on", act=found.show.word("event", act.event), day=day)


def _results(found: Sources) -> Iterator[DocumentLine]:
    """The contract's days as they are now."""
    contract = found.dossier.contract
    for name in RESULTS:
        if (day := getattr(contract, name)) is not None:
            label = "last_day" if name == "effective_on" else name
            yield found.line(label, found.show.day(day))
