"""Runs a contract day by day: each call is one event at 10:00 in Japan, after all timers due by then."""

from dataclasses import MISSING, dataclass, field, fields
from datetime import date, datetime, timedelta
from typing import Any

import orjson

from lifecycle.history.payload import payload_of
from lifecycle.machines.check import AnyCase
from lifecycle.machines.dossier import Contract, Dossier, Notice, Option, row_id
from lifecycle.machines.enter import Book, enter
from lifecycle.machines.entries import HumanEntry
from lifecycle.machines.facts import Facts, NoFacts
from lifecycle.machines.open import open_contract
from lifecycle.machines.step import Act, Entry, case_of, fire, next_due
from lifecycle.machines.table import event_of
from lifecycle.terms.calendar import TOKYO, start_of
from lifecycle.terms.editions import EDITIONS, Editions

BASE, DRM = "c_1", "o_1"
KIND_OF = {"c": "contract", "o": "option", "i": "item_change", "m": "measure", "k": "credit", "u": "usage",
           "e": "erasure"}  # fmt: skip
FEES = {"initial_fee_yen": 30_000, "monthly_fee_yen": 20_000}
FIRST = date(2022, 4, 1)


def d(month: int, number: int, year: int = 2022) -> date:
    """A day, by default of 2022."""
    return date(year, month, number)


