"""The judge: computes each state, day, yen and refusal of an export again, only from its facts and the terms.

A second implementation of the readings (R1 to R44), to check a history. It shares no code with the service and
needs only Python. From top to bottom: the values of the terms; days in Japan; entries and their legal order; the
line of a contract, on which states, billing starts and ends are functions of the valid entries and an instant;
whether an entry is valid; the clock's steps, and the fold; rulings; outages; the rows of a contract, each compared
with the result of those before; the export.
"""

from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from fractions import Fraction
from functools import lru_cache, partial
from itertools import pairwise
from typing import Any, NamedTuple

Row = Mapping[str, Any]
Said = tuple[str, str, str, str | None, int | None, int | None]  # a ruling without its sentences

# --- values of the terms --------------------------------------------------------------------------
SERVICE, CLOCK = "media_sphere", "clock"
VERSIONS = (date(2020, 12, 1), date(2021, 11, 1), date(2022, 5, 1))
INITIAL = {"basic": 80_000, "premium": 150_000}
MONTHLY = {"basic": 100_000, "premium": 200_000}
DRM_NEEDS, NOTICE_DAYS, UNIT_HOURS, FEE_DIVISOR, CLAIM_MONTHS = "premium", 30, 24, 30, 3
SETTINGS = {
    "within_minimum_term": "defer", "several_notices": "earliest", "yen_rounding": "floor",
    "shift_last_days": False, "company_end_within_minimum_term": "ends",
}  # fmt: skip
CONDITIONS = {"domain": "Art. 3(1)(1)", "dns": "Art. 3(1)(2)", "certificate": "Art. 3(1)(3)"}
MEASURES = {
    "suspension": "Art. 10(1)(1)", "consultation": "Art. 10(1)(2)", "deletion_request": "Art. 10(1)(3)",
    "deletion": "Art. 10(1)(4)", "access_limit": "Art. 10(2), 10(3)",
}  # fmt: skip
RULES = {  # rule: its reading, its article, and its article about an option; "" if the fact decides
    "administrator_changed": ("R29", "Art. 4(1)"), "agreed_end": ("R38", "Civil Code"),
    "agreed_monthly_fee": ("R22", "Art. 7, Annex 1"), "application_amended": ("R10", "Art. 7"),
    "arrival_counts": ("R7", "Art. 6", "Art. 5(5)"), "billing_never_starts": ("R11", "Art. 6", "Art. 5(5)"),
    "claim_window": ("R27", "Art. 8"), "company_end": ("R31", "General terms"), "condition_settled": ("R28", ""),
    "contract_over": ("R19", "Art. 6"), "delivery_changed": ("R28", "Art. 3(1)"),
    "ends_with_base_contract": ("R18", "Art. 5(3)"), "entered_after_the_end": ("R38", "Civil Code"),
    "form_arrived": ("R44", "House rule", "Art. 5(1)"), "initial_fee": ("R22", "Art. 7, Annex 1"),
    "item_changes": ("R19", "Art. 1"), "later_of_notice_and_chosen_day": ("R6", "Art. 6", "Art. 5(5)"),
    "measure_over": ("R30", ""), "measure_taken": ("R30", ""), "minimum_term": ("R4", "Art. 2", "Art. 5(4)"),
    "misuse_reported": ("R29", "Art. 4(4)"), "monthly_fee": ("R22", "Art. 7, Annex 1"),
    "newest_agreement_decides": ("R38", "Civil Code"), "notice_not_in_form": ("R44", "Art. 6", "Art. 5(5)"),
    "notice_period": ("R2", "Art. 6", "Art. 5(5)"), "one_off_fee": ("R22", "Art. 7"),
    "open_condition": ("R28", ""), "option_needs_accepted_contract": ("R17", "Art. 5(3)"),
    "option_starts_with_base": ("R17", "Art. 5(3)"), "outage_credit": ("R25", "Art. 8, Annex 2"),
    "outage_known": ("R26", "Art. 8"), "outage_too_short": ("R26", "Art. 8"), "own_fault": ("R26", "Art. 8"),
    "particulars_changed": ("R39", "Civil Code"), "quoted_initial_fee": ("R21", "Art. 7, Annex 1"),
    "quoted_monthly_fee": ("R21", "Art. 7, Annex 1"), "several_notices": ("R12", "Art. 6", "Art. 5(5)"),
    "succession": ("R39", ""), "taken_back_with_consent": ("R13", "Art. 6", "Art. 5(5)"),
    "taken_over": ("R41", "Supplementary provisions"), "terms_in_force": ("R32", "Supplementary provisions"),
}  # fmt: skip
# --- events ---------------------------------------------------------------------------------------
KINDS = ("contract", "option", "item_change", "measure", "credit", "usage", "outage")
OPENS, SETTLES = frozenset(("apply", "take", "open")), frozenset(("meet_condition", "waive_condition"))
OFF_THE_LINE = frozenset(("usage", "outage", "credit", "erasure"))  # events that never change the line
OF_THE_SERVICE = frozenset(("edition", "log"))  # recorded terms and the log's keys: no rule is about them
NOTES = frozenset(
    ("note", "attach", "assign", "issue_statement", "settle_refund", "mark_billed_elsewhere", "archive_history")
)
PREPARES = frozenset(("amend", "receive_form"))  # before an acceptance of that day without an instant
SETTINGS_OF = frozenset(  # of these the newest counts; for others the order of entry has no effect (R16)
    ("amend", "change_administrator", "change_delivery", "change_fees", "change_particulars", "end_by_agreement",
     "reschedule_billing", "succeed")
)  # fmt: skip
RESTS_ON_ACCEPTANCE = frozenset(
    ("reschedule_billing", "notify_cancellation", "revoke_cancellation", "end_by_company", "end_by_agreement",
     "withdraw", "reject", "set_fee", "change_fees", "receive_informal_notice")
)  # fmt: skip
RANKS = {  # within one instant: openings 0 to 3, others 4
    "notify_cancellation": 5, "end_by_company": 5, "end_by_agreement": 5, "follow_up_misuse": 5,
    "revoke_cancellation": 6, "lift": 6, "reject": 7, "withdraw": 7,
}  # fmt: skip
IN_FORCE = ("accepted", "billing", "cancel_notified")
LIVE = ("applied", *IN_FORCE)
VOID = {"option": "rejected", "item_change": "rejected", "measure": "ended"}  # if the opening has no effect
STATES = {  # the states in which an entry can be valid; of others those of a contract that has not ended
    "accept": ("applied",), "reject": ("applied",), "withdraw": ("applied",), "amend": ("applied",),
    "receive_form": ("applied",), "reschedule_billing": IN_FORCE, "notify_cancellation": IN_FORCE,
    "end_by_company": IN_FORCE, "end_by_agreement": IN_FORCE, "succeed": IN_FORCE, "change_delivery": IN_FORCE,
    "change_fees": IN_FORCE, "receive_informal_notice": IN_FORCE, "revoke_cancellation": ("cancel_notified",),
    "lift": ("planned", "in_force"),
    "set_fee": ("accepted", "effective", "rejected", "withdrawn"),
}  # fmt: skip
OBJECTED_TO = frozenset(  # entries that may be invalid although the state of their subject allows them
    ("accept", "reschedule_billing", "set_fee", "receive_form", "revoke_cancellation", "end_by_agreement",
     "end_by_company")
)  # fmt: skip
MOOT_AFTER_THE_END = ("notify_cancellation", "change_fees", "end_by_agreement", "end_by_company")  # R37
KEPT_AS = {  # the list of a part that contains its valid entries
    "reschedule_billing": "moves", "notify_cancellation": "notices", "end_by_company": "notices",
    "end_by_agreement": "agreements", "change_fees": "fees", "set_fee": "fees",
}  # fmt: skip
FOLLOWED = frozenset(KEPT_AS) - {"change_fees", "set_fee"} | {
    "revoke_cancellation"
}  # events after which days are derived again
OF_PEOPLE = frozenset(("apply", "amend", "change_administrator", "change_particulars", "succeed"))
INSTANTS = frozenset(  # facts with instants, to the minute
    ("accepted_at", "arrived_at", "agreed_at", "found_at", "lifted_at", "claimed_at", "known_at", "recovered_at")
)

# --- days and instants in Japan (R1 to R4) --------------------------------------------------------
TOKYO = timezone(timedelta(hours=9), "JST")  # Japan has had no summer time since 1951
DAY, MOMENT, UNIT = timedelta(days=1), timedelta(microseconds=1), timedelta(hours=UNIT_HOURS)
BEGINNING = datetime(1, 1, 1, tzinfo=TOKYO)
FAR = datetime(
    9000, 1, 1, tzinfo=TOKYO
)  # rules about the whole line are checked after all future steps of the clock


@lru_cache(maxsize=65_536)
def start_of(day: date) -> datetime:
    """00:00 in Japan."""
    return datetime(day.year, day.month, day.day, tzinfo=TOKYO)


@lru_cache(maxsize=65_536)
def end_of(day: date) -> datetime:
    """24:00 in Japan: what lasts until the end of a day ends at this instant (R3)."""
    return start_of(day + DAY)


@lru_cache(maxsize=65_536)
def day_of(instant: datetime) -> date:
    """The day in Japan of an instant (R1)."""
    if instant.tzinfo is None:
        raise ValueError("an instant without an offset")
    return instant.astimezone(TOKYO).date()


def moment(when: date | datetime) -> datetime:
    """The instant; for a day its first one."""
    return when if isinstance(when, datetime) else start_of(when)


def civil(when: date | datetime) -> date:
    """The day of a day or of an instant."""
    return day_of(when) if isinstance(when, datetime) else when


