"""The rulings and the facts of a row of the clock."""

from collections.abc import Mapping
from typing import Any

from lifecycle.audit.judging.days import CONDITIONS, DAY, MEASURES, day_of, term_last
from lifecycle.audit.judging.line import JudgedLine, item_on
from lifecycle.audit.judging.rulings import Said, open_now, reasons, said, starts
from lifecycle.audit.judging.subjects import ClockStep


def clock_says(line: JudgedLine, step: ClockStep, row: Mapping[str, Any]) -> tuple[list[Said], dict[str, Any]]:
    """The rulings and the facts of a row of the clock."""
    event, facts, at = step.event, row["facts"], max(step.at, line.places.get(step.cause, step.at))
    change, measure = line.changes.get(step.subject), line.measures.get(step.subject)
    if measure is not None:
        name, kind = ("measure_taken" if event == "start" else "measure_over"), measure.opened.facts["measure"]
        return [said(name, MEASURES[kind], "R30")], {"measure": kind}
    if change is not None or event == "change_item":
        if event == "lapse":
            end = line.end(line.contract, at)
            return [said("contract_over", "Art. 6", "R19", end.on if end else None)], {}
        day = day_of(step.at)
        turns, asked = line.turns(at), facts["item"] if change is None else change.opened.facts["item"]
        values = {"item": asked, "effective_on": day.isoformat()}
        values |= {"former_item": item_on(turns, day - DAY)} if event == "take_effect" else {}
        return [said("item_changes", "Art. 1", "R19", day)], values
    holder = line.contract if step.subject == line.contract.id else line.options[step.subject]
    start, end = line.start(holder, at), line.end(holder, at)
    if event == "start_billing":
        return starts(line, holder, at), {"billing_starts_on": str(start)}
    if event == "hold_billing":
        found = open_now(line, step.at, before=True)
        open_ = [name for name, place in CONDITIONS.items() if place in {one[1] for one in found}]
        return found, {"billing_starts_on": day_of(step.at).isoformat(), "conditions": open_}
    assert end is not None
    if event == "reject":
        return [said("option_needs_accepted_contract", "Art. 5(3)", "R17", end.on)], {}
    term = term_last(start).isoformat() if start is not None and start <= end.on else None
    values = {"terminated_on": end.on.isoformat(), "decided_by": end.decided_by, "minimum_term_ends_on": term,
              "billing_starts_on": start.isoformat() if start else None}  # fmt: skip
    return reasons(line, holder, at), values | (
        {"minimum_term_cut_days": end.cut_days} if holder is not line.contract else {}
    )
