"""Many contracts at once with real histories up to a day: built by the machines, written directly."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import Engine, insert

from lifecycle.history.store import HISTORY, chain
from lifecycle.machines.dossier import Contract, Dossier, Option
from lifecycle.machines.enter import catch_up
from lifecycle.machines.events.accept import AcceptContract
from lifecycle.machines.events.accept_option import AcceptOption
from lifecycle.machines.events.apply import APPLY, ApplyForContract
from lifecycle.machines.events.apply_for_option import ApplyForOption
from lifecycle.machines.events.notify_cancellation import NotifyCancellation
from lifecycle.machines.facts import Facts
from lifecycle.machines.open import open_contract, open_part
from lifecycle.machines.step import Act, Entry, apply_act
from lifecycle.machines.table import event_of
from lifecycle.records import tables
from lifecycle.records.engine import writing
from lifecycle.records.mapping import columns_of
from lifecycle.terms.calendar import TOKYO

DAY = timedelta(days=1)
FIRST = date(2022, 6, 1)


class Story:
    """One contract so far: each event at 10:00 in Japan, after all timers due by then."""

    def __init__(self, number: int) -> None:
        self.id, self.option_id = f"c_{number:026d}", f"o_{number:026d}"
        self.number = number
        self.entries: list[Entry] = []
        self.dossier: Dossier

    def apply(self, on: date, item: str = "premium") -> "Story":
        """The contract is applied for."""
        facts: dict[str, Any] = {
            "received_on": on, "reference": f"R-{self.number}", "item": item, "requested_billing_start_on": None,
            "laws_accepted": True, "rights_cleared": True, "administrator_named": True, "delivery": None,
        }  # fmt: skip
        self.dossier, entry = open_contract(
            Contract(id=self.id, state="applied", line_at=ten(on), line_rank=APPLY.rank, **facts),
            self._act("apply", self.id, on, ApplyForContract(**facts)),
        )
        self.entries.append(entry)
        return self

    def apply_for_option(self, on: date) -> "Story":
        """Its option is applied for."""
        facts: dict[str, Any] = {"received_on": on, "reference": f"R-{self.number}-D", "contract_id": self.id}
        option = Option(id=self.option_id, state="applied", **facts)
        act = self._act("apply", option.id, on, ApplyForOption(kind="drm", **facts))
        self.dossier, entry = open_part(self.dossier, option, act)
        self.entries.append(entry)
        return self

    def accept(self, on: date, starts_on: date) -> "Story":
        """The contract is accepted."""
        return self._take("accept", self.id, on, AcceptContract(accepted_on=on, billing_starts_on=starts_on))

    def accept_option(self, on: date, starts_on: date) -> "Story":
        """Its option is accepted."""
        facts = AcceptOption(
            accepted_on=on, billing_starts_on=starts_on, initial_fee_yen=30_000, monthly_fee_yen=20_000
        )
        return self._take("accept", self.option_id, on, facts)

    def notify(self, on: date, chosen_on: date | None = None, *, option: bool = False) -> "Story":
        """Enter a notice on the day of its arrival."""
        subject = self.option_id if option else self.id
        facts = NotifyCancellation(arrived_on=on, chosen_on=chosen_on, keyed_on=on)
        return self._take("notify_cancellation", subject, on, facts)

    def until(self, day: date) -> "Story":
        """Lets the clock run up to ten o'clock of a day."""
        self.dossier, due = catch_up(self.dossier, ten(day))
        self.entries += due
        return self

    def _take(self, event: str, subject: str, on: date, facts: Facts) -> "Story":
        self.until(on)
        self.dossier, entries = apply_act(self.dossier, self._act(event, subject, on, facts))
        rank = event_of(self.dossier.subject(subject).KIND, event).rank
        contract = self.dossier.contract.replace(line_at=ten(on), line_rank=rank)
        self.dossier = self.dossier._replace(contract=contract)
        self.entries += entries
        return self

    def _act(self, event: str, subject: str, on: date, facts: Facts) -> Act:
        return Act(event, subject, facts, "desk", ten(on), ten(on))


def ten(day: date) -> datetime:
    """Ten in the morning in Japan."""
    return datetime(day.year, day.month, day.day, 10, tzinfo=TOKYO)


def midnight(day: date) -> datetime:
    """The first instant of a day in Japan."""
    return datetime(day.year, day.month, day.day, tzinfo=TOKYO)


def ending(number: int, on: date = FIRST) -> list[Story]:
    """Contracts in billing with notices that arrived on `on`: all end with the thirtieth day after it."""
    start = on - 90 * DAY
    return [Story(n).apply(start).accept(start, start).notify(on) for n in range(number)]


def mixed(number: int, seed: int = 1) -> list[Story]:
    """Contracts of every kind in the first days of June 2022, with timers up to a year ahead."""
    return [_one(n, Random(seed * 100_003 + n)) for n in range(number)]


def fill(engine: Engine, stories: Sequence[Story]) -> None:
    """Writes the stories into an empty database, all rows as the desk would have written them."""
    history: list[dict[str, Any]] = []
    subjects: dict[str, list[dict[str, Any]]] = {"contract": [], "option": []}
    for story in stories:
        heads, said, rows = chain({}, story.entries)
        history += [dict(zip(HISTORY, (*row[:-1], row[-1].decode()), strict=True)) for row in rows]
        for kind, subject in _kinds(story.dossier):
            values = {f.name: getattr(subject, f.name) for f in fields(subject)}
            subjects[kind].append(
                columns_of(values | {"head_hash": heads[subject.id], "rulings_said": said[subject.id]})
            )
    with writing(engine) as conn:
        for kind, rows_ in subjects.items():
            if rows_:
                conn.execute(insert(tables.SUBJECTS[kind]), rows_)
        conn.execute(insert(tables.history), history)


def _kinds(dossier: Dossier) -> Iterator[tuple[str, Contract | Option]]:
    yield "contract", dossier.contract
    yield from (("option", option) for option in dossier.options)


def _one(number: int, chance: Random) -> Story:
    received = FIRST - chance.randint(20, 40) * DAY
    story = Story(number).apply(received)
    with_option = chance.random() < 0.5
    if with_option:
        story.apply_for_option(received)
    accepted = received + chance.randint(1, 5) * DAY
    starts = accepted + chance.randint(0, 60) * DAY
    story.accept(accepted, starts)
    if with_option and chance.random() < 0.8:
        story.accept_option(accepted + DAY, max(starts + chance.choice((0, 0, 10)) * DAY, accepted + DAY))
    on = FIRST - chance.randint(0, 10) * DAY
    if chance.random() < 0.7:
        story.notify(on, chance.choice((None, on + chance.randint(1, 300) * DAY)))
    if len(story.dossier.options) and story.dossier.options[0].state == "accepted" and chance.random() < 0.5:
        story.notify(FIRST, chance.choice((None, FIRST + chance.randint(1, 300) * DAY)), option=True)
    return story
