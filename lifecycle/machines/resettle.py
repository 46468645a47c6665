"""Changes a stored contract to the result of its entries, after changed terms or facts. Pure.

A correction writes the difference of two folds and leaves the rest unchanged. Here the stored rows and days are
compared with the fold, and every difference is written.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime

from lifecycle.machines.check import Refused
from lifecycle.machines.clock_keys import clock_keys, clock_rows, take_one
from lifecycle.machines.dossier import Dossier, changes
from lifecycle.machines.enter import catch_up
from lifecycle.machines.entries import RESETTLE, Row, entries_of
from lifecycle.machines.fold import fold
from lifecycle.machines.in_time import LATE_ALWAYS, newest_place
from lifecycle.machines.line import Line
from lifecycle.machines.rewrite import KEPT, Change, Head, Rewrite, as_folded, write_rows
from lifecycle.machines.table import NotPossible
from lifecycle.terms.editions import EDITIONS, Editions

Before = Callable[[], Editions]


def resettle(
    stored: Dossier,
    rows: Sequence[Row],
    change: Change,
    before: Before = lambda: EDITIONS,
    editions: Editions = EDITIONS,
    *,
    judged_from: datetime | None = None,
) -> Rewrite | None:
    """Return the rows that change a contract to the result of its entries; None if it agrees already.

    rows: all payloads of the contract and its parts, in the order of recording. before: the terms under which its
    newest row was written; they show which entries lose their effect.
    """
    entries, now = entries_of(rows), change.now
    line = fold(entries, now, editions, judged_from=judged_from)
    if line.dossier is None:
        return None
    standing = clock_rows(rows)
    expected, found = Counter(clock_keys(line)), Counter({key: len(some) for key, some in standing.items()})
    superseded = [standing[key].pop() for key in (found - expected).elements()]
    if not superseded and _only_due(stored, line, now, editions):
        return None
    new = expected - found
    added = [t for t in line.transitions if t.entry is None and take_one(new, t.key)]
    dossier, written = write_rows(stored, line, change, superseded, added)
    known = _without_effect(fold(entries, now, before(), judged_from=judged_from))
    fallen = tuple(one for one in line.invalid if not one.moot and one.entry.id not in known)
    return Rewrite(
        _placed(dossier, line), written, tuple(superseded), tuple(added), fallen, lambda: Line(stored), line
    )


def resettling(stored: Dossier, actor: str, now: datetime, reason: str, approver: str | None = None) -> Change:
    """Return the act of the person who requests it."""
    head = Head(subject_id=stored.contract.id, event=RESETTLE, facts={}, at=now, reason=reason)
    return Change(heads=(head,), actor=actor, now=now, approver=approver)


def _only_due(stored: Dossier, line: Line, now: datetime, editions: Editions) -> bool:
    """Whether only due timers differ, which fire anyway."""
    try:
        later = catch_up(stored, now, editions)[0]
    except (NotPossible, Refused):
        return False
    return _same(later, as_folded(later, line))


def _same(stored: Dossier, folded: Dossier) -> bool:
    was = {subject.id: subject for subject in stored.subjects}
    return all(
        subject.id in was and changes(was[subject.id], subject).keys() <= KEPT for subject in folded.subjects
    )


def _without_effect(line: Line) -> frozenset[str]:
    return frozenset(one.entry.id for one in line.invalid)


def _placed(dossier: Dossier, line: Line) -> Dossier:
    """The dossier with the place of the newest entry, after which the next one is in time."""
    newest = LATE_ALWAYS if any(not one.moot for one in line.invalid) else newest_place(line.ordered)
    if newest is None:
        return dossier
    return dossier._replace(contract=dossier.contract.replace(line_at=newest[0], line_rank=newest[1]))
