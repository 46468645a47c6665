"""A fold in progress: entries at their places, and the clock's transitions between them (R15, R16)."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from lifecycle.machines.check import AnyCase, Case, Refused, governing, refusals, rules_asked
from lifecycle.machines.credits_of_line import derive_credits
from lifecycle.machines.derive import NOTHING_FOLLOWS, derive
from lifecycle.machines.dossier import Contract, Dossier
from lifecycle.machines.entries import CLOCK, HumanEntry
from lifecycle.machines.event import AnyEvent
from lifecycle.machines.events.reschedule_billing import RESCHEDULE_BILLING
from lifecycle.machines.facts import Facts
from lifecycle.machines.legal_order import place
from lifecycle.machines.line import Invalid, Line, Transition
from lifecycle.machines.line_rules import conflicts
from lifecycle.machines.open import ONLY_LIVING
from lifecycle.machines.parts import Credit
from lifecycle.machines.step import followers, next_due
from lifecycle.machines.table import EVENTS, OPENINGS, TABLES, NotPossible, not_possible
from lifecycle.terms.calendar import tokyo_day
from lifecycle.terms.editions import Editions
from lifecycle.terms.order_of_days import not_before_application

Entering = Mapping[str, tuple[datetime, str | None]]  # by the entry's id: the instant of entering, and the reason


class Folding:
    """A fold in progress. without: the entries that lose their effect because of other entries, with the reason.

    agreed: when each subject's billing start was agreed; cleared: see `_reschedule`. early: future credits.
    looked_ahead: whether an entry was judged by later ones.
    """

    def __init__(
        self, ordered: Sequence[tuple[datetime, HumanEntry]], editions: Editions, judged_from: datetime | None,
        entering: Entering, without: Mapping[str, Refused | NotPossible],
    ) -> None:  # fmt: skip
        self.ordered, self.editions = ordered, editions
        self.judged_from, self.entering, self.without = judged_from, entering, without
        self.line, self.done = Line(ordered=ordered), 0
        self.agreed: dict[str, tuple[datetime, int]] = {}
        self.credits, self.early = dict[str, list[HumanEntry]](), dict[str, list[HumanEntry]]()
        self.cleared = self.looked_ahead = False

    def going_on(self, ordered: Sequence[tuple[datetime, HumanEntry]], entering: Entering) -> "Folding":
        """Return another fold that continues from here with other entries; this one does not change."""
        other = Folding(ordered, self.editions, self.judged_from, entering, self.without)
        other.line, other.done = self.line.copied(ordered), self.done
        other.agreed, other.cleared = {**self.agreed}, self.cleared
        other.credits = {id_: [*entries] for id_, entries in self.credits.items()}
        other.early = {id_: [*entries] for id_, entries in self.early.items()}
        return other

    def run(self, until: datetime) -> None:
        """Take every entry up to an instant at its place, and fire the clock up to it. Can be called again with a
        later instant.
        """
        self.take(bisect_right(self.ordered, until, key=itemgetter(0)))
        self.clock(until)

    def take(self, number: int) -> None:
        """Take entries at their places, up to a number."""
        for at, entry in self.ordered[self.done : number]:
            self.clock(at)
            self.enter(at, entry)
        self.done = max(self.done, number)

    def take_timeless(self) -> None:
        """To whom an outage is attributable is a fact of its time, however late it becomes known (R26)."""
        for at, entry in self.ordered[self.done :]:
            if entry.event.timeless:
                self.enter(at, entry)

    def falls(self) -> tuple[str, Refused | NotPossible] | None:
        """Return the next entry that another one invalidates, by its id, and why (line_rules.py)."""
        if self.line.invalid and any(entry.event is RESCHEDULE_BILLING for _, entry in self.ordered):
            for invalid in self.line.invalid:  # only a valid entry settles a condition
                if invalid.entry.event.settles and invalid.entry.id not in self.without:
                    return invalid.entry.id, invalid.why
        dossier = self.line.dossier
        if dossier is None or not (dossier.item_changes or dossier.options):
            return None
        accepted = {e.subject_id: (n, e) for n, (_, e) in enumerate(self.ordered) if e.event.name == "accept"}
        order = {subject_id: n for subject_id, (n, _) in accepted.items()}
        today = tokyo_day(self.ordered[-1][0])
        for conflict in conflicts(dossier, order, self.editions.governing(dossier.contract), today):
            entry = accepted[conflict.subject_id][1]
            if not self._grandfathered(entry):
                return entry.id, Refused((conflict.ruling,))
        return None

    def _grandfathered(self, entry: HumanEntry) -> bool:
        since = self.judged_from
        return since is not None and entry.recorded_at < since and entry.id not in self.entering

    def clock(self, until: datetime) -> None:
        """Fire every due timer of the line, at its instant."""
        while (dossier := self.line.dossier) is not None and (timer := next_due(dossier, until)) is not None:
            subject: Any = dossier.subject(timer.subject_id)
            name = timer.event
            if name == "hold_billing" and self.cleared:
                name = "start_billing"
                subject = subject.replace(due_event=name)
            event = EVENTS[subject.KIND][name]
            assert event.clock is not None
            cause = event.clock.cause(subject, dossier, self.editions.governing(dossier.contract))
            self._step(subject, event, event.clock.facts(dossier, subject), timer.due_at, cause=cause, actor=CLOCK)

    def enter(self, at: datetime, entry: HumanEntry) -> None:
        """Take an entry at its place, or record it as one without effect."""
        if entry.id in self.without:
            self.line.invalid.append(Invalid(entry, self.without[entry.id]))
            return
        try:
            if entry.opens:
                self._open(at, entry)
            else:
                self._take(at, entry)
        except (NotPossible, Refused) as why:
            over = isinstance(why, NotPossible) and why.state in ("terminated",)
            self.line.invalid.append(Invalid(entry, why, moot=entry.event.ends and over))

    def _open(self, at: datetime, entry: HumanEntry) -> None:
        subject, dossier = entry.opened(), self.line.dossier
        if isinstance(subject, Credit):
            self.credits[subject.id] = [entry, *self.early.pop(subject.id, ())]
            return
        if isinstance(subject, Contract):
            dossier, self.editions = Dossier(subject), self.editions.of(subject.service)
        elif dossier is None:
            raise self._not_opened(at, entry)
        elif subject.KIND in ONLY_LIVING and not dossier.contract.live:
            raise NotPossible(entry.event.name, dossier.contract.state)
        editions = self.editions.governing(dossier.contract)
        case: AnyCase = Case(dossier, subject, at, editions, entry.facts, entry.reason, entry.at)
        self._judge(OPENINGS[subject.KIND], case, entry)
        self.line.dossier = derive(dossier.with_subject(subject), self.editions)
        said = (OPENINGS[subject.KIND], at, None, subject.state, entry.actor, entry.id, None, entry.said_by)
        self.line.transitions.append(Transition(case, self.line.dossier, *said))

    def _take(self, at: datetime, entry: HumanEntry) -> None:
        dossier, opened = self.line.dossier, entry.subject_id in self.credits
        if entry.kind == "credit" and (opened or entry.id not in self.entering):
            (self.credits if opened else self.early).setdefault(entry.subject_id, []).append(entry)
            return
        try:
            subject = dossier.subject(entry.subject_id) if dossier is not None else None
        except KeyError:
            subject = None
        if subject is None:
            raise self._not_opened(at, entry)
        if entry.event.name == "reschedule_billing" and not self._newest_agreement(entry):
            return
        self._step(subject, entry.event, entry.facts, at, entry=entry, actor=entry.actor)
        if entry.event.name == "reschedule_billing":
            self._reschedule(subject, entry)

    def _not_opened(self, at: datetime, entry: HumanEntry) -> Refused | NotPossible:
        """Why an entry has no subject at its place: it was applied for later, or its opening has no effect."""
        self.looked_ahead = True
        opened = entry.opened().owner if entry.opens else entry.subject_id
        opening = next((e for _, e in self.ordered if e.opens and e.subject_id == opened), None)
        if opening is None or place(opening) <= at:
            return NotPossible(entry.event.name, "annulled")
        received_on = tokyo_day(opening.at)
        return Refused((not_before_application(tokyo_day(at), received_on, self.editions.on(received_on)),))

    def _newest_agreement(self, entry: HumanEntry) -> bool:
        """Of several agreements on a billing start the newest counts, however early its place."""
        mine = (entry.at, entry.number)
        if self.agreed.get(entry.subject_id, mine) > mine:
            return False
        self.agreed[entry.subject_id] = mine
        return True

    def _reschedule(self, subject: Any, entry: HumanEntry) -> None:
        """The operator's decision is judged by the conditions that were settled when it was made (R28)."""
        if isinstance(subject, Contract):
            self.looked_ahead = True
            settled = {
                e.facts.condition  # type: ignore[attr-defined]
                for _, e in self.ordered
                if e.event.settles and e.at <= entry.at and e.id not in self.without
            }
            self.cleared = settled.issuperset(subject.open_conditions)

    def _step(
        self, subject: Any, event: AnyEvent, facts: Facts, at: datetime, *, actor: str,
        entry: HumanEntry | None = None, cause: str | None = None,
    ) -> None:  # fmt: skip
        dossier, editions = self.line.dossier, self.editions  # of the contract's service since it was opened
        assert dossier is not None
        if editions.late:
            editions = governing(editions, dossier, subject, facts)
        case: AnyCase = Case(dossier, subject, at, editions, facts, entry.reason if entry else None, at)
        edges = TABLES[subject.KIND].get((subject.state, event.name), ())
        if not edges:
            raise not_possible(event.name, case)
        if entry is not None:
            self._judge(event, case, entry)
        for edge in edges:
            if edge.applies(case):
                break
        else:
            raise NotPossible(event.name, subject.state)
        name, said_by = (entry.id, entry.said_by) if entry is not None else (f"{subject.id}~{event.name}", None)
        changed = event.effect(subject, facts, name)
        after = subject.replace(**changed, state=edge.target)
        self.line.dossier = dossier.with_subject(after)
        if subject.state != edge.target or not changed.keys() <= NOTHING_FOLLOWS:
            self.line.dossier = derive(self.line.dossier, self.editions)
        self.line.transitions.append(Transition(
            case, self.line.dossier, event, at, subject.state, edge.target, actor,
            entry.id if entry else None, cause, said_by,
        ))  # fmt: skip
        for follower, follows, more in followers(self.line.dossier, after.id, event.name, facts):
            self._step(follower, EVENTS[follower.KIND][follows], more, at, cause=name, actor=actor)

    def derive_credits(self, until: datetime) -> None:
        """Derive each credit from the finished line, its outage's facts and its claim (R26)."""
        for orphans in self.early.values():
            self.line.invalid += (Invalid(entry, self._not_opened(place(entry), entry)) for entry in orphans)
        if self.line.dossier is None or not self.credits:
            return
        derive_credits(self.line, self.credits, until, self.editions)
        for _, entry in self.ordered:  # a future one, too
            if entry.id in self.entering and entry.subject_id in self.credits:
                self._judge_credit(entry, until)

    def _judge_credit(self, entry: HumanEntry, until: datetime) -> None:
        """Judge a claim by the derived credit, once: when a person enters it."""
        dossier = self.line.dossier
        assert dossier is not None
        try:
            credit, editions = dossier.subject(entry.subject_id), self.editions.governing(dossier.contract)
            case: AnyCase = Case(dossier, credit, until, editions, entry.facts)
            self._judge(entry.event, case, entry)
        except Refused as why:
            self.line.invalid.append(Invalid(entry, why))

    def _judge(self, event: AnyEvent, case: AnyCase, entry: HumanEntry) -> None:
        rules, entering = rules_asked(event.rules, "always", "only_at_its_place"), self.entering.get(entry.id)
        if self._grandfathered(entry) or not (rules or entering):
            return
        case = case.governed(event.governed_on(case))
        refusing = refusals(rules, case)
        if entering is not None:
            now, reason = entering
            case = case._replace(now=now, reason=reason, effective_at=entry.at)
            at_entry = refusals(rules_asked(event.rules, "at_entry"), case)
            if refusing or at_entry:  # reports all refusals; rules about the line are checked at its end
                refusing += refusals(rules_asked(event.rules, "on_the_line"), case) + at_entry
        if refusing:
            raise Refused(refusing)