@lru_cache(maxsize=65_536)
def term_last(start: date, months: int = 1) -> date:
    """R4: the day before the corresponding day, or the last day of a month without such a day."""
    years, index = divmod(start.month - 1 + months, 12)
    try:
        return date(start.year + years, index + 1, start.day) - DAY
    except ValueError:
        return date(start.year + years, index + 2, 1) - DAY  # never December, which has 31 days


# --- entries, and their places in legal order (R10, R16) ------------------------------------------
@dataclass(frozen=True, slots=True)
class JudgedEntry:
    """One known fact. when: a date if only the day is known. n: the position in the order of entry."""

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
        """The sort key of settings: the newest agreement wins, however early its place."""
        return moment(self.when), self.n

    @property
    def notices(self) -> tuple[str, ...]:
        """For a revocation: the revoked notices."""
        return tuple(self.facts.get("notices") or [one for one in [self.facts.get("notice")] if one])

    def but(self, **changes: Any) -> "JudgedEntry":
        """The same entry with other facts, or at another time (`when`)."""
        when = changes.pop("when", self.when)
        return replace(self, when=when, facts={**self.facts, **changes})


def earliest(entry: JudgedEntry) -> datetime:
    """The first instant at which the entry changes anything: an entry about earlier days is placed there."""
    at, event, facts = moment(entry.when), entry.event, entry.facts
    if event == "reschedule_billing":
        return min(at, start_of(facts["billing_starts_on"]))
    if event == "end_by_agreement":
        return min(at, end_of(facts["ends_on"]) - MOMENT)  # known before the clock reaches that end
    if event == "change_fees":
        return min(at, start_of(facts["from_on"]))
    return min(at, moment(facts["starts_at"])) if event == "take" else at


def wished(entry: JudgedEntry) -> bool:
    """Whether it is an application for a part: its place is not before that of its contract's application."""
    return entry.event in OPENS and entry.kind in ("option", "item_change")


def places(entries: Iterable[JudgedEntry]) -> dict[str, datetime]:
    """The place of each entry: its instant, if known; else 00:00 of its day, but not before the entries of that
    day that it depends on.

    These are the application, for most entries also the acceptance, for a revocation its notice, and for a part
    those of the contract.
    """
    found: dict[str, datetime] = {}
    opened: dict[str, datetime] = {}  # by subject, "" for the contract
    accepted: dict[str, datetime] = {}
    by_day: dict[str, datetime] = {}  # acceptances without an instant
    for _, _, at, _, entry in sorted(map(_dependence, entries)):
        mine, exact = "" if entry.kind == "contract" else entry.subject, moment(entry.when)
        if not isinstance(entry.when, datetime) or at != exact:
            rests = [opened.get(mine), accepted.get(mine) if entry.event in RESTS_ON_ACCEPTANCE else None]
            if entry.kind in KINDS[1:4]:
                early = entry.event != "accept" and entry.kind != "measure"
                rests += [opened.get(""), None if early else accepted.get("")]
            if entry.event == "revoke_cancellation":
                rests += [found.get(notice) for notice in entry.notices]
            at = max([at, *(one for one in rests if one is not None and day_of(one) == day_of(at))])
        if entry.event in PREPARES and mine in by_day and day_of(by_day[mine]) == day_of(at):
            at = by_day[mine]
        found[entry.id] = at = max(at, opened.get("", at)) if wished(entry) else at
        if entry.event in OPENS:
            opened.setdefault(mine, at)
        if entry.event == "accept":
            accepted.setdefault(mine, at)
            if not isinstance(entry.when, datetime):
                by_day.setdefault(mine, at)
    return found


def _dependence(entry: JudgedEntry) -> tuple[int, bool, datetime, str, JudgedEntry]:
    """The sort key that puts entries first on which others depend."""
    step = 0 if entry.event in OPENS else 1 if entry.event == "accept" else 2
    return (
        step + (entry.event == "revoke_cancellation"),
        entry.kind != "contract",
        earliest(entry),
        entry.id,
        entry,
    )


def in_legal_order(entries: Iterable[JudgedEntry], at: Mapping[str, datetime]) -> list[JudgedEntry]:
    """The entries by place, within one instant by dependence; an entry that happens as it is entered comes
    last.
    """
    at_place, newest = Counter(at.values()), dict[datetime, int]()
    if len(at_place) == len(at):
        return sorted(entries, key=lambda entry: at[entry.id])
    opened: dict[str, tuple[datetime, int]] = {}  # parts that were opened at their entry
    keyed: list[tuple[tuple[Any, ...], JudgedEntry]] = []
    for entry in sorted(entries, key=lambda entry: entry.n):
        place, event, contract = at[entry.id], entry.event, entry.kind == "contract"
        if at_place[place] == 1:  # only the place decides
            keyed.append(((place,), entry))
            continue
        rank, opens = RANKS.get(event, 4), event in OPENS
        if opens or event in PREPARES or event == "accept":
            rank = (0 if contract else 2) + (event == "accept")
        now = entry.recorded == moment(entry.when) and not (event in PREPARES and place < moment(entry.when))
        rank = max(rank, newest.get(place, 0)) if now else rank
        last = entry.n + 1 if now else 0
        if opens and contract:
            last = -1  # nothing comes before it
        elif opens and now:
            opened[entry.subject] = (place, rank)
        elif not opens and opened.get(entry.subject, (None,))[0] == place:
            rank, last = max(rank, opened[entry.subject][1]), entry.n + 1
        newest[place] = max(rank, newest.get(place, 0))
        # ids of rows, and the day of entry, have no effect
        law = {
            name: str(value)
            for name, value in entry.facts.items()
            if name not in ("keyed_on", "notice", "notices")
        }
        by_law = KINDS.index(entry.kind), "" if contract else entry.subject, event
        agreed = (entry.agreed,) if event in SETTINGS_OF else ()
        keyed.append(((place, rank, last, *by_law, agreed, repr(sorted(law.items())), entry.n), entry))
    return [entry for _, entry in sorted(keyed, key=lambda one: one[0])]


# --- the line: states, billing starts and ends (R4 to R38) ----------------------------------------
class JudgedEnd(NamedTuple):
    """The last day in force, why, the deciding entry, and days cut off an option's own term (R18)."""

    on: date
    decided_by: str
    entry: str
    cut_days: int = 0


@dataclass(slots=True)
class JudgedPart:
    """The contract, an option, an item change or a measure: its valid entries, in legal order."""

    id: str
    kind: str = "contract"
    opened: JudgedEntry | None = None
    accepted: JudgedEntry | None = None
    closed: JudgedEntry | None = None  # by reject, withdraw or lift
    moves: list[JudgedEntry] = field(default_factory=list)  # agreements on the billing start; the newest is last
    notices: list[JudgedEntry] = field(default_factory=list)  # the customer's, and the company's ends
    revoked: set[str] = field(default_factory=set)
    agreements: list[JudgedEntry] = field(default_factory=list)  # agreements on an end
    fees: list[JudgedEntry] = field(default_factory=list)  # fees agreed after the acceptance
    form_arrived: bool = False
    ends: dict[date | None, JudgedEnd | None] = field(
        default_factory=dict
    )  # its own end, cached by the billing start

    @property
    def in_form(self) -> bool:
        """Whether the application is in the company's form by then (R44)."""
        return self.form_arrived or self.opened is None or self.opened.facts.get("in_form") is not False

    @property
    def standing(self) -> list[JudgedEntry]:
        """The notices that were not revoked."""
        return [one for one in self.notices if one.id not in self.revoked] if self.revoked else self.notices

    @property
    def effective_on(self) -> date | None:
        """The day of an accepted item change."""
        return self.accepted.facts["effective_on"] if self.accepted and not self.closed else None


class ItemFrom(NamedTuple):
    """The contract has this item from this day on."""

    on: date
    item: str
    change: str | None


class ClockStep(NamedTuple):
    """A step of the clock, or one that immediately follows from another: its instant and the entry that caused
    it.
    """

    subject: str
    event: str
    at: datetime
    cause: str

    def __str__(self) -> str:
        return f"{self.subject} comes to {self.event} at {self.at.isoformat()}"


