"""The neutral shape of an entry: one thing that people know of a contract's life, and its place in legal order.

Who enters it, when it is entered and in which order says nothing about the law: `when` does. The names of
events and facts are those of the API's bodies; `body()` gives the body.

kind, event           when              facts
contract
  apply               received          item, declarations, administrator, customer, delivery, billed_until
  amend               on                any of these, before acceptance
  accept              accepted          billing_starts_on
  reject, withdraw    rejected, withdrawn
  reschedule_billing  agreed            billing_starts_on
  meet_condition      met               condition (domain, dns, certificate)
  waive_condition     met               condition
  notify_cancellation arrived           chosen_on or None
  revoke_cancellation agreed            notice: the id of the entry taken back, never None
  end_by_company      declared          ends_on, ground
  end_by_agreement    agreed            ends_on, owed_yen or None
  change_administrator on               administrator
  change_particulars  on                customer: what changes
  succeed             on                ground, consented_on, customer, administrator
  report_misuse       found             instruction
option                                  as the contract's: apply, accept, reject, withdraw, reschedule_billing,
                                        notify_cancellation, revoke_cancellation; besides
  accept              accepted          also initial_fee_yen, monthly_fee_yen
  change_fees         agreed            monthly_fee_yen, from_on
item_change
  apply               received          item
  accept              accepted          effective_on, fee_yen or None
  reject, withdraw    rejected, withdrawn
  set_fee             agreed            fee_yen
measure
  take                taken             kind, ground, notified, starts_at, ends_at or None
  lift                lifted_at
usage                                   subject: the month
  record              recorded          any of transcode_hours, storage_gb, delivery_gb, live_hours; None clears
outage
  open                known_at          source, attributable, contracts ("all" or whether it names this one)
  recover             recovered_at
  attribute           found             attributable
credit                                  subject: the outage's
  claim               claimed
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from tests.oracle.days import civil, end_of, moment, start_of

MOMENT = timedelta(microseconds=1)
CONTRACT = "contract"  # the subject of the contract's own entries: a life is about one contract

WHEN = {
    "apply": "received", "accept": "accepted", "reject": "rejected", "withdraw": "withdrawn",
    "reschedule_billing": "agreed", "revoke_cancellation": "agreed", "end_by_agreement": "agreed",
    "change_fees": "agreed", "set_fee": "agreed", "notify_cancellation": "arrived", "end_by_company": "declared",
    "meet_condition": "met", "waive_condition": "met", "report_misuse": "found", "claim": "claimed",
    "open": "known", "recover": "recovered", "lift": "lifted",
}  # fmt: skip
ON = frozenset(("amend", "change_administrator", "change_particulars", "succeed"))  # their day is called `on`
UNNAMED = frozenset(("take", "record", "attribute"))  # their instant is in no body: the moment of entry


@dataclass(frozen=True)
class Entry:
    """A fact as people know it.

    id: names it in other entries and in what the oracle answers. when: a date where only the day is known, an
    instant with an offset otherwise. n: decides only between two settings agreed at one and the same moment.
    """

    id: str
    kind: str
    subject: str
    event: str
    when: date | datetime
    facts: Mapping[str, Any] = field(default_factory=dict)
    n: int = 0

    @property
    def agreed(self) -> tuple[datetime, int]:
        """Orders settings: the newest agreement wins, however far back it reaches."""
        return moment(self.when), self.n

    def but(self, **changes: Any) -> "Entry":
        """The same entry with other facts, or at another time (`when`)."""
        when = changes.pop("when", self.when)
        return replace(self, when=when, facts={**self.facts, **changes})


def body(entry: Entry) -> dict[str, Any]:
    """The body of the request that makes this entry: its facts and its day or instant, as JSON takes them."""
    facts = {name: _text(value) for name, value in entry.facts.items()}
    if entry.event in ON:
        return facts | {"on": civil(entry.when).isoformat()}
    if entry.event in UNNAMED:
        return facts
    given = "at" if isinstance(entry.when, datetime) else "on"
    return facts | {f"{WHEN[entry.event]}_{given}": entry.when.isoformat()}


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


# --- legal order ------------------------------------------------------------------------------

RESTS_ON_ACCEPTANCE = frozenset(
    (
        "reschedule_billing", "notify_cancellation", "revoke_cancellation", "end_by_company", "end_by_agreement",
        "withdraw", "reject", "set_fee", "change_fees",
    )
)  # fmt: skip
LATER_IN_ONE_INSTANT = {
    "notify_cancellation": 5, "end_by_company": 5, "end_by_agreement": 5,
    "revoke_cancellation": 6, "lift": 6, "reject": 7, "withdraw": 7,
}  # fmt: skip
KINDS = ("contract", "option", "item_change", "measure", "usage", "outage", "credit")
OPENS = frozenset(("apply", "take", "open"))


def earliest(entry: Entry) -> datetime:
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


def places(entries: Iterable[Entry]) -> dict[str, datetime]:
    """Where each entry stands (R10, R16).

    A known instant stands where it is. A day stands at its 00:00, but not before what it rests on that same
    day: the application, for most the acceptance too, for a revocation its notice, for a part's entries the
    contract's application and acceptance.
    """
    found: dict[str, datetime] = {}
    firsts: dict[tuple[str, str], datetime] = {}  # (subject, "opening" or "accept")
    for entry in sorted(entries, key=_dependence):
        at = earliest(entry)
        rests = [firsts.get((entry.subject, "opening"))]
        if entry.event in RESTS_ON_ACCEPTANCE:
            rests.append(firsts.get((entry.subject, "accept")))
        if entry.kind in ("option", "item_change", "measure"):
            rests.append(firsts.get((CONTRACT, "opening")))
            if entry.event == "accept" or entry.kind == "measure":
                rests.append(firsts.get((CONTRACT, "accept")))
        if entry.event == "revoke_cancellation":
            rests.append(found.get(entry.facts["notice"]))
        if not isinstance(entry.when, datetime) or at != entry.when:
            at = max([at, *(r for r in rests if r is not None and civil(r) == civil(at))])
        found[entry.id] = at
        if entry.event in OPENS:
            firsts.setdefault((entry.subject, "opening"), at)
        if entry.event == "accept":
            firsts.setdefault((entry.subject, "accept"), at)
    return found


def _dependence(entry: Entry) -> tuple[int, int, datetime, str]:
    """What others rest on first."""
    kind = 0 if entry.kind == "contract" else 1
    step = 0 if entry.event in OPENS else 1 if entry.event == "accept" else 3
    return (min(step, 2) + (entry.event == "revoke_cancellation"), kind, earliest(entry), entry.id)


def legal_key(entry: Entry, place: datetime) -> tuple[Any, ...]:
    """Legal order: the place, then within one instant what must come first; never the order of entry.

    The contract opens, is accepted, its parts open, are accepted; then everything else; then notices and ends,
    then what takes them back, last what would end an application.
    """
    contract = entry.kind == "contract"
    if entry.event in OPENS:
        rank = 0 if contract else 2
    elif entry.event == "accept":
        rank = 1 if contract else 3
    else:
        rank = LATER_IN_ONE_INSTANT.get(entry.event, 4)
    facts = repr(sorted((name, str(value)) for name, value in entry.facts.items() if name != "notice"))
    subject = "" if contract else entry.subject
    return (place, rank, KINDS.index(entry.kind), subject, entry.event, entry.agreed, facts)
