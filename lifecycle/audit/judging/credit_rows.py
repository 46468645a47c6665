"""The rows of a contract about outages: what is known of them, claims, and what the clock does."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lifecycle.audit.judging.contract import ContractRows
from lifecycle.audit.judging.credits import Earned, JudgedCredit, earned, priced
from lifecycle.audit.judging.days import FAR, day_of, end_of, start_of
from lifecycle.audit.judging.rows import CLOCK, Row, Unjust, step_of, values_of
from lifecycle.audit.judging.rulings import Said, said
from lifecycle.audit.judging.subjects import ClockStep


@dataclass(slots=True)
class CreditRows(ContractRows):
    """As ContractRows, with those of credits."""

    def _credit(self, row: Row, number: int) -> None:
        """A row of a credit in time."""
        self.reached = max(
            self.reached, min(datetime.fromisoformat(row["effective_at"]), self.last or self.reached)
        )
        event, at, now = (
            row["event"],
            datetime.fromisoformat(row["effective_at"]),
            datetime.fromisoformat(row["recorded_at"]),
        )
        if row["actor"] == CLOCK:
            step = step_of(row)
            found = self._earned(row["subject"], at)
            if (event, at) not in self._earned(row["subject"], FAR).path or step in self.clock:
                raise Unjust(number, f"{row['subject']} does not come to {event} at {row['effective_at']}")
            self._stands(row, step)
            self._credit_fired(row, number, found)
            rulings = self._credit_rulings(row, now)
        else:
            if event == "claim":
                found, claimed = self._earned(row["subject"], now), values_of(row["facts"])["claimed_at"]
                window = found.first and found.last and start_of(found.first) <= claimed < end_of(found.last)
                if not window or self.credits[row["subject"]].claims:
                    raise Unjust(number, f"{row['subject']} cannot be claimed on {day_of(claimed)}")
            self._known(row)
            rulings = self._credit_rulings(row, now)
        self._compare(row, number, rulings, None)

    def _known(self, row: Row) -> None:
        """Notes what a row says of an outage or a claim."""
        facts, event, id_ = values_of(row["facts"]), row["event"], row["subject"]
        if event == "open":
            self.credits[id_] = JudgedCredit(
                id_,
                facts["known_at"],
                facts["attributable"],
                facts.get("recovered_at"),
                bool(facts.get("annulled")),
            )
            self.causes[id_] = f"{facts['outage_id']}.1"
        elif event == "claim":
            self.credits[id_].claims.append((facts["claimed_at"], f"{id_}.{row['seq']}"))
        elif event == "recover":
            self.credits[id_].recovered_at = facts["recovered_at"]
        elif event == "attribute":
            self.credits[id_].attributable = facts["attributable"]

    def _earned(self, id_: str, until: datetime) -> Earned:
        return earned(self.line, self.credits.values(), self.credits[id_], self.reached, until)

    def _credit_fired(self, row: Row, number: int, found: Earned) -> None:
        """Compares cause, state and facts of a row of the clock about a credit."""
        credit, event = self.credits[row["subject"]], row["event"]
        cause = self.causes[credit.id]
        if event != "become_claimable" and credit.claims:
            cause = min(credit.claims)[1]
        if row["caused_by"] != cause:
            raise Unjust(number, f"it follows from {cause}, not from {row['caused_by']}")
        if wrong := wrong_fact(found, row["facts"]):
            raise Unjust(number, wrong)

    def _credit_rulings(self, row: Row, now: datetime) -> list[Said]:
        credit, whole = self.credits[row["subject"]], self._earned(row["subject"], FAR)
        if row["to_state"] == "refused":
            fault = credit.attributable is False
            return [said("own_fault" if fault else "outage_too_short", "Art. 8", "R26")]
        found = self._earned(row["subject"], now)
        if whole.first is None or found.since is None or found.until is None:
            return []
        window = said("claim_window", "Art. 8", "R27", whole.last)
        over = credit.recovered_at is not None or any(step[:2] == (self.id, "terminate") for step in self.clock)
        if not over or not whole.units:
            return [window]
        units, yen = priced(self.line, found.since, found.until, self.reached)
        return [said("outage_credit", "Art. 8, Annex 2", "R25", None, units, yen), window]

    def to_come(self) -> list[ClockStep]:
        """What the clock is still to do, by the facts as they stand."""
        steps = [one[2] for one in self._pending(FAR)]
        for id_ in self.credits:
            mine = {step[:3] for step in self.clock if step.subject == id_}
            path = [(id_, event, at) for event, at in self._earned(id_, FAR).path if event != "claim"]
            steps += [ClockStep(*one, self.causes[id_]) for one in path if one not in mine]
        return steps

    def check_credits(self, until: datetime, number: int) -> None:
        """Checks that the clock has done with every credit what is due by an instant, and nothing else."""
        for id_ in self.credits:
            whole = self._earned(id_, FAR).path
            path = {(id_, event, at) for event, at in whole if event != "claim"}
            mine = {step[:3] for step in self.clock if step.subject == id_}
            for _, event, at in sorted(path - mine):
                if at < until:
                    raise Unjust(number, f"no row that stands says that {id_} came to {event} at {at.isoformat()}")
            for _, event, at in sorted(mine - path):
                raise Unjust(number, f"nothing leads {id_} to {event} at {at.isoformat()}")
            for step, row in self.clock.items():
                if step.subject == id_ and (wrong := wrong_fact(self._earned(id_, step.at), self.facts[step])):
                    raise Unjust(number, f"{row} stands, and {wrong}")


def wrong_fact(found: Earned, facts: Mapping[str, Any]) -> str | None:
    """The first fact of a row about a credit that is not what the outage had led to; None where all are."""
    values, names = values_of(facts), ("units", "amount_yen", "claimable_on", "last_claim_on")
    mine = dict(zip(names, (found.units, found.yen, found.first, found.last), strict=True))
    given = values["since"]
    if (datetime.fromisoformat(given) if given else None) != found.since:
        return f"its since is {found.since}, not {given}"
    wrong = (name for name in names if values[name] != mine[name])
    return next((f"its {name} is {mine[name]}, not {values[name]}" for name in wrong), None)