@dataclass(slots=True)
class JudgedLine:
    """All valid facts up to a place. places: of all entries. settled: conditions and instants (R28)."""

    places: dict[str, datetime] = field(default_factory=dict)
    settled: list[tuple[str, datetime]] = field(default_factory=list)
    contract: JudgedPart = field(default_factory=lambda: JudgedPart("contract"))
    application: dict[str, Any] = field(default_factory=dict)
    needed: tuple[str, ...] = ()  # conditions that were open at the application (R28)
    options: dict[str, JudgedPart] = field(default_factory=dict)
    changes: dict[str, JudgedPart] = field(default_factory=dict)
    measures: dict[str, JudgedPart] = field(default_factory=dict)
    people: list[JudgedEntry] = field(default_factory=list)
    follows: list[ClockStep] = field(default_factory=list)  # applications that ended with the contract's
    reopened: dict[str, datetime] = field(
        default_factory=dict
    )  # conditions that a change of the delivery reopened
    ended: JudgedEnd | None = None  # the end before the newest revocation
    unheld: bool = False  # a condition was open on the agreed day, and the clock has not held billing yet

    @property
    def holders(self) -> list[JudgedPart]:
        """The contract and its options."""
        return [self.contract, *self.options.values()] if self.options else [self.contract]

    def parts(self, kind: str) -> dict[str, JudgedPart]:
        """The parts of a kind, by their ids."""
        return self.options if kind == "option" else self.changes if kind == "item_change" else self.measures

    def part(self, kind: str, subject: str) -> JudgedPart | None:
        """The contract or a part of it."""
        return self.contract if kind == "contract" else self.parts(kind).get(subject)

    def apply_for(self, facts: Mapping[str, Any]) -> None:
        """Record an application or its amendment, and the conditions that it leaves open (R28)."""
        self.application.update(facts)
        delivery = self.application.get("delivery") or {}
        domain, https = delivery.get("custom_domain"), delivery.get("https")
        found = ["domain"] if domain and not domain.get("acquired") else []
        found += ["dns"] if domain and not domain.get("dns_registered") else []
        self.needed = (*found, "certificate") if https and not delivery.get("certificate_obtained") else (*found,)

    def unsettled(self, in_time: Callable[[datetime], bool]) -> list[str]:
        """The open conditions, without those that were settled in time and not reopened since."""
        since = self.reopened
        settled = {name for name, at in self.settled if in_time(at) and not (name in since and at < since[name])}
        return [name for name in self.needed if name not in settled]

    def agreed_start(self, part: JudgedPart, at: datetime) -> JudgedEntry | None:
        """The entry that had set the billing start by then: the newest change, else the acceptance."""
        for move in reversed(part.moves) if part.moves else ():
            if self.places[move.id] <= at:
                return move
        return part.accepted

    def held(self, at: datetime) -> bool:
        """R28: a condition was open on the agreed day. Only a newer agreement can then start billing.

        Conditions count as settled if settled before that day, or before a later agreement was made.
        """
        entry = self.agreed_start(self.contract, at) if self.needed and not self.unheld else None
        if entry is None or start_of(entry.facts["billing_starts_on"]) > at:
            return False
        agreed: date = entry.facts["billing_starts_on"]
        end = self.own_end(self.contract, agreed)
        if end is not None and end.on < agreed:
            return False  # R11: the contract ends before that day
        comes, move = max(start_of(agreed), self.places[entry.id]), entry.event == "reschedule_billing"
        return bool(self.unsettled(lambda settled: settled < comes or (move and settled <= moment(entry.when))))

    def start(self, part: JudgedPart, at: datetime) -> date | None:
        """S as agreed, None while held; an option's no earlier than its contract's (R17)."""
        entry = self.agreed_start(part, at) if part.moves else part.accepted
        if entry is None or (self.needed and self.held(at)):
            return None
        agreed: date = entry.facts["billing_starts_on"]
        base = None if part is self.contract else self.start(self.contract, at)
        return agreed if part is self.contract else max(agreed, base) if base else None

    def begun(self, part: JudgedPart, at: datetime) -> bool:
        """R11: billing starts on S unless the end is earlier."""
        start, end = self.start(part, at), self.end(part, at)
        return start is not None and start_of(start) <= at and (end is None or end.on >= start)

    def end(self, part: JudgedPart, at: datetime) -> JudgedEnd | None:
        """E of a contract or an option: R18 for the option, R38 and R12 for its own."""
        if part is self.contract and not (part.notices or part.agreements):
            return None
        start = self.start(part, at)
        own = self.own_end(part, start)
        base = None if part is self.contract else self.end(self.contract, at)
        if base is None or (own is not None and own.on <= base.on):
            return own
        cut = max(0, (term_last(start) - base.on).days) if start is not None and start <= base.on else 0
        return JudgedEnd(base.on, "base_contract", base.entry, cut)

    def own_end(self, part: JudgedPart, start: date | None) -> JudgedEnd | None:
        """Its end by its own notices and agreements, if billing starts on a day."""
        if start not in part.ends:  # cleared by a notice, an agreement or a revocation
            end = min((effect(one, start) for one in part.standing), key=lambda end: end.on, default=None)
            if part.agreements:  # R38: the newest agreement decides, whatever the notices
                newest = max(part.agreements, key=lambda entry: entry.agreed)
                end = JudgedEnd(newest.facts["ends_on"], "agreement", newest.id)
            part.ends[start] = end
        return part.ends[start]

    def over(self, part: JudgedPart, at: datetime) -> bool:
        """R3: whether the last day in force has ended."""
        if part.accepted is None or not (part.notices or part.agreements or part is not self.contract):
            return False
        end = self.end(part, at)
        return end is not None and end_of(end.on) <= at

    def state(self, part: JudgedPart, at: datetime) -> str | None:
        """The state at an instant, including what is due then; None before the application."""
        if part.opened is None:
            return None
        if part.closed is not None:
            return {"reject": "rejected", "withdraw": "withdrawn", "lift": "lifted"}[part.closed.event]
        if part.kind == "measure":  # R30: separate from the contract, but ends with it
            ends_at = self.measure_ends(part, at)
            late = ends_at is not None and ends_at <= at
            return "ended" if late else "in_force" if part.opened.facts["starts_at"] <= at else "planned"
        if part.kind == "item_change" and (day := part.effective_on) is not None and start_of(day) <= at:
            end = self.end(self.contract, at)
            if end is None or day <= end.on:  # R15, R19: an end at the same instant precedes it
                return "effective"
        if part.accepted is None or part.kind == "item_change":
            return "rejected" if self.over(self.contract, at) else "accepted" if part.accepted else "applied"
        if self.over(part, at):
            return "terminated"
        if part.agreements or len(part.notices) > len(part.revoked):
            return "cancel_notified"
        return "billing" if self.begun(part, at) else "accepted"

    def measure_ends(self, measure: JudgedPart, at: datetime) -> datetime | None:
        """Its planned end or the contract's, whichever comes first."""
        end, planned = self.end(self.contract, at), measure.opened.facts.get("ends_at") if measure.opened else None
        return min((one for one in (planned, end_of(end.on) if end else None) if one is not None), default=None)

    def turns(self, at: datetime) -> list[ItemFrom]:
        """The items by day: from the application on and after every accepted change before the contract's end."""
        end, coming = self.end(self.contract, at) if self.changes else None, []
        for change in self.changes.values():
            on, accepted = change.effective_on, change.accepted
            if on is not None and accepted and change.opened and (end is None or on <= end.on):
                turn = ItemFrom(on, change.opened.facts["item"], change.id)
                coming.append((on, self.places[accepted.id], accepted.id, turn))
        return [ItemFrom(date.min, self.application["item"], None), *(one[3] for one in sorted(coming))]


def effect(notice: JudgedEntry, start: date | None) -> JudgedEnd:
    """The effect of one notice, or of one end by the company (R2, R6, R8, R11, R31)."""
    if notice.event == "end_by_company":
        return JudgedEnd(notice.facts["ends_on"], "company", notice.id)
    thirty, chosen = civil(notice.when) + NOTICE_DAYS * DAY, notice.facts.get("chosen_on")
    on, why = (chosen, "chosen_day") if chosen is not None and chosen > thirty else (thirty, "notice_period")
    if start is not None and start <= on < (last := term_last(start)):
        on, why = last, "minimum_term"
    return JudgedEnd(on, why, notice.id)


def item_on(turns: list[ItemFrom], day: date) -> str:
    """The item of a day, by the changes up to it."""
    return [turn.item for turn in turns if turn.on <= day][-1]


# --- whether an entry holds at its place (R10 to R14, R17, R22, R28 to R34, R37) -------------------
class JudgedEffect(NamedTuple):
    """in_force; invalidated: invalid here, but valid elsewhere; moot: without effect."""

    effect: str
    why: str = ""


HOLDS = JudgedEffect("in_force")


def falls(why: str) -> JudgedEffect:
    """An invalid entry."""
    return JudgedEffect("invalidated", why)


def admit(line: JudgedLine, entry: JudgedEntry, at: datetime) -> JudgedEffect:
    """Judge an entry at its place and, if valid, add it: the rules about the entry itself."""
    kind, event, facts, base = entry.kind, entry.event, entry.facts, line.state(line.contract, at)
    if event in OPENS:
        return _open(line, entry, base, at)
    if kind != "contract" and (base is None or (event == "accept" and base not in IN_FORCE)):
        return falls("no_contract" if base is None else f"contract_{base}")  # R17, R22
    part = line.part(kind, entry.subject)
    if part is None:
        return falls("no_application")
    state = base if part is line.contract else line.state(part, at)
    if event == "reschedule_billing" and part.moves and part.moves[-1].agreed > entry.agreed:
        return JudgedEffect("moot", "overtaken")  # replaced by a newer agreement with an earlier place
    if event in MOOT_AFTER_THE_END and state == "terminated":
        return JudgedEffect("moot", "after_the_end")
    if state not in STATES.get(event, LIVE) and (kind, event, state) != ("item_change", "withdraw", "accepted"):
        early = event == "notify_cancellation" and state == "applied"  # R10
        return falls("notice_needs_a_contract" if early else f"not_in_{state}")
    if event in OBJECTED_TO and (why := _objection(line, part, entry, at)):
        return falls(why)
    if event in KEPT_AS:
        getattr(part, KEPT_AS[event]).append(entry)
        part.ends.clear()
    elif event == "accept":
        part.accepted = entry
    elif event == "receive_form":
        part.form_arrived = True
    elif event == "revoke_cancellation":
        line.ended = line.end(part, at)
        part.revoked.update(entry.notices or [notice.id for notice in part.standing])
        part.ends.clear()
    elif event in ("reject", "withdraw", "lift"):
        part.closed = entry
        for other in (*line.options.values(), *line.changes.values()) if kind == "contract" else ():
            if other.accepted is None and other.closed is None:  # applications made together with it end with it
                other.closed = entry
                line.follows.append(ClockStep(other.id, event, at, entry.id))
    elif event in ("amend", "change_delivery"):
        old, new = line.application.get("delivery") or {}, facts.get("delivery")
        if new is not None and event == "change_delivery":
            other_name = (old.get("custom_domain") or {}).get("name") != (new.get("custom_domain") or {}).get(
                "name"
            )
            opens = CONDITIONS if other_name else () if old.get("https") else ("certificate",)
            line.reopened |= dict.fromkeys(opens, at)
        line.apply_for(facts if new is None else {**facts, "delivery": {**old, **new}})
    if kind == "contract" and event in OF_PEOPLE:
        line.people.append(entry)
    return HOLDS


