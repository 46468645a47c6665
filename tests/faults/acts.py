"""The random commands of a simulated desk: drawn, executed, and recorded for the oracle."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import date, datetime, timedelta
from itertools import count
from random import Random
from typing import Any, NamedTuple
from unittest.mock import patch

from sqlalchemy import Connection, select

from lifecycle.commands import outages
from lifecycle.commands.applications import Application, Duplicate, apply, apply_for_option
from lifecycle.commands.command import CommandContext, Stale
from lifecycle.commands.enter_event import WouldInvalidate
from lifecycle.machines.body import MissingFact
from lifecycle.machines.check import Refused
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.facts import When
from lifecycle.machines.table import NotPossible
from lifecycle.records import tables
from lifecycle.records.mapping import Unknown
from lifecycle.terms.editions import NotInForce
from tests.commands import acts as commands
from tests.commands import acts as contract_events
from tests.commands import acts as parts
from tests.faults.expected import TOKYO

REFUSALS = (Refused, NotPossible, NotInForce, Duplicate, Unknown, MissingFact, Stale, WouldInvalidate)
FEES = {"initial_fee_yen": 30_000, "monthly_fee_yen": 20_000}
DAY = timedelta(days=1)
DELIVERIES: tuple[tuple[dict[str, Any], tuple[str, ...]], ...] = (
    ({"custom_domain": None, "https": False}, ()),
    (
        {"custom_domain": {"name": "v.example", "acquired": True, "dns_registered": False}, "https": False},
        ("dns",),
    ),
    ({"custom_domain": None, "https": True, "certificate_obtained": False}, ("certificate",)),
)
Do = Callable[[Connection, CommandContext], str]


class Ask(NamedTuple):
    """One act, ready to be executed. facts: for the oracle; do: returns the id of its subject."""

    event: str
    do: Do
    facts: Mapping[str, Any]


@contextmanager
def numbered() -> Iterator[None]:
    """Ids in the order of entry, so that a seed always results in the same database."""
    numbers = count(1)
    with ExitStack() as stack:
        for module in ("applications", "parts", "outages"):
            stack.enter_context(patch(f"lifecycle.commands.{module}.new_id", lambda order: f"{next(numbers):026}"))
        yield


class Drawing:
    """Draws random events. number: how many so far; each request has its number as the reason."""

    def __init__(self, draw: Random) -> None:
        self.draw = draw
        self.number = 0

    def application(self, now: datetime) -> Ask:
        """A new contract's application, with an option or without."""
        self.number += 1
        name, (delivery, conditions) = f"K-{self.number}", self.draw.choices(DELIVERIES, (6, 1, 1))[0]
        application = Application(
            reference=name, received=When(), personal={"customer": {"name": name}, "administrator": {"name": "A"}},
            item=self.draw.choices(("premium", "basic"), (3, 1))[0], requested_billing_start_on=None,
            laws_accepted=True, rights_cleared=True, delivery=delivery,
            options=[("drm", f"D-{self.number}")] if self.draw.random() < 0.4 else [],
        )  # fmt: skip
        facts: dict[str, Any] = {"conditions": conditions, "options": []}

        def do(conn: Connection, order: CommandContext) -> str:
            dossier, _ = apply(conn, application, order)
            facts["options"] = [option.id for option in dossier.options]
            return dossier.contract.id

        return Ask("apply", do, facts)

    def about(self, dossier: Dossier, now: datetime) -> Ask:
        """Return an event for a contract in its present state; not every one is possible."""
        self.number += 1
        today = now.astimezone(TOKYO).date()
        if dossier.contract.state == "applied":
            return self._of_application(dossier, today)
        wishes = (
            (self._notice, 3), (self._revocation, 2), (self._rescheduling, 2), (self._option, 2),
            (self._acceptance_of_part, 5), (self._condition, 3), (self._change, 2), (self._measure, 1),
            (self._lifting, 1), (self._company_end, 0.3), (self._claim, 1),
        )  # fmt: skip
        wish = self.draw.choices([w for w, _ in wishes], [weight for _, weight in wishes])[0]
        return wish(dossier, today, now) or self._revocation(dossier, today, now)

    def outage(self, conn: Connection, now: datetime, contracts: list[str]) -> Ask:
        """Start an outage, or recover or attribute the ongoing one."""
        self.number += 1
        known = now - timedelta(hours=self.draw.randint(0, 60))
        table = tables.SUBJECTS["outage"].c
        open_ = conn.execute(select(table.id).where(table.recovered_at.is_(None))).scalars().first()
        if open_ and self.draw.random() < 0.8:
            return Ask("recover", lambda c, o: outages.recover(c, open_, o, now).id, {})
        if open_:
            own = self.draw.random() < 0.8
            return Ask("attribute", lambda c, o: outages.attribute(c, open_, o, attributable=own).id, {})
        whom = (
            None
            if self.draw.random() < 0.3
            else tuple(sorted(self.draw.sample(contracts, min(3, len(contracts)))))
        )
        found = outages.OutageReport(known, "alert", self.draw.choice((True, True, None)), whom)
        return Ask("open", lambda c, o: outages.open_outage(c, o, found).id, {})

    def _of_application(self, dossier: Dossier, today: date) -> Ask:
        id_ = dossier.contract.id
        if self.draw.random() < 0.12:
            command = self.draw.choice((commands.reject, commands.withdraw))
            return _ask(command.__name__, lambda c, o: command(c, id_, o), id_)
        starts = today + self.draw.choice((0, 1, 9, 30, 31, 60, -20)) * DAY
        return _ask("accept", lambda c, o: commands.accept(c, id_, o, When(), starts), id_, starts_on=starts)

    def _one(self, dossier: Dossier) -> Any:
        return self.draw.choice((dossier.contract, *dossier.options))

    def _notice(self, dossier: Dossier, today: date, now: datetime) -> Ask:
        one, late = self._one(dossier), self.draw.choice((0, 0, 0, 3, 45))
        arrived = today - late * DAY
        chosen = self.draw.choice((None, None, today + self.draw.randint(-10, 120) * DAY))
        when = When(on=arrived) if late else When()
        return _ask(
            "notify_cancellation", lambda c, o: commands.notify_cancellation(c, one.id, o, when, chosen), one.id,
            arrived_on=arrived, chosen_on=chosen,
        )  # fmt: skip

    def _revocation(self, dossier: Dossier, today: date, now: datetime) -> Ask:
        one = self._one(dossier)
        which = self.draw.randrange(len(one.notices)) if one.notices and self.draw.random() < 0.5 else None
        notice = None if which is None else one.notices[which].id
        return _ask(
            "revoke_cancellation", lambda c, o: commands.revoke_cancellation(c, one.id, o, notice), one.id,
            which=which,
        )  # fmt: skip

    def _rescheduling(self, dossier: Dossier, today: date, now: datetime) -> Ask:
        one, to = self._one(dossier), today + self.draw.randint(-5, 60) * DAY
        return _ask(
            "reschedule_billing", lambda c, o: commands.reschedule_billing(c, one.id, o, to), one.id, starts_on=to
        )

    def _option(self, dossier: Dossier, today: date, now: datetime) -> Ask:
        id_, name = dossier.contract.id, f"D-{self.number}"
        return Ask("apply_for_option", lambda c, o: apply_for_option(c, id_, name, When(), o)[1], {"of": id_})

    def _acceptance_of_part(self, dossier: Dossier, today: date, now: datetime) -> Ask | None:
        waiting = [part for part in (*dossier.options, *dossier.item_changes) if part.state == "applied"]
        if not waiting:
            return None
        part, on = self.draw.choice(waiting), today + self.draw.choice((0, 0, 10, 40)) * DAY
        if part.KIND == "option":
            return _ask(
                "accept",
                lambda c, o: commands.accept_option(c, part.id, o, When(), on, **FEES),
                part.id,
                starts_on=on,
            )
        return _ask(
            "accept", lambda c, o: parts.accept_item_change(c, part.id, o, When(), on, None), part.id, starts_on=on
        )

    def _condition(self, dossier: Dossier, today: date, now: datetime) -> Ask | None:
        id_, names = dossier.contract.id, dossier.contract.open_conditions
        if not names:
            return None
        command = self.draw.choice((contract_events.meet_condition, contract_events.waive_condition))
        name = self.draw.choice(names)
        return _ask(command.__name__, lambda c, o: command(c, id_, o, name), id_, condition=name)

    def _change(self, dossier: Dossier, today: date, now: datetime) -> Ask:
        id_, name = dossier.contract.id, f"I-{self.number}"
        item = self.draw.choice(("basic", "premium"))
        return Ask(
            "apply_for_item_change",
            lambda c, o: parts.apply_for_item_change(c, id_, o, item, name, When())[1], {"of": id_},
        )  # fmt: skip

    def _measure(self, dossier: Dossier, today: date, now: datetime) -> Ask:
        starts = now + timedelta(hours=self.draw.randint(-5, 400))
        ends = self.draw.choice((None, starts + timedelta(hours=self.draw.randint(1, 900))))
        facts = {
            "measure": "suspension",
            "ground": "misuse",
            "notified": True,
            "starts_at": starts,
            "ends_at": ends,
        }
        id_ = dossier.contract.id
        told = {"of": id_, "starts_at": starts, "ends_at": ends}
        return Ask("take_measure", lambda c, o: parts.take_measure(c, id_, o, facts)[1], told)

    def _lifting(self, dossier: Dossier, today: date, now: datetime) -> Ask | None:
        living = [m for m in dossier.measures if m.live]
        if not living:
            return None
        one = self.draw.choice(living)
        return _ask("lift_measure", lambda c, o: parts.lift_measure(c, one.id, o), one.id)

    def _company_end(self, dossier: Dossier, today: date, now: datetime) -> Ask:
        id_, on = dossier.contract.id, today + self.draw.randint(0, 40) * DAY
        return _ask(
            "end_by_company", lambda c, o: contract_events.end_by_company(c, id_, o, on, "fraud"), id_, ends_on=on
        )

    def _claim(self, dossier: Dossier, today: date, now: datetime) -> Ask | None:
        if not dossier.credits:
            return None
        id_, outage = dossier.contract.id, self.draw.choice(dossier.credits).outage_id
        return Ask("claim", lambda c, o: outages.claim(c, id_, outage, o, When())[1], {})


def _ask(event: str, do: Callable[[Connection, CommandContext], object], subject: str, **facts: Any) -> Ask:
    def carry_out(conn: Connection, order: CommandContext) -> str:
        do(conn, order)
        return subject

    return Ask(event, carry_out, facts | {"subject": subject})
