"""The timers of item changes and measures: functions of their own facts and their contract (R15, R30)."""

from lifecycle.machines.dossier import Dossier
from lifecycle.machines.parts import ItemChange, Measure
from lifecycle.terms.calendar import end_of, start_of


def derive_item_change(change: ItemChange, dossier: Dossier) -> ItemChange:
    """Its timer: effective on its day, unless the contract ends first (R15: the end goes before the change)."""
    if not change.live:
        return change.replace(due_event=None, due_at=None)
    contract = dossier.contract
    over = end_of(contract.effective_on) if contract.effective_on is not None else None
    takes_effect = start_of(change.effective_on) if change.effective_on is not None else None
    if over is not None and (takes_effect is None or over <= takes_effect):
        return change.replace(due_event="lapse", due_at=over)
    if takes_effect is None:
        return change.replace(due_event=None, due_at=None)
    return change.replace(due_event="take_effect", due_at=takes_effect)


def derive_measure(measure: Measure, dossier: Dossier) -> Measure:
    """Its timer: start, planned end, or the contract's end, whichever comes first."""
    if not measure.live:
        return measure.replace(due_event=None, due_at=None)
    contract = dossier.contract
    over = end_of(contract.effective_on) if contract.effective_on is not None else None
    ends_at = min((at for at in (measure.ends_at, over) if at is not None), default=None)
    if measure.state == "planned" and (ends_at is None or measure.starts_at < ends_at):
        return measure.replace(due_event="start", due_at=measure.starts_at)
    return measure.replace(due_event="end" if ends_at else None, due_at=ends_at)
