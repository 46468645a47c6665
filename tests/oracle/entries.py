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
  receive_form        arrived
  notify_cancellation arrived           chosen_on or None
  receive_informal_notice arrived       chosen_on or None
  revoke_cancellation agreed            notice: the id of the entry taken back, never None
  end_by_company      declared          ends_on, ground
  end_by_agreement    agreed            ends_on, owed_yen or None
  change_administrator on               administrator
  change_particulars  on                customer: what changes
  succeed             on                ground, consented_on, customer, administrator
  report_misuse       found             instruction
option                                  as the contract's: apply, accept, reject, withdraw, reschedule_billing,
                                        notify_cancellation, revoke_cancellation, receive_form,
                                        receive_informal_notice; besides
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

from datetime import date, datetime
from typing import Any

from lifecycle.audit.judge import OPENS as OPENS
from lifecycle.audit.judge import JudgedEntry as Entry
from lifecycle.audit.judge import civil
from lifecycle.audit.judge import places as places

__all__ = ["CONTRACT", "OPENS", "Entry", "body", "places"]

CONTRACT = "contract"  # the subject of the contract's own entries: a life is about one contract

WHEN = {
    "apply": "received", "accept": "accepted", "reject": "rejected", "withdraw": "withdrawn",
    "reschedule_billing": "agreed", "revoke_cancellation": "agreed", "end_by_agreement": "agreed",
    "change_fees": "agreed", "set_fee": "agreed", "notify_cancellation": "arrived",
    "receive_form": "arrived", "receive_informal_notice": "arrived", "end_by_company": "declared",
    "meet_condition": "met", "waive_condition": "met", "report_misuse": "found", "claim": "claimed",
    "open": "known", "recover": "recovered", "lift": "lifted",
}  # fmt: skip
ON = frozenset(("amend", "change_administrator", "change_particulars", "succeed"))  # their day is called `on`
UNNAMED = frozenset(("take", "record", "attribute"))  # their instant is in no body: the moment of entry


def body(entry: Entry) -> dict[str, Any]:
    """The body of the request for this entry: its facts and its day or instant as JSON."""
    facts = {name: _text(value) for name, value in entry.facts.items()}
    if entry.event in ON:
        return facts | {"on": civil(entry.when).isoformat()}
    if entry.event in UNNAMED:
        return facts
    given = "at" if isinstance(entry.when, datetime) else "on"
    return facts | {f"{WHEN[entry.event]}_{given}": entry.when.isoformat()}


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