def at(day: date, hour: int = 10) -> datetime:
    """An hour of a day in Japan."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=TOKYO)


@dataclass
class Life:
    """A dossier and every history entry that led to it."""

    editions: Editions = EDITIONS
    dossier: Dossier = field(init=False)
    entries: list[Entry] = field(default_factory=list)
    payloads: list[dict[str, Any]] = field(default_factory=list, repr=False, compare=False)

    @property
    def contract(self) -> Contract:
        return self.dossier.contract

    @property
    def option(self) -> Option:
        return self.dossier.options[0]

    @property
    def last(self) -> Entry:
        return self.entries[-1]

    @property
    def states(self) -> tuple[str, ...]:
        """The state of the contract, then of its options."""
        return tuple(subject.state for subject in self.dossier.subjects)

    def act(self, event: str, subject: str, on: date, given: dict[str, Any], reason: str | None = None) -> Act:
        """Enter an event of an existing subject. at: the legal instant, by default that of the entry."""
        facts = facts_for(self.dossier.subject(subject).KIND, event, **given)
        return Act(event, subject, facts, "desk", at(on), given.get("at") or at(on), reason)

    def case(
        self, event: str, subject: str, on: date, given: dict[str, Any], reason: str | None = None
    ) -> AnyCase:
        """Return the case that the rules judge if the event is entered now."""
        self.until(at(on))
        act = self.act(event, subject, on, given, reason)
        return case_of(self.dossier, self.dossier.subject(subject), act, self.editions)

    def do(self, event: str, subject: str, on: date, reason: str | None = None, **given: Any) -> "Life":
        """One act of a person, after everything due by then has happened."""
        self.until(at(on))
        self.enter(self.act(event, subject, on, given, reason))
        return self

    def enter(self, act: Act, opens: bool = False) -> None:
        """Enter as the service does: a timely entry takes one step, a late one is folded in."""
        kind = KIND_OF[act.subject_id[0]]
        seq = 0 if opens else self.dossier.subject(act.subject_id).seq
        entry = HumanEntry(
            id=row_id(act.subject_id, seq + 1), subject_id=act.subject_id, kind=kind,
            event=event_of(kind, act.event), facts=act.facts, at=act.effective_at, recorded_at=act.now,
            number=len(self.entries), actor=act.actor, reason=act.reason, opens=opens,
        )  # fmt: skip
        found = enter(Book(self.dossier, self.rows, self.editions), entry)
        self.dossier = found.dossier
        self.entries.extend(found.entries)

    def rows(self) -> list[dict[str, Any]]:
        """The payloads of the history, without hashes."""
        for entry in self.entries[len(self.payloads) :]:
            self.payloads.append(orjson.loads(payload_of(entry, None)))
        return self.payloads

    def until(self, now: date | datetime) -> "Life":
        """Lets the clock run: everything due by then happens, in its order. A day means its first instant."""
        instant = now if isinstance(now, datetime) else start_of(now)
        while (timer := next_due(self.dossier, instant)) is not None:
            self.dossier, entries = fire(self.dossier, timer.subject_id, instant, self.editions)
            self.entries.extend(entries)
        return self

    def apply(self, on: date = FIRST, item: str = "premium", declared: bool = True, **facts: Any) -> "Life":
        given: dict[str, Any] = {
            "received_on": on, "reference": "K-1", "item": item, "requested_billing_start_on": None,
            "laws_accepted": declared, "rights_cleared": declared, "administrator_named": declared,
            "delivery": {}, **facts,
        }  # fmt: skip
        contract = Contract(id=BASE, state="applied", line_at=at(on), line_rank=0, **given)
        act = Act("apply", BASE, facts_for("contract", "apply", **given), "desk", at(on), at(on))
        self.dossier, entry = open_contract(contract, act, self.editions)
        self.entries.append(entry)
        return self

    def apply_option(self, on: date = FIRST, id: str = DRM, **facts: Any) -> "Life":
        self.until(at(on))
        given = {"received_on": on, "reference": f"D-{id}", "contract_id": BASE, "kind": "drm", **facts}
        act = Act("apply", id, facts_for("option", "apply", **given), "desk", at(on), at(on))
        self.enter(act, opens=True)
        return self

    def accept(self, starts_on: date, on: date = FIRST, subject: str = BASE, reason: str | None = None) -> "Life":
        return self.do("accept", subject, on, reason, **accepted(on, starts_on, subject))

    def reschedule(self, starts_on: date, on: date, subject: str = BASE, reason: str | None = None) -> "Life":
        return self.do("reschedule_billing", subject, on, reason, billing_starts_on=starts_on)

    def notify(
        self, arrived: date, chosen: date | None = None, subject: str = BASE, keyed: date | None = None,
        reason: str | None = None,
    ) -> "Life":  # fmt: skip
        on = keyed or arrived
        return self.do("notify_cancellation", subject, on, reason, **notice(arrived, chosen, on))

    def revoke(self, on: date, which: str | None = None, subject: str = BASE) -> "Life":
        return self.do("revoke_cancellation", subject, on, "both sides agreed", notice=which)

    def notice(self, number: int, subject: str = BASE) -> Notice:
        return self.dossier.subject(subject).notices[number]


def facts_for(kind: str, event: str, /, **given: Any) -> Facts:
    """The facts of a kind's event, from keywords.

    Keywords that the event has no fact for are ignored, facts without a keyword are None or their default.
    An event that the kind does not have states nothing.
    """
    try:
        cls = event_of(kind, event).facts
    except KeyError:
        return NoFacts()
    defaults = {one.name: None if one.default is MISSING else one.default for one in fields(cls)}
    facts: Facts = cls(**{name: given.get(name, default) for name, default in defaults.items()})
    return facts


def accepted(on: date, starts_on: date, subject: str = BASE) -> dict[str, Any]:
    """What an acceptance states."""
    facts = {"accepted_on": on, "billing_starts_on": starts_on, "at": at(on)}
    return facts if subject == BASE else facts | FEES


def notice(arrived: date, chosen: date | None, keyed: date) -> dict[str, Any]:
    """What a cancellation notice states."""
    return {"arrived_on": arrived, "chosen_on": chosen, "keyed_on": keyed, "at": at(arrived)}


def running(starts_on: date = d(5, 1), option_starts_on: date | None = None, **facts: Any) -> Life:
    """A contract accepted on 1 April 2022, with its option where a start is given for one."""
    life = Life().apply(**facts).accept(starts_on)
    if option_starts_on is not None:
        life.apply_option().accept(option_starts_on, subject=DRM)
    return life


def days(number: int) -> timedelta:
    return timedelta(days=number)
