"""Judges an export: computes every state, day, yen and refusal in it again, from its facts and the terms alone.

A second implementation of the readings (R1 to R44): this folder shares no code with the service, and needs
nothing but Python. No state is stored here: states, billing starts and ends are functions of a line of entries
and an instant, and the rows of a history are compared with that one by one."""

from dataclasses import dataclass, field
from datetime import datetime

from lifecycle.audit.judging.days import FAR, day_of
from lifecycle.audit.judging.late_rows import JudgedContract
from lifecycle.audit.judging.rows import SERVICE, NotJudged, Row, Unjust, is_known, rulings_in
from lifecycle.audit.judging.rulings import Said, said

OF_THE_SERVICE = frozenset(("edition", "log"))  # the terms on record and the log's keys: no rule decides on them


@dataclass(slots=True)
class Judge:
    """Judges the rows of an export in their order. skipped: why contracts were not judged, with their number."""

    contracts: dict[str, JudgedContract] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    other_terms: set[str] = field(default_factory=set)  # editions with values that are not judged by
    late_terms: bool = False  # a version was made known on its first day or later (R42)
    gaps: set[str] = field(default_factory=set)  # subjects of which rows are archived
    skipped: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    same: dict[Said, Said] = field(default_factory=dict)  # a ruling is kept once
    newest: datetime | None = None
    overdue: list[str] = field(default_factory=list)
    judged: int = 0

    def add(self, row: Row, line: int) -> None:
        """Judges the next row. Raises Unjust."""
        subject, kind = row["subject"], row["kind"]
        if kind in OF_THE_SERVICE:
            if kind == "edition" and "content" in row["facts"] and not is_known(row["facts"]["content"]):
                self.other_terms.add(row["facts"]["edition"])
            if kind == "edition" and row["facts"].get("announced_on", "") >= row["facts"].get("version", "9"):
                self.late_terms = True
            return
        if kind == "outage":
            self._outage(row, line)
            return
        owner = self.owners.get(subject)
        if owner is None:
            owner = self.owners[subject] = (
                subject if kind == "contract" else str(row["facts"].get("contract_id", subject))
            )
        if kind == "credit" and row["event"] == "open":
            owner = self.owners[subject] = row["facts"]["contract_id"]
        if owner in self.left_out:
            self.left_out[owner] += 1
            return
        contract = self.contracts.get(owner)
        if contract is None:
            contract = self.contracts[owner] = JudgedContract(owner, self.same)
        try:
            if row["event"] == "archive_history" and subject in self.gaps:
                raise NotJudged("archived")
            if row["facts"].get("service", SERVICE) != SERVICE:
                raise NotJudged("another service")
            if row.get("edition") in self.other_terms:
                raise NotJudged("terms with other values")
            if self.late_terms:
                raise NotJudged("terms made known late")
            contract.add(row, line)
        except (NotJudged, KeyError, TypeError, ValueError, AttributeError, AssertionError) as why:
            self.left_out[owner] = 1
            reason = str(why) if isinstance(why, NotJudged) else f"{row['event']} in an older form"
            self.skipped[reason] = self.skipped.get(reason, 0) + 1
            del self.contracts[owner]
            return
        self.judged += 1
        self.newest = (
            contract.last if self.newest is None or contract.last is None else max(self.newest, contract.last)
        )

    def over(self) -> None:
        """After the last row: acts about the past are over, and no step of the clock is missing. Raises Unjust."""
        for contract in self.contracts.values():
            if contract.batch:
                contract.settle()
            until = contract.acted or FAR
            contract.check_credits(until, contract.at_line)
            for step in contract.to_come():
                why = f"{step.subject} came to {step.event} at {step.at.isoformat()}"
                if step.at < until:
                    raise Unjust(contract.at_line, f"no row says that {why}")
                if self.newest is not None and step.at < self.newest:
                    self.overdue.append(f"no row says yet that {why}")

    def says(self) -> str:
        """What was judged, where all follows."""
        told = [f"Judged / 判定: {self.judged:,} rows follow from the terms."]
        rows = sum(self.left_out.values())
        if rows:
            why = "; ".join(f"{reason}: {number:,} contracts" for reason, number in sorted(self.skipped.items()))
            told.append(f"Not judged / 判定対象外: {rows:,} rows of {len(self.left_out):,} contracts ({why}).")
        if self.overdue:
            told.append(
                f"Overdue / 未実行: {len(self.overdue):,} steps of the clock; the first: {self.overdue[0]}."
            )
        return "\n".join(told)

    def _outage(self, row: Row, line: int) -> None:
        if row["event"] == "open":
            known = day_of(datetime.fromisoformat(row["facts"]["known_at"]))
            if rulings_in(row, {}) != [said("outage_known", "Art. 8", "R26", known)]:
                raise Unjust(line, "its ruling is not the day on which the company knew")
        self.judged += 1