def _open(line: JudgedLine, entry: JudgedEntry, base: str | None, at: datetime) -> JudgedEffect:
    """An application, or a new measure."""
    kind = entry.kind
    if kind == "contract":
        if base is not None:
            return falls("applied_once")
        line.contract.id, line.contract.opened, line.application = entry.subject, entry, {}
        line.apply_for(entry.facts)
        line.people.append(entry)
        return HOLDS
    if base not in (IN_FORCE if kind == "measure" else LIVE):
        return falls("no_contract" if base is None else f"contract_{base}")
    if kind == "option" and any(line.state(other, at) in LIVE for other in line.options.values()):
        return falls("only_one_option")
    line.parts(kind)[entry.subject] = JudgedPart(entry.subject, kind, entry)
    return HOLDS


def _objection(line: JudgedLine, part: JudgedPart, entry: JudgedEntry, at: datetime) -> str:
    """Why an entry is invalid although the state of its subject allows it; "" if it is valid."""
    event, facts, day = entry.event, entry.facts, civil(entry.when)
    accepted = civil(part.accepted.when) if part.accepted else day
    if event == "accept" and part.kind == "item_change":
        return "accepted_before_effective" if facts["effective_on"] < day else ""  # R34
    if event == "accept":
        declared = line.application.get("declarations") or line.application
        named = ("administrator", "administrator_named")
        if not part.in_form:
            return "application_in_form"  # R44
        if part.kind == "option" and None in (facts.get("initial_fee_yen"), facts.get("monthly_fee_yen")):
            return "fees_quoted"  # R21
        if part.kind == "contract" and not (declared.get("laws_accepted") and declared.get("rights_cleared")):
            return "declarations"  # Art. 3(3), 3(4)
        if part.kind == "contract" and not any(
            any(map(one.facts.get, named)) or "administrator" in one.facts.get("people", ()) for one in line.people
        ):
            return "administrator"  # Art. 4(1)
    if event in ("accept", "reschedule_billing"):
        if event == "reschedule_billing" and line.begun(part, at):
            return "billing_not_begun"  # R33
        return "accepted_before_billing_start" if facts["billing_starts_on"] < accepted else ""  # R34
    if event == "set_fee" and (
        part.accepted is None or part.fees or part.accepted.facts.get("fee_yen") is not None
    ):
        return "fee_is_set" if part.accepted else f"not_in_{line.state(part, at)}"  # R22
    if event == "receive_form" and part.in_form:
        return "form_missing"  # R44
    if event == "revoke_cancellation":
        standing = {notice.id for notice in part.standing}
        return "" if standing and standing.issuperset(entry.notices) else "notice_stands"  # R13
    if event == "end_by_agreement" and facts["ends_on"] < accepted:
        return "end_after_acceptance"  # R38: any day from the acceptance on, also in the past
    if event == "end_by_company" and facts["ends_on"] < max(accepted, day):
        return "company_end_to_come"  # R31: the company cannot declare a past day
    return ""


# --- the clock, and the fold: entries at their places, its steps between them (R15, R16, R35 to R37)
Due = tuple[int, str, ClockStep]  # R15's rank, the subject, the step
Seen = Callable[[JudgedLine, JudgedEntry | ClockStep, datetime, JudgedEffect], None]


def due_steps(line: JudgedLine, at: datetime, done: Container[ClockStep] = ()) -> list[Due]:
    """The steps of the clock that are due by an instant, by the facts of that time, and not taken yet."""
    contract = line.contract
    if contract.accepted is None:
        return []
    found: list[tuple[int, str, str, datetime, str]] = []
    base = line.end(contract, at)
    for part in line.holders:
        if part.closed is not None:
            continue
        end, agreed = base if part is contract else line.end(part, at), line.agreed_start(part, at)
        if end is not None:  # an application for an option ends with the contract
            over = "reject" if agreed is None else "terminate"
            found.append((2 if part is contract else 1, part.id, over, end_of(end.on), end.entry))
        if agreed is not None:
            start = line.start(part, at)
            day: date = start or agreed.facts["billing_starts_on"]
            if (start or part is contract) and (end is None or end.on >= day):
                found.append((4, part.id, "start_billing" if start else "hold_billing", start_of(day), agreed.id))
    for change in line.changes.values():
        on = change.effective_on
        if change.closed is None and change.accepted and on is not None and (base is None or on <= base.on):
            found.append((3, change.id, "take_effect", start_of(on), change.accepted.id))
        elif change.closed is None and base is not None:
            found.append((3, change.id, "lapse", end_of(base.on), base.entry))
    for measure in line.measures.values():
        assert measure.opened is not None
        taken, lifted, ends_at = measure.opened, measure.closed, line.measure_ends(measure, at)
        starts_at: datetime = taken.facts["starts_at"]
        early = lifted is not None and line.places[lifted.id] < starts_at
        if not early and starts_at > moment(taken.when) and (ends_at is None or starts_at < ends_at):
            found.append((5, measure.id, "start", starts_at, taken.id))
        if lifted is None and ends_at is not None:
            by_end = base is not None and taken.facts.get("ends_at") != ends_at
            cause = base.entry if base is not None and by_end else taken.id
            found.append((5, measure.id, "end", max(ends_at, line.places[taken.id]), cause))
    due = [(one[0], one[1], ClockStep(*one[1:])) for one in found if one[3] <= at]
    return [one for one in due if one[2] not in done] if due else due


def first_conflict(line: JudgedLine, at: datetime, accepts: Iterable[JudgedEntry]) -> tuple[str, str] | None:
    """The entry that excludes another one, and the rule; None if there is no conflict (R17, R19).

    accepts: the acceptances, in legal order; of two that exclude each other the later one is invalid.
    """
    if line.contract.accepted is None or line.contract.closed is not None:
        return None
    turns, accepted = line.turns(at), {entry.subject: entry.id for entry in accepts if entry.event == "accept"}

    def later(*subjects: str | None) -> str:
        return [id_ for subject, id_ in accepted.items() if subject in subjects][-1]

    for before, turn in pairwise(turns):
        if turn.item == before.item or turn.on == before.on:
            return later(
                turn.change, before.change
            ), "another_item" if turn.item == before.item else "one_change_a_day"
    for option in line.options.values():
        start, end = line.start(option, at), line.end(option, at)
        if option.accepted is None or start is None or (end is not None and end.on < start):
            continue
        for turn, following in zip(turns, [*turns[1:], None], strict=True):
            lasts = following is None or following.on > start
            if turn.item != DRM_NEEDS and lasts and (end is None or turn.on <= end.on):
                return later(option.id, turn.change), "option_needs_premium"
    return None


def fold(
    entries: Iterable[JudgedEntry], until: datetime, seen: Seen | None = None
) -> tuple[JudgedLine, list[ClockStep], dict[str, str]]:
    """The line of all these entries at an instant, the clock's steps, and why some entries are invalid.

    Rules about the whole line (an option only on Premium days, each change to another item, a condition settled
    only by a valid entry) are checked on all of it first.
    """
    entries = [entry for entry in entries if entry.kind not in OFF_THE_LINE]
    placed = places(entries)
    ordered, excluded = in_legal_order(entries, placed), dict[str, str]()
    settling = {entry.id for entry in ordered if entry.event in SETTLES}
    while settling or any(entry.kind in ("option", "item_change") for entry in ordered):
        line, _, invalid = _run(ordered, placed, FAR, excluded, None)
        more = {id_: why for id_, why in invalid.items() if id_ in settling and id_ not in excluded}
        conflict = None if more else first_conflict(line, FAR, ordered)
        if not more and conflict is None:
            break
        excluded |= more or dict([conflict] if conflict else [])
    return _run(ordered, placed, until, excluded, seen)


def _run(
    ordered: Sequence[JudgedEntry], placed: dict[str, datetime], until: datetime, excluded: Mapping[str, str],
    seen: Seen | None,
) -> tuple[JudgedLine, list[ClockStep], dict[str, str]]:  # fmt: skip
    settling = [entry for entry in ordered if entry.event in SETTLES and entry.id not in excluded]
    line = JudgedLine(placed, [(entry.facts["condition"], placed[entry.id]) for entry in settling])
    steps, invalid = list[ClockStep](), dict[str, str]()

    def clock(at: datetime) -> None:  # takes the remaining steps up to an instant, in R15's order
        due = due_steps(line, at, steps)
        for _, _, step in sorted(due, key=in_turn) if len(due) > 1 else due:  # no step changes what else is due
            steps.append(step)
            if seen is not None:
                seen(line, step, step.at, HOLDS)

    for entry in ordered:
        at = placed[entry.id]
        if at > until:
            break
        clock(at)
        found = falls(excluded[entry.id]) if entry.id in excluded else admit(line, entry, at)
        if found.effect == "invalidated":
            invalid[entry.id] = found.why
        if seen is not None:
            seen(line, entry, at, found)
    clock(until)
    return line, steps, invalid


def in_turn(due: Due) -> tuple[datetime, int, str]:
    """R15: the steps due at one instant, by rank."""
    return due[2].at, due[0], due[1]


# --- rulings: rule, article, reading, day, days, yen; never the words ------------------------------
@lru_cache(maxsize=65_536)
def said(
    rule: str, on: date | None = None, days: int | None = None, yen: int | None = None, *,
    option: bool = False, article: str = "", reading: str = "",
) -> Said:  # fmt: skip
    """One ruling. article, reading: given if the fact decides them."""
    usual, *articles = RULES[rule]
    return rule, article or articles[-1 if option else 0], reading or usual, str(on) if on else None, days, yen


of_option = partial(said, option=True)


