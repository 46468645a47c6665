"""What one command changes on many contracts, as an outage's does: money summed, rows and days of the first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from lifecycle.machines.rewrite import Rewrite
from lifecycle.queries.changes import changes_view
from lifecycle.queries.document_facts import OF_THE_LINE
from lifecycle.queries.issued import NOTHING_SENT, sent_to
from lifecycle.queries.views.changes import AddedRow, ChangedMoney, OutageChanges, SupersededTransition

LISTED = 100  # contracts whose rows and days are listed
PAPERS = (*OF_THE_LINE, "statement", "adjustment")
Tell = Callable[[Rewrite], object]  # called with each rewritten history


@dataclass(slots=True)
class _OfContract:
    """The changes of one contract, whose history one command may rewrite several times."""

    listed: bool
    written: set[str] = field(default_factory=set)
    superseded: list[SupersededTransition] = field(default_factory=list)
    added: list[AddedRow] = field(default_factory=list)
    days: dict[tuple[str, str], list[Any]] = field(default_factory=dict)
    money: dict[tuple[str, str], list[int]] = field(default_factory=dict)


class SummedChanges:
    """Adds up what a command changes, contract by contract."""

    def __init__(self, conn: Connection, now: datetime) -> None:
        self.conn, self.now = conn, now
        self.contracts: dict[str, _OfContract] = {}
        self.issued: set[tuple[str, str]] = set()
        self.papers: set[str] = set()

    def add(self, found: Rewrite) -> None:
        """Takes one rewritten history; those of a contract in their order."""
        contract_id = found.after.contract.id
        sent = sent_to(self.conn, [contract_id]).get(contract_id, NOTHING_SENT)
        view = changes_view(found, self.now, sent)
        mine = self.contracts.setdefault(contract_id, _OfContract(len(self.contracts) < LISTED))
        self.papers.update(view["documents"])
        for one in view["money"]:
            key = one["month"], one["kind"]
            mine.money.setdefault(key, [one["before_yen"], 0])[1] = one["after_yen"]
            if one["issued"]:
                self.issued.add(key)
        if not mine.listed:
            return
        for day in view["days"]:
            mine.days.setdefault((day["subject"], day["field"]), [day["before"], None])[1] = day["after"]
        for row in view["superseded"]:
            if row["id"] in mine.written:  # by this command, so nobody has seen it
                again = {name: row[name] for name in ("subject_id", "event", "effective_at")}
                mine.added = [one for one in mine.added if one != again]
            else:
                mine.superseded.append(row)
        mine.added += view["added"]
        mine.written.update(entry.row_id for entry in found.entries)

    def view(self, proposals: Sequence[str] = ()) -> OutageChanges | None:
        """All of it, None where no history was rewritten and no proposal lapses."""
        if not (self.contracts or proposals):
            return None
        all_ = self.contracts.values()
        money = self._money()
        return {
            "superseded": [row for one in all_ for row in one.superseded],
            "added": [row for one in all_ for row in one.added],
            "days": [
                {"subject": subject, "field": name, "before": before, "after": after}
                for one in all_
                for (subject, name), (before, after) in one.days.items()
                if before != after
            ],
            "money": money,
            "invalidated": [],
            "documents": [name for name in PAPERS if name in self.papers and (money or name in OF_THE_LINE)],
            "proposals": [*proposals],
            "not_served": [],
            "contracts": len(self.contracts),
        }

    def _money(self) -> list[ChangedMoney]:
        total: dict[tuple[str, str], list[int]] = {}
        for one in self.contracts.values():
            for key, (before, after) in one.money.items():
                if before != after:
                    sums = total.setdefault(key, [0, 0])
                    sums[0], sums[1] = sums[0] + before, sums[1] + after
        return [
            {
                "month": key[0], "kind": key[1], "before_yen": before, "after_yen": after,
                "issued": key in self.issued,
            }
            for key, (before, after) in sorted(total.items())
        ]  # fmt: skip
