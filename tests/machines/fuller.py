"""A contract with all kinds of parts: item changes, measures, outages with credits, usage."""

from datetime import date, datetime
from typing import Any

from lifecycle.machines.entity import Entity
from lifecycle.machines.parts import Credit, Erasure, ItemChange, Measure, Usage
from lifecycle.machines.step import Act, apply_act
from tests.machines.life import BASE, DRM, FIRST, Life, accepted, at, d, facts_for

CHANGE, MEASURE, CREDIT, USAGE, OUTAGE = "i_1", "m_1", "k_1", "u_1", "x_1"
NOTHING_USED = {"transcode_hours": "0", "storage_gb": "0", "delivery_gb": "0", "live_hours": "0"}


class Full(Life):
    """Each call is one act, after everything due by then has happened."""

    def part(self, part_id: str) -> Any:
        return self.dossier.subject(part_id)

    @property
    def change(self) -> ItemChange:
        return self.dossier.item_changes[0]

    @property
    def credit(self) -> Credit:
        return self.dossier.credits[0]

    def tell(
        self, event: str, subject: str, now: datetime, effective_at: datetime | None = None,
        reason: str | None = "on record", **given: Any,
    ) -> "Full":  # fmt: skip
        """One event at an exact instant."""
        self.until(now)
        facts = facts_for(self.part(subject).KIND, event, **given)
        act = Act(event, subject, facts, "desk", now, effective_at or now, reason)
        self.enter(act)
        return self

    def step(self, event: str, subject: str, now: datetime, **given: Any) -> "Full":
        """Take exactly one step, whatever follows from the facts."""
        facts = facts_for(self.part(subject).KIND, event, **given)
        self.dossier, entries = apply_act(
            self.dossier, Act(event, subject, facts, "desk", now, now), self.editions
        )
        self.entries.extend(entries)
        return self

    def open(self, part: Entity, event: str, now: datetime, given: dict[str, Any], since: datetime) -> "Full":
        """A part's first row."""
        self.until(now)
        act = Act(event, part.id, facts_for(part.KIND, event, **given), "desk", now, since)
        self.enter(act, opens=True)
        return self

    def ask_change(self, item: str, on: date, id: str = CHANGE) -> "Full":
        given: dict[str, Any] = {"contract_id": BASE, "reference": f"R-{id}", "item": item, "received_on": on}
        return self.open(ItemChange(id=id, state="applied", **given), "apply", at(on), given, at(on))

    def accept_change(
        self, effective_on: date, on: date, id: str = CHANGE, fee_yen: int | None = None
    ) -> "Full":  # fmt: skip
        self.do("accept", id, on, "agreed", **accept_facts(effective_on, on, fee_yen))
        return self

    def changed(
        self, item: str, effective_on: date, on: date, id: str = CHANGE, fee_yen: int | None = None
    ) -> "Full":
        """A change applied for and accepted on one day."""
        return self.ask_change(item, on, id).accept_change(effective_on, on, id, fee_yen)

    def take_measure(
        self, starts_at: datetime, ends_at: datetime | None, on: date, kind: str = "suspension", id: str = MEASURE
    ) -> "Full":
        given: dict[str, Any] = {"contract_id": BASE, "measure": kind, "ground": "Art. 10(1)", "notified": True,
                                 "starts_at": starts_at, "ends_at": ends_at}  # fmt: skip
        state = "in_force" if starts_at <= at(on) else "planned"
        return self.open(Measure(id=id, state=state, **given), "take", at(on), given, at(on))

    def erase(self, now: datetime) -> "Full":
        given: dict[str, Any] = {"contract_id": BASE, "erased_at": now}
        return self.open(Erasure(id="e_1", state="erased", **given), "erase_personal_data", now, given, now)

    def outage(
        self, known_at: datetime, attributable: bool | None = True, now: datetime | None = None, id: str = CREDIT
    ) -> "Full":
        given: dict[str, Any] = {"contract_id": BASE, "outage_id": f"x_{id[2:]}", "known_at": known_at,
                                 "attributable": attributable}  # fmt: skip
        return self.open(Credit(id=id, state="open", **given), "open", now or known_at, given, known_at)

    def recover(self, recovered_at: datetime, now: datetime | None = None, id: str = CREDIT) -> "Full":
        return self.tell("recover", id, now or recovered_at, recovered_at, recovered_at=recovered_at)

    def attribute(self, attributable: bool, now: datetime, id: str = CREDIT) -> "Full":
        return self.tell("attribute", id, now, attributable=attributable)

    def claim(self, claimed_at: datetime, now: datetime | None = None, id: str = CREDIT) -> "Full":
        return self.tell("claim", id, now or claimed_at, claimed_at, claimed_at=claimed_at)

    def use(self, month: str, on: date, id: str = USAGE, **meters: str) -> "Full":
        given = {"contract_id": BASE, "month": month, **NOTHING_USED, **meters}
        return self.open(Usage(id=id, state="recorded", **given), "record", at(on), given, at(on))

    def correct(self, on: date, id: str = USAGE, **meters: str) -> "Full":
        return self.tell("correct", id, at(on), **{**NOTHING_USED, **meters})

    def end(self, ends_on: date, on: date, ground: str = "general terms") -> "Full":
        """The company's own end."""
        self.do("end_by_company", BASE, on, "arrears", ends_on=ends_on, ground=ground, keyed_on=on)
        return self


def accept_facts(effective_on: date, on: date, fee_yen: int | None = None) -> dict[str, Any]:
    """What the acceptance of an item change states."""
    return {"accepted_on": on, "effective_on": effective_on, "fee_yen": fee_yen, "at": at(on)}


def full(
    starts_on: date = d(5, 1), option_starts_on: date | None = None, accepted_on: date = FIRST, **facts: Any
) -> Full:
    """A contract accepted on 1 April 2022, with its option where a start is given for one."""
    life = Full(**({"editions": facts.pop("editions")} if "editions" in facts else {}))
    life.apply(accepted_on, **facts)
    life.do("accept", BASE, accepted_on, "late", **accepted(accepted_on, starts_on))
    if option_starts_on is not None:
        life.apply_option(accepted_on).accept(option_starts_on, accepted_on, DRM)
    return life
