"""Entries, and their places in legal order (R10, R16)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from lifecycle.audit.judging.days import MOMENT, civil, end_of, moment, start_of

KINDS = ("contract", "option", "item_change", "measure", "credit", "usage", "outage")
OPENS = frozenset(("apply", "take", "open"))
SETTLES = frozenset(("meet_condition", "waive_condition"))
OFF_THE_LINE = frozenset(("usage", "outage", "credit", "erasure"))  # never move the line
RESTS_ON_ACCEPTANCE = frozenset(
    ("reschedule_billing", "notify_cancellation", "revoke_cancellation", "end_by_company", "end_by_agreement",
     "withdraw", "reject", "set_fee", "change_fees", "receive_informal_notice")
)  # fmt: skip
SETTINGS = frozenset(  # of these the newest counts; of others no order of entry decides (R16)
    ("amend", "change_administrator", "change_delivery", "change_fees", "change_particulars", "end_by_agreement",
     "reschedule_billing", "succeed")
)  # fmt: skip
RANKS = {
    "notify_cancellation": 5, "end_by_company": 5, "end_by_agreement": 5, "follow_up_misuse": 5,
    "revoke_cancellation": 6, "lift": 6, "reject": 7, "withdraw": 7,
}  # fmt: skip
PREPARES = frozenset(("amend", "receive_form"))  # before an acceptance of that day, if its day alone is known
NO_LAW = frozenset(("keyed_on", "notice", "notices"))  # names of rows, and the day of entry, decide nothing


@dataclass(frozen=True, slots=True)
class JudgedEntry:
    """One thing that people know. when: a date where only the day is known. n: the place in the order of entry."""

    id: str
    kind: str
    subject: str
    event: str
    when: date | datetime
    facts: Mapping[str, Any] = field(default_factory=dict)
    n: int = 0
    recorded: datetime | None = None

    @property
    def agreed(self) -> tuple[datetime, int]:
        """Orders settings: the newest agreement wins, however far back it reaches."""
        return moment(self.when), self.n

    @property
    def notices(self) -> tuple[str, ...]:
        """Of a revocation: the notices that it takes back."""
        return tuple(self.facts.get("notices") or [one for one in [self.facts.get("notice")] if one])

    def but(self, **changes: Any) -> "JudgedEntry":
        """The same entry with other facts, or at another time (`when`)."""
        when = changes.pop("when", self.when)
        return replace(self, when=when, facts={**self.facts, **changes})


def earliest(entry: JudgedEntry) -> datetime:
    """The first instant at which the entry changes anything: what reaches back is placed where it reaches."""
    at, facts = moment(entry.when), entry.facts
    if entry.event == "reschedule_billing":
        return min(at, start_of(facts["billing_starts_on"]))
    if entry.event == "end_by_agreement":
        return min(at, end_of(facts["ends_on"]) - MOMENT)  # known before the clock comes to that end
    if entry.event == "change_fees":
        return min(at, start_of(facts["from_on"]))
    if entry.event == "take":
        starts_at: datetime = facts["starts_at"]
        return min(at, starts_at)
    return at


def wished(entry: JudgedEntry) -> bool:
    """Whether it is an application for a part: it has no place before that for its contract."""
    return entry.event in OPENS and entry.kind in ("option", "item_change")


def places(entries: Iterable[JudgedEntry]) -> dict[str, datetime]:
    """Where each entry stands: a known instant where it is; a day at its 00:00, but not before what it rests on.

    That is, on that very day: the application, for most the acceptance too, for a revocation its notice, for a
    part those of the contract.
    """
    found: dict[str, datetime] = {}
    opened: dict[str, datetime] = {}  # by subject, "" for the contract
    accepted: dict[str, datetime] = {}
    by_day: dict[str, datetime] = {}  # acceptances whose day alone is known
    for entry in sorted(entries, key=_dependence):
        at, mine = earliest(entry), "" if entry.kind == "contract" else entry.subject
        rests = [opened.get(mine)]
        if entry.event in RESTS_ON_ACCEPTANCE:
            rests.append(accepted.get(mine))
        if entry.kind in ("option", "item_change", "measure"):
            rests.append(opened.get(""))
            if entry.event == "accept" or entry.kind == "measure":
                rests.append(accepted.get(""))
        rests += [found.get(notice) for notice in entry.notices] if entry.event == "revoke_cancellation" else []
        if not isinstance(entry.when, datetime) or at != entry.when:
            at = max([at, *(r for r in rests if r is not None and civil(r) == civil(at))])
        if entry.event in PREPARES and mine in by_day and civil(by_day[mine]) == civil(at):
            at = by_day[mine]
        if wished(entry):
            at = max(at, opened.get("", at))
        found[entry.id] = at
        if entry.event in OPENS:
            opened.setdefault(mine, at)
        if entry.event == "accept":
            accepted.setdefault(mine, at)
            if not isinstance(entry.when, datetime):
                by_day.setdefault(mine, at)
    return found


def _dependence(entry: JudgedEntry) -> tuple[int, int, datetime, str]:
    """What others rest on first."""
    step = 0 if entry.event in OPENS else 1 if entry.event == "accept" else 2
    return (step + (entry.event == "revoke_cancellation"), entry.kind != "contract", earliest(entry), entry.id)


def in_legal_order(entries: Iterable[JudgedEntry], at: Mapping[str, datetime]) -> list[JudgedEntry]:
    """By place, then within one instant what must come first; last what happens as it is entered."""
    newest: dict[datetime, int] = {}
    opened: dict[str, tuple[datetime, int]] = {}  # parts that were opened as they were entered
    keyed: list[tuple[tuple[Any, ...], JudgedEntry]] = []
    entries = sorted(entries, key=lambda entry: entry.n)
    at_place = Counter(at[entry.id] for entry in entries)
    for entry in entries:
        place = at[entry.id]
        if at_place[place] == 1:  # the place alone decides
            keyed.append(((place,), entry))
            continue
        contract, now = entry.kind == "contract", entry.recorded == moment(entry.when)
        rank = RANKS.get(entry.event, 4)
        now = now and not (entry.event in PREPARES and place < moment(entry.when))
        if entry.event in OPENS or entry.event in ("accept", *PREPARES):
            rank = (0 if contract else 2) + (entry.event == "accept")
        rank = max(rank, newest.get(place, 0)) if now else rank
        last = entry.n + 1 if now else 0
        if entry.event in OPENS and contract:
            last = -1  # nothing comes before it
        elif entry.event in OPENS:
            opened |= {entry.subject: (place, rank)} if now else {}
        elif entry.subject in opened and opened[entry.subject][0] == place:
            rank, last = max(rank, opened[entry.subject][1]), entry.n + 1
        newest[place] = max(rank, newest.get(place, 0))
        facts = repr(sorted((name, str(value)) for name, value in entry.facts.items() if name not in NO_LAW))
        subject = "" if contract else entry.subject
        newest_counts = (entry.agreed,) if entry.event in SETTINGS else ()
        law = (KINDS.index(entry.kind), subject, entry.event, newest_counts, facts)
        keyed.append(((place, rank, last, *law, entry.n), entry))
    return [entry for _, entry in sorted(keyed, key=lambda one: one[0])]