def reasons(line: JudgedLine, part: JudgedPart, at: datetime) -> list[Said]:
    """Why a contract or an option ends on its last day."""
    end, start, law = line.end(part, at), line.start(part, at), of_option if part.kind == "option" else said
    acts, own, found = [*part.agreements, *part.standing], line.own_end(part, start), list[Said]()
    if acts and own is not None:
        found = _alone(next(one for one in acts if one.id == own.entry), start, law)
        if len(acts) > 1:
            found.append(law("newest_agreement_decides" if part.agreements else "several_notices", own.on))
    if end is not None and end.decided_by == "base_contract":
        found.append(law("ends_with_base_contract", end.on, end.cut_days))
    return found


def _alone(entry: JudgedEntry, start: date | None, law: Callable[..., Said]) -> list[Said]:
    """The effect of one notice, one end by the company or one agreement alone."""
    if entry.event == "notify_cancellation":
        thirty, reading = civil(entry.when) + NOTICE_DAYS * DAY, "R8"
        on = max(thirty, entry.facts.get("chosen_on") or thirty)
        found = [law("notice_period", thirty), law("later_of_notice_and_chosen_day", on)]
    else:
        on, company = entry.facts["ends_on"], entry.event == "end_by_company"
        found, reading = [law("company_end" if company else "agreed_end", on)], "R31" if company else "R38"
    if start is None or on < start:
        return [*found, law("billing_never_starts", on)]
    missing = max(0, (term_last(start) - on).days)
    return [*found, law("minimum_term", term_last(start), missing or None, reading=reading if missing else "R8")]


def open_now(line: JudgedLine, at: datetime, *, before: bool = False) -> list[Said]:
    """The conditions that prevent the billing start. before: without those settled at that very instant."""
    if line.begun(line.contract, at) or line.state(line.contract, at) not in LIVE:
        return []
    names = line.unsettled(lambda settled: settled < at or (settled == at and not before))
    return [said("open_condition", article=CONDITIONS[name]) for name in names]


def standing(line: JudgedLine, part: JudgedPart, at: datetime) -> list[Said]:
    """The rulings behind the present derived days."""
    if part.accepted is None or line.end(part, at) is not None:
        return reasons(line, part, at) if part.accepted else []
    start = line.start(part, at)
    return [said("minimum_term", term_last(start), option=part.kind == "option")] if start else open_now(line, at)


def moved(line: JudgedLine, part: JudgedPart, at: datetime) -> list[Said]:
    """Why an option starts later than agreed, if it does (R17)."""
    agreed, base = line.agreed_start(part, at), line.start(line.contract, at)
    late = part.kind == "option" and agreed and base and agreed.facts["billing_starts_on"] < base
    return [said("option_starts_with_base", base)] if late else []


def starts(line: JudgedLine, part: JudgedPart, at: datetime) -> list[Said]:
    """The results of a billing start: the monthly fee, and the minimum term (Art. 2, 5(4), 7)."""
    start = line.start(part, at)
    if start is None or part.accepted is None:
        return open_now(line, at)
    if part is line.contract:
        fee = said("monthly_fee", start, None, MONTHLY[item_on(line.turns(at), civil(at))])
        return [fee, said("minimum_term", term_last(start))]
    agreed = [part.accepted, *sorted(part.fees, key=lambda one: civil(one.when))]
    yen = [one.facts["monthly_fee_yen"] for one in agreed if one.facts.get("from_on", start) <= start][-1]
    term = said("minimum_term", term_last(start), option=True)
    return [said("quoted_monthly_fee", start, None, yen), term, *moved(line, part, at)]


def in_force(day: date) -> list[Said]:
    """The version in force on a day; none before the first one (R32)."""
    return [said("terms_in_force", version) for version in VERSIONS if version <= day][-1:]


def rulings_of(line: JudgedLine, entry: JudgedEntry, at: datetime) -> list[Said]:
    """The rulings of an entry's row, with the entry on the line."""
    kind, event, facts, day = entry.kind, entry.event, entry.facts, civil(entry.when)
    law, part = of_option if kind == "option" else said, line.part(kind, entry.subject)
    if part is None or part.opened is None:
        return []
    if event == "apply":
        over = kind == "contract" and line.application.get("taken_over")
        return in_force(facts["received_on"]) + ([law("taken_over", facts["received_on"])] if over else [])
    if kind == "measure":
        rule = "measure_taken" if event == "take" else "measure_over"
        return [law(rule, article=MEASURES[part.opened.facts["measure"]])]
    if kind == "item_change":
        if event not in ("accept", "set_fee") or part.accepted is None:
            return []
        fee = law("one_off_fee", part.accepted.facts["accepted_on"], None, facts["fee_yen"])
        return [fee, law("item_changes", facts["effective_on"])] if event == "accept" else [fee]
    follows = standing(line, part, at) if event in FOLLOWED else []
    match event:
        case "accept" if kind == "option":
            return [law("quoted_initial_fee", facts["accepted_on"], None, facts["initial_fee_yen"]),
                    *starts(line, part, at)]  # fmt: skip
        case "accept":
            fee = law("initial_fee", facts["accepted_on"], None, INITIAL[item_on(line.turns(at), day)])
            return [fee, *starts(line, part, at)]
        case "reschedule_billing":
            return [*moved(line, part, at), *follows]
        case "notify_cancellation" | "end_by_agreement":
            end, start = line.end(part, at), line.start(part, at)
            if end is None or facts["keyed_on"] <= end.on:
                return follows
            days = max(0, (facts["keyed_on"] - max(end.on + DAY, start)).days) if start else 0
            rule = "arrival_counts" if event == "notify_cancellation" else "entered_after_the_end"
            return [*follows, law(rule, end.on, days)]
        case "revoke_cancellation":
            return [law("taken_back_with_consent", line.ended.on if line.ended else None), *follows]
        case "end_by_company":
            return [law("company_end", facts["ends_on"]), *follows]
        case "meet_condition" | "waive_condition":
            return [law("condition_settled", article=CONDITIONS[facts["condition"]]), *open_now(line, at)]
        case "change_delivery":
            return [law("delivery_changed"), *open_now(line, at)]
        case "succeed":
            companies = facts["ground"] in ("merger", "split")
            return [law("succession", day, article="Companies Act" if companies else "Civil Code")]
        case "change_fees":
            return [law("agreed_monthly_fee", facts["from_on"], None, facts["monthly_fee_yen"])]
        case "receive_form":
            return [law("form_arrived", facts["arrived_on"]), *in_force(facts["arrived_on"])]
        case "receive_informal_notice":
            return [law("notice_not_in_form")]
        case "change_administrator":
            return [law("administrator_changed")]
        case "change_particulars" | "amend" | "report_misuse":
            rules = {"change_particulars": "particulars_changed", "amend": "application_amended"}
            return [law(rules.get(event, "misuse_reported"), day)]
    return []


def clock_says(line: JudgedLine, step: ClockStep, row: Mapping[str, Any]) -> tuple[list[Said], dict[str, Any]]:
    """The rulings and the facts of a row of the clock."""
    event, at = step.event, max(step.at, line.places.get(step.cause, step.at))
    change, measure = line.changes.get(step.subject), line.measures.get(step.subject)
    if measure is not None and measure.opened is not None:
        rule, kind = ("measure_taken" if event == "start" else "measure_over"), measure.opened.facts["measure"]
        return [said(rule, article=MEASURES[kind])], {"measure": kind}
    part = line.part("contract" if step.subject == line.contract.id else "option", step.subject) or line.contract
    start, end = line.start(part, at), line.end(part, at)
    if event == "lapse":
        return [said("contract_over", end.on if end else None)], {}
    if event in ("take_effect", "change_item"):
        day, turns = day_of(step.at), line.turns(at)
        asked = change.opened.facts["item"] if change is not None and change.opened else row["facts"]["item"]
        former = {"former_item": item_on(turns, day - DAY)} if event == "take_effect" else {}
        return [said("item_changes", day)], {"item": asked, "effective_on": str(day), **former}
    if event == "start_billing":
        return starts(line, part, at), {"billing_starts_on": str(start)}
    if event == "hold_billing":
        found = open_now(line, step.at, before=True)
        open_ = [name for name, place in CONDITIONS.items() if place in {one[1] for one in found}]
        return found, {"billing_starts_on": str(day_of(step.at)), "conditions": open_}
    assert end is not None
    if event == "reject":
        return [said("option_needs_accepted_contract", end.on)], {}
    term = str(term_last(start)) if start is not None and start <= end.on else None
    facts = {"terminated_on": str(end.on), "decided_by": end.decided_by, "minimum_term_ends_on": term,
             "billing_starts_on": str(start) if start else None}  # fmt: skip
    return reasons(line, part, at), facts | (
        {"minimum_term_cut_days": end.cut_days} if part.kind == "option" else {}
    )


# --- what an outage earns a contract (Annex 2, R25 to R27) ----------------------------------------
@dataclass(slots=True)
class JudgedCredit:
    """The known facts of an outage for one contract. cause: the outage. claims: instant and row of each."""

    id: str
    cause: str
    known_at: datetime
    attributable: bool | None
    recovered_at: datetime | None = None
    annulled: bool = False
    claims: list[tuple[datetime, str]] = field(default_factory=list)


class Earned(NamedTuple):
    """The result of an outage by an instant. path: events of the clock, and the claim, with their instants."""

    path: tuple[tuple[str, datetime], ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    units: int = 0
    yen: int = 0
    first: date | None = None
    last: date | None = None


def earned(
    line: JudgedLine, credits: Iterable[JudgedCredit], credit: JudgedCredit, at: datetime, until: datetime
) -> Earned:
    """The result of an outage. at: whose line counts; until: up to when a continuing outage is counted."""
    if credit.annulled:
        return Earned()
    start, end = line.start(line.contract, at), line.end(line.contract, at)
    known, over, recovered = credit.known_at, end_of(end.on) if end else FAR, credit.recovered_at or FAR
    for other in sorted(
        credits, key=lambda one: one.id
    ):  # R26: covered hours count for the outage that was known first
        both = credit.attributable and other.attributable and not other.annulled
        if both and (other.known_at, other.id) < (credit.known_at, credit.id):
            known = max(known, other.recovered_at or FAR)
    ends, since = min(recovered, over, until), None
    if start is not None and (end is None or end.on >= start) and max(known, start_of(start)) < ends:
        since = max(known, start_of(start))
    refused = (("refuse", max(since, credit.known_at)),) if since and credit.attributable is False else ()
    if since is None or since + UNIT > ends:
        last_moment = min(recovered, max(credit.known_at, over))
        short = last_moment < FAR and last_moment <= until
        return Earned(refused or ((("refuse", last_moment),) if short else ()), since, ends if since else None)
    first = day_of(since + UNIT)
    last = term_last(first + DAY, CLAIM_MONTHS)
    units, yen = priced(line, since, ends, at) if ends < FAR else (0, 0)
    amounts = (since, ends, units, yen, first, last)
    if credit.attributable is not True:
        return Earned(refused, *amounts)
    path = [("become_claimable", since + UNIT)]
    claimed = min(credit.claims)[0] if credit.claims else None
    if claimed is None or not start_of(first) <= claimed < end_of(last):
        path.append(("lapse", end_of(last)))
    else:
        path.append(("claim", max(claimed, since + UNIT)))
        if (ended := min(recovered, over)) < FAR:
            day = max(day_of(claimed), day_of(ended - MOMENT))
            path.append(("credit", start_of(date(day.year + day.month // 12, day.month % 12 + 1, 1))))
    return Earned(tuple(one for one in path if one[1] <= until), *amounts)


def priced(line: JudgedLine, since: datetime, until: datetime, at: datetime) -> tuple[int, int]:
    """Whole units of 24 hours, and yen: a thirtieth of the base fee for each, by the item of its first day."""
    units, turns = max(0, (until - since) // UNIT), line.turns(at)
    fees = [MONTHLY[item_on(turns, day_of(since + k * UNIT))] for k in range(units)]
    return units, sum((Fraction(fee, FEE_DIVISOR) for fee in fees), Fraction(0)).__floor__()


# --- rows, as the judge reads them ----------------------------------------------------------------
class Unjust(Exception):
    """A row that does not follow from the terms. line: its line in the export."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line


class NotJudged(Exception):
    """A row of an older format, of another service or under terms with other values: not judged."""


def is_known(content: Mapping[str, Any]) -> bool:
    """Whether an edition of the terms has the values of this judge."""
    try:
        terms, credit = content["binding"], content["binding"]["credit"]
        fees = {name: (one["initial_fee_yen"], one["monthly_fee_yen"]) for name, one in terms["items"].items()}
        months = terms["minimum_term_months"], terms["option_minimum_term_months"], credit["claim_months"]
        values = terms["notice_days"], terms["option_item"], credit["unit_hours"], credit["fee_divisor"]
        return bool(
            date.fromisoformat(content["version"]) in VERSIONS
            and (terms.get("announced_on") or "") < content["version"]
            and fees == {name: (INITIAL[name], MONTHLY[name]) for name in INITIAL}
            and (months, values) == ((1, 1, CLAIM_MONTHS), (NOTICE_DAYS, DRM_NEEDS, UNIT_HOURS, FEE_DIVISOR))
            and SETTINGS.items() <= terms["settings"].items()
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return False


def when_of(facts: Mapping[str, Any], at: datetime) -> date | datetime:
    """A day if only the day is known, else the instant."""
    exact = at != start_of(day_of(at)) or any(name in INSTANTS and facts[name] is not None for name in facts)
    return at if exact else day_of(at)


def values_of(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts with days and instants instead of their texts."""
    found = dict(facts)
    for name, value in facts.items():
        if value.__class__ is str and name[-3:] in ("_on", "_at"):
            found[name] = date.fromisoformat(value) if name[-3:] == "_on" else datetime.fromisoformat(value)
    return found


def step_of(row: Row) -> ClockStep:
    """The step of a row of the clock."""
    return ClockStep(row["subject"], row["event"], datetime.fromisoformat(row["effective_at"]), row["caused_by"])


def id_of(row: Row) -> str:
    """The id of a row: its subject, and its number in the chain."""
    return f"{row['subject']}.{row['seq']}"


def rulings_in(row: Row, known: Mapping[str, list[Said]]) -> list[Said]:
    """The rulings of a row. known: by the id of a row its rulings, to which later rows of its chain may refer."""
    return [
        (one["rule"], one["article"], one["reading"], one.get("on"), one.get("days"), one.get("amount_yen"))
        if one.__class__ is not str
        else _repeated(row["subject"], one, known)
        for one in row["rulings"]
    ]


def _repeated(subject: str, text: str, known: Mapping[str, list[Said]]) -> Said:
    """The ruling that a text refers to: it names the earlier row, the position there, and the reading.

    Without one, something that no rule concludes.
    """
    place, reading = text.split(" ")[:2]
    seq, number = place.split(".")
    found = known.get(f"{subject}.{seq}", [])[int(number) :][:1]
    return found[0] if found and found[0][2] == reading else ("nothing before:", text, reading, None, None, None)


# --- the rows of one contract: each is compared with what follows from those before ----------------
@dataclass(slots=True)
class JudgedContract:
    """One contract up to the rows read so far. clock: the valid steps of the clock, by their rows' ids.

    said: the rulings of each row, by its id; same: each distinct ruling once. batch: rows of one act about the
    past; they are judged together after the act.
    """

    id: str
    same: dict[Said, Said] = field(default_factory=dict)
    said: dict[str, list[Said]] = field(default_factory=dict)
    line: JudgedLine = field(default_factory=JudgedLine)
    entries: dict[str, JudgedEntry] = field(default_factory=dict)
    clock: dict[ClockStep, str] = field(default_factory=dict)
    facts: dict[ClockStep, Mapping[str, Any]] = field(default_factory=dict)  # of the newest row of each step
    credits: dict[str, JudgedCredit] = field(default_factory=dict)
    batch: list[tuple[Row, int]] = field(default_factory=list)
    n: int = 0
    last: datetime = BEGINNING
    reached: datetime = BEGINNING  # the instant up to which the clock has fired
    acted: datetime | None = None  # the last entry of a person: the clock has fired everything due by then
    at_line: int = 0

    def add(self, row: Row, number: int) -> None:
        """Add the next row of the contract or a part of it. Raises Unjust, NotJudged."""
        recorded, beside = datetime.fromisoformat(row["recorded_at"]), row["event"] in NOTES
        beside = beside or row["kind"] in ("usage", "erasure")
        if self.batch and (recorded != self.last or "line" not in row or self._new_act(row)):
            self.settle()
        self.last, self.at_line = recorded, number
        if row["rulings"]:
            self.said[id_of(row)] = [self.same.setdefault(one, one) for one in rulings_in(row, self.said)]
        if row["actor"] != CLOCK and not beside:
            self.acted = recorded
        if "line" in row:
            self.batch.append((row, number))
        elif beside:
            return
        elif row["kind"] == "credit":
            self._credit(row, number)
        elif row["actor"] == CLOCK or self._follows(row):
            self._fired(row, number)
        else:
            self._entered(row, number)

    def _follows(self, row: Row) -> bool:
        """Whether a row followed immediately from another row of the contract."""
        own, line = (row["caused_by"] or "").rpartition(".")[0], self.line
        return own == self.id or own in line.options or own in line.changes or own in line.measures

    def _entered(self, row: Row, number: int) -> None:
        """An entry in time: its place is after everything recorded."""
        line, entry = self.line, self._entry(row)
        at, base = earliest(entry), line.contract.opened
        if base is not None and wished(entry):
            at = max(at, line.places[base.id])
        until = min(at, entry.recorded or at)
        for _, _, step in self._pending(until):
            raise Unjust(number, f"before it {step}")
        line.places[entry.id], self.reached = at, max(self.reached, at)
        if entry.event in SETTLES:
            line.settled.append((entry.facts["condition"], at))
        found = admit(line, entry, at)
        if found.effect != "in_force":
            raise Unjust(number, f"the terms do not let {entry.id} ({entry.event}) stand here: {found.why}")
        self.entries[entry.id] = entry
        if (line.changes or line.options) and entry.kind != "measure":
            conflict = first_conflict(line, FAR, self.entries.values())
            if conflict is not None:
                raise Unjust(number, f"{entry.id} does not hold beside the others: {conflict[1]}")
        self._entered_as(row, number, entry, at, line, self.clock)

    def _entered_as(
        self, row: Row, number: int, entry: JudgedEntry, at: datetime, line: JudgedLine, done: Container[ClockStep]
    ) -> None:
        """Compare an entry's row, after the given steps of the clock."""
        late = due_steps(line, at, done)
        line.unheld = any(step.event == "hold_billing" for _, _, step in late)
        self._compare(row, number, rulings_of(line, entry, at))
        line.unheld = False
        to = _state_by(line, entry.kind, entry.subject, at, late)
        if entry.event in ("accept", "take"):
            planned = entry.event == "take" and entry.facts["starts_at"] > moment(entry.when)
            to = "accepted" if entry.event == "accept" else "planned" if planned else "in_force"
        self._comes_to(row, number, to)

    def _fired(self, row: Row, number: int) -> None:
        """Compare a row of the clock, or one that followed: the next due step."""
        step, at = step_of(row), row["effective_at"]
        if row["event"] == "change_item" or row["actor"] != CLOCK:
            effect = next((one for one, id_ in self.clock.items() if id_ == step.cause), None)
            item = effect is not None and (effect.event, effect.at) == ("take_effect", step.at)
            if not (item if row["event"] == "change_item" else step in self.line.follows):
                raise Unjust(number, f"nothing leads to {step.event} of {step.subject} at {at}")
        else:
            due = self._pending(step.at)
            first = min(due, key=in_turn)[2] if due else None
            if first is None or first[:3] != step[:3]:
                raise Unjust(number, f"before {step.event} of {step.subject} at {at} {first or 'nothing is due'}")
            if row["due_at"] != at:
                raise Unjust(number, f"it is due at {row['due_at']} and fired as of {at}")
            if first != step:
                raise Unjust(number, f"it follows from {first.cause}, not from {step.cause}")
        self.clock[step], self.facts[step] = id_of(row), row["facts"]
        self.reached = max(self.reached, step.at)
        self._says(row, number, step, self.line)
        late = self._pending(step.at)
        self._comes_to(row, number, _state_by(self.line, row["kind"], step.subject, step.at, late))

    def _says(self, row: Row, number: int, step: ClockStep, line: JudgedLine) -> None:
        """Compare rulings and facts of a row of the clock."""
        self._compare(row, number, *(([], {}) if step in line.follows else clock_says(line, step, row)))

    def _pending(self, at: datetime) -> list[Due]:
        """The clock's due steps that are not taken, by the facts at an instant."""
        steps = due_steps(self.line, at, self.clock)
        more = list(self.line.follows)
        if self.line.changes:
            effects = [(step.at, id_) for step, id_ in self.clock.items() if step.event == "take_effect"]
            more += [ClockStep(self.id, "change_item", then, id_) for then, id_ in effects]
        return steps + [(0, "", step) for step in more if step.at <= at and step not in self.clock]

    def _comes_to(self, row: Row, number: int, state: str | None) -> None:
        """Compare the state after a row in time; for a row about the past, that of its own step, if it has one."""
        found = row["line"].get("to", state) if "line" in row else row["to_state"]
        if found != state:
            raise Unjust(number, f"{row['subject']} comes to {state} by it, not to {found}")

    def _compare(self, row: Row, number: int, rulings: list[Said], facts: Mapping[str, Any] | None = None) -> None:
        for name, value in (facts or {}).items():
            if name not in row["facts"]:
                raise NotJudged(f"{row['event']} without {name}")
            if row["facts"][name] != value:
                raise Unjust(number, f"its {name} is {value}, not {row['facts'][name]}")
        found = self.said.get(id_of(row), [])
        for mine, theirs in zip([*rulings, None], [*found, None], strict=False) if found != rulings else ():
            if mine != theirs:
                raise Unjust(number, f"its ruling is {_words(mine)}, not {_words(theirs)}")

    def _entry(self, row: Row) -> JudgedEntry:
        """The entry of a person's row."""
        self.n += 1
        facts, recorded = values_of(row["facts"]), datetime.fromisoformat(row["recorded_at"])
        when = when_of(facts, datetime.fromisoformat(row["effective_at"]))
        entry = JudgedEntry(id_of(row), row["kind"], row["subject"], row["event"], when, facts, self.n, recorded)
        if entry.event == "revoke_cancellation" and not entry.notices:  # all that stand when it is entered
            part = self.line.part(entry.kind, entry.subject)
            entry = entry.but(notices=[notice.id for notice in part.standing] if part else [])
        return entry

    # --- credits ---
    def _credit(self, row: Row, number: int) -> None:
        """A row of a credit in time."""
        event, id_, at = row["event"], row["subject"], datetime.fromisoformat(row["effective_at"])
        self.reached = max(self.reached, min(at, self.last))
        if row["actor"] == CLOCK:
            step = step_of(row)
            if (event, at) not in self._earned(id_, FAR).path or step in self.clock:
                raise Unjust(number, f"{id_} does not come to {event} at {row['effective_at']}")
            self.clock[step], self.facts[step] = id_of(row), row["facts"]
            self._credit_fired(row, number, self._earned(id_, at))
        else:
            if event == "claim":
                found, claimed = self._earned(id_, self.last), values_of(row["facts"])["claimed_at"]
                window = found.first and found.last and start_of(found.first) <= claimed < end_of(found.last)
                if not window or self.credits[id_].claims:
                    raise Unjust(number, f"{id_} cannot be claimed on {day_of(claimed)}")
            self._known(row)
        self._compare(row, number, self._credit_rulings(id_, self.last, refused=row["to_state"] == "refused"))

    def _known(self, row: Row) -> None:
        """Record the facts of an outage or a claim in a row."""
        facts, event, id_ = values_of(row["facts"]), row["event"], row["subject"]
        if event == "open":
            known = facts["known_at"], facts["attributable"], facts.get("recovered_at")
            self.credits[id_] = JudgedCredit(id_, f"{facts['outage_id']}.1", *known, bool(facts.get("annulled")))
        elif event == "claim":
            self.credits[id_].claims.append((facts["claimed_at"], id_of(row)))
        elif event == "recover":
            self.credits[id_].recovered_at = facts["recovered_at"]
        elif event == "attribute":
            self.credits[id_].attributable = facts["attributable"]

    def _earned(self, id_: str, until: datetime) -> Earned:
        return earned(self.line, self.credits.values(), self.credits[id_], self.reached, until)

    def _credit_fired(self, row: Row, number: int, found: Earned) -> None:
        """Compare cause and facts of a row of the clock about a credit."""
        credit = self.credits[row["subject"]]
        late = row["event"] != "become_claimable" and credit.claims
        cause = min(credit.claims)[1] if late else credit.cause
        if row["caused_by"] != cause:
            raise Unjust(number, f"it follows from {cause}, not from {row['caused_by']}")
        if wrong := wrong_fact(found, row["facts"]):
            raise Unjust(number, wrong)

    def _credit_rulings(self, id_: str, now: datetime, *, refused: bool) -> list[Said]:
        credit, whole, found = self.credits[id_], self._earned(id_, FAR), self._earned(id_, now)
        if refused:
            return [said("own_fault" if credit.attributable is False else "outage_too_short")]
        if whole.first is None or found.since is None or found.until is None:
            return []
        over = credit.recovered_at is not None or any(step[:2] == (self.id, "terminate") for step in self.clock)
        amount = priced(self.line, found.since, found.until, self.reached) if over and whole.units else None
        window = said("claim_window", whole.last)
        return [said("outage_credit", None, *amount), window] if amount else [window]

    def _paths(self, id_: str) -> tuple[list[ClockStep], list[ClockStep]]:
        """The clock's steps for outages that have no row, and the superfluous ones."""
        cause, mine = self.credits[id_].cause, {step[1:3] for step in self.clock if step.subject == id_}
        path = {one for one in self._earned(id_, FAR).path if one[0] != "claim"}
        return [ClockStep(id_, *one, cause) for one in sorted(path - mine)], [
            ClockStep(id_, *one, cause) for one in sorted(mine - path)
        ]

    def to_come(self) -> list[ClockStep]:
        """The future steps of the clock, by the present facts."""
        steps = [step for _, _, step in self._pending(FAR)]
        return steps + [step for id_ in self.credits for step in self._paths(id_)[0]]

    def check_credits(self, until: datetime, number: int) -> None:
        """Check that the clock has taken every step of every credit that is due by an instant, and no other."""
        for id_ in self.credits:
            missing, wrong = self._paths(id_)
            for step in missing:
                if step.at < until:
                    raise Unjust(number, f"no row that stands says that {step}")
            for step in wrong:
                raise Unjust(number, f"a row stands, and nothing leads to it: {step}")
            for step, row in self.clock.items():
                if step.subject == id_ and (why := wrong_fact(self._earned(id_, step.at), self.facts[step])):
                    raise Unjust(number, f"{row} stands, and {why}")

    # --- rows about the past: judged by the fold of all that then stands ---
    def _new_act(self, row: Row) -> bool:
        """Whether a row starts another act about the past, at the very instant of the previous one."""
        return not _is_head(self.batch[-1][0]) and _is_head(row)

    def settle(self) -> None:
        """Judge the rows of a finished act about the past."""
        batch, self.batch = self.batch, []
        self._settle_acts(batch)

    def _settle_acts(self, batch: Sequence[tuple[Row, int]]) -> None:
        """Judge the first act, as long as possible, then the rest.

        Several entries of one instant may be one act or several: one of these must follow from the terms.
        """
        heads = [n for n, (row, _) in enumerate(batch) if _is_head(row)]
        ends, first = [*heads[1:], len(batch)], None
        if len(ends) == 1:
            return self._settle(batch)
        for end in reversed(ends if len(ends) <= MOST else [ends[0], ends[-1]]):
            kept = dict(self.entries), dict(self.clock), dict(self.facts), self.n
            credits = {id_: replace(credit, claims=[*credit.claims]) for id_, credit in self.credits.items()}
            try:
                self._settle(batch[:end])
                return self._settle_acts(batch[end:]) if end < len(batch) else None
            except Unjust as why:
                first = first or why
                (self.entries, self.clock, self.facts, self.n), self.credits = kept, credits
        raise first or Unjust(batch[0][1], "it belongs to no act")

    def _settle(self, batch: Sequence[tuple[Row, int]]) -> None:
        """Compare the batch's rows with the fold of all entries that are now valid."""
        for row, number in batch:
            self._take(row, number)
        heads = {id_of(row): (row, n) for row, n in batch if "brought_by" not in row["line"]}
        heads |= {row["facts"]["entry"]: (row, n) for row, n in batch if row["event"] == "correct_entry"}
        added = {step_of(row): (row, n) for row, n in batch if "brought_by" in row["line"]}
        number, expected, compared = batch[0][1], set[ClockStep](), set[int]()

        def follow(line: JudgedLine, step: ClockStep) -> None:
            expected.add(step)
            if step in added:
                row, n = added[step]
                self._says(row, n, step, line)
                at = max(step.at, line.places.get(step.cause, step.at))
                late = due_steps(line, at, expected)
                self._comes_to(row, n, _state_by(line, row["kind"], step.subject, at, late))
            elif step in self.clock and step not in line.follows:
                for name, value in clock_says(line, step, {"facts": self.facts[step]})[1].items():
                    if self.facts[step].get(name) != value:
                        raise Unjust(number, f"{self.clock[step]} stands, and its {name} is {value}")

        def seen(line: JudgedLine, step: JudgedEntry | ClockStep, at: datetime, found: JudgedEffect) -> None:
            if isinstance(step, ClockStep):
                follow(line, step)
                if step.event == "take_effect" and step in self.clock:
                    follow(line, ClockStep(line.contract.id, "change_item", at, self.clock[step]))
            elif step.id in heads:
                row, n = heads[step.id]
                if found.effect == "invalidated":
                    raise Unjust(n, f"the terms do not let {step.id} ({step.event}) stand here: {found.why}")
                if found.effect == "in_force" and not ("to" not in row["line"] and self._overtaken(step)):
                    self._entered_as(row, n, step, at, line, expected)
                    compared.add(n)

        self.line, _, invalid = fold(self.entries.values(), self.last, seen)
        self.reached = self.last
        for step in self.line.follows:
            follow(self.line, step)
        for step in sorted(expected - self.clock.keys()):
            raise Unjust(number, f"no row that stands says that {step} by {step.cause}")
        for step, id_ in self.clock.items():
            if step not in expected and step.subject not in self.credits:
                raise Unjust(number, f"{id_} stands, and nothing leads to {step.event} of {step.subject}")
        self.check_credits(self.last, number)
        for row, n in batch:
            if row["kind"] == "credit" and "brought_by" in row["line"]:
                self._credit_fired(row, n, self._earned(row["subject"], step_of(row).at))
                refused = row["event"] == "refuse"
                found = self._credit_rulings(row["subject"], self.last, refused=True) if refused else []
                self._compare(row, n, found)
        for row, n in batch:
            if n not in compared and "brought_by" not in row["line"]:
                self._compare(row, n, [])
            if row["kind"] in KINDS[:4] and not invalid:
                part = self.line.part(row["kind"], row["subject"])
                state = self.line.state(part, self.last) if part else VOID.get(row["kind"])
                if row["to_state"] != state:
                    raise Unjust(n, f"{row['subject']} is {state} after it, not {row['to_state']}")

    def _take(self, row: Row, number: int) -> None:
        """Record the changes of a row about the past; the contract is judged again after the act."""
        line, event, facts, credit = row["line"], row["event"], row["facts"], row["kind"] == "credit"
        gone = {f"{row['subject']}.{seq}" for seq in line.get("supersedes", ())}
        self.clock = {step: id_ for step, id_ in self.clock.items() if id_ not in gone} if gone else self.clock
        if event in RESTATING:
            return
        if event == "correct_entry":
            entry, values = self.entries.get(facts["entry"]), values_of(facts["facts"])
            if entry is not None:
                at = datetime.fromisoformat(facts["at"]) if facts.get("at") else moment(entry.when)
                merged = entry.but(**values)
                self.entries[entry.id] = merged.but(when=when_of(merged.facts, at))
            elif credit:
                self._correct_credit(facts["entry"], values)
        elif event == "annul_entry":
            for id_ in facts["entries"]:
                self.entries.pop(id_, None)
                if (known := self.credits.get(id_.rpartition(".")[0])) is not None:
                    known.annulled = known.annulled or id_.endswith(".1")
                    known.claims = [one for one in known.claims if one[1] != id_]
        elif "brought_by" in line:
            if (step := step_of(row)) in self.clock:
                raise Unjust(number, f"{self.clock[step]} stands and says the same step")
            self.clock[step], self.facts[step] = id_of(row), facts
        elif credit:
            self._known(row)
        else:
            entry = self._entry(row)
            self.entries[entry.id] = entry

    def _correct_credit(self, entry: str, values: Mapping[str, Any]) -> None:
        """A correction of the facts of an outage, or of the day of a claim."""
        credit = self.credits[entry.rpartition(".")[0]]
        for name in ("known_at", "annulled", "attributable", "recovered_at"):
            setattr(credit, name, values.get(name, getattr(credit, name)))
        credit.claims = [(values.get("claimed_at", at) if id_ == entry else at, id_) for at, id_ in credit.claims]

    def _overtaken(self, entry: JudgedEntry) -> bool:
        """Whether a newer agreement has an earlier place: then the entry has no step of its own."""
        others = [one for one in self.entries.values() if (one.event, one.subject) == (entry.event, entry.subject)]
        return entry.event == "reschedule_billing" and any(one.agreed > entry.agreed for one in others)


RESTATING = ("restate", "resettle")  # rows of a person without a new entry
MOST = 6  # maximum number of entries of one instant that are tried as acts of any length


def _words(ruling: Said | None) -> str:
    return " ".join(str(one) for one in ruling or ("none",) if one is not None)


def _is_head(row: Row) -> bool:
    """Whether an act about the past can start with a row."""
    return "brought_by" not in row["line"] and row["event"] != "restate"


def _state_by(line: JudgedLine, kind: str, subject: str, at: datetime, late: Iterable[Due]) -> str | None:
    """The state of a subject at an instant. late: due steps that the clock has not taken by then."""
    part = line.part(kind, subject)
    return (
        line.state(part, at - MOMENT if any(one[2].subject == subject for one in late) else at) if part else None
    )


def wrong_fact(found: Earned, facts: Mapping[str, Any]) -> str | None:
    """The first fact of a credit's row that differs from the result of the outage; None if all agree."""
    values = values_of(facts)
    given = datetime.fromisoformat(values["since"]) if values["since"] else None
    mine = {
        "units": found.units,
        "amount_yen": found.yen,
        "claimable_on": found.first,
        "last_claim_on": found.last,
    }
    wrong = [(name, value, values[name]) for name, value in mine.items() if values[name] != value]
    wrong += [("since", found.since, given)] if given != found.since else []
    return f"its {wrong[0][0]} is {wrong[0][1]}, not {wrong[0][2]}" if wrong else None


# --- the export -----------------------------------------------------------------------------------
@dataclass(slots=True)
class Judge:
    """Judges the rows of an export in their order. skipped: why contracts were not judged, with their number."""

    contracts: dict[str, JudgedContract] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    other_terms: set[str] = field(default_factory=set)  # editions with other values than this judge's
    late_terms: bool = False  # a version was announced on its first day or later (R42)
    gaps: set[str] = field(default_factory=set)  # subjects with archived rows
    skipped: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    same: dict[Said, Said] = field(default_factory=dict)  # each distinct ruling is stored once
    newest: datetime = BEGINNING
    overdue: list[str] = field(default_factory=list)
    judged: int = 0

    def add(self, row: Row, line: int) -> None:
        """Judge the next row. Raises Unjust."""
        subject, kind, facts = row["subject"], row["kind"], row["facts"]
        if kind in OF_THE_SERVICE:
            if kind == "edition" and "content" in facts and not is_known(facts["content"]):
                self.other_terms.add(facts["edition"])
            late = kind == "edition" and facts.get("announced_on", "") >= facts.get("version", "9")
            self.late_terms = self.late_terms or late
            return
        if kind == "outage":
            known = row["event"] == "open" and day_of(datetime.fromisoformat(facts["known_at"]))
            if known and rulings_in(row, {}) != [said("outage_known", known)]:
                raise Unjust(line, "its ruling is not the day on which the company knew")
            self.judged += 1
            return
        if subject not in self.owners or (kind == "credit" and row["event"] == "open"):
            self.owners[subject] = subject if kind == "contract" else str(facts.get("contract_id", subject))
        owner = self.owners[subject]
        if owner in self.left_out:
            self.left_out[owner] += 1
            return
        if (contract := self.contracts.get(owner)) is None:
            contract = self.contracts[owner] = JudgedContract(owner, self.same)
        try:
            if reason := self._not_judged(row):
                raise NotJudged(reason)
            contract.add(row, line)
        except (NotJudged, KeyError, TypeError, ValueError, AttributeError, AssertionError) as why:
            reason = str(why) if isinstance(why, NotJudged) else f"{row['event']} in an older form"
            self.left_out[owner], self.skipped[reason] = 1, self.skipped.get(reason, 0) + 1
            del self.contracts[owner]
            return
        self.judged, self.newest = self.judged + 1, max(self.newest, contract.last)

    def _not_judged(self, row: Row) -> str:
        """Why a row's contract is not judged; "" if it is."""
        if row["event"] == "archive_history" and row["subject"] in self.gaps:
            return "archived"
        if row["facts"].get("service", SERVICE) != SERVICE:
            return "another service"
        if row.get("edition") in self.other_terms:
            return "terms with other values"
        return "terms made known late" if self.late_terms else ""

    def over(self) -> None:
        """Finish after the last row: judge open acts, and check that no step of the clock is missing. Raises
        Unjust.
        """
        for contract in self.contracts.values():
            if contract.batch:
                contract.settle()
            until = contract.acted or FAR
            contract.check_credits(until, contract.at_line)
            for step in contract.to_come():
                if step.at < until:
                    raise Unjust(contract.at_line, f"no row says that {step}")
                if step.at < self.newest:
                    self.overdue.append(f"no row says yet that {step}")

    def says(self) -> str:
        """What was judged, if everything follows from the terms."""
        told = [f"Judged / 判定: {self.judged:,} rows follow from the terms."]
        rows, late = sum(self.left_out.values()), len(self.overdue)
        if rows:
            why = "; ".join(f"{reason}: {number:,} contracts" for reason, number in sorted(self.skipped.items()))
            told.append(f"Not judged / 判定対象外: {rows:,} rows of {len(self.left_out):,} contracts ({why}).")
        if late:
            told.append(f"Overdue / 未実行: {late:,} steps of the clock; the first: {self.overdue[0]}.")
        return "\n".join(told)
