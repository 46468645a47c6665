"""Replay: the facts of a dossier from its history rows, by the same effects that wrote them. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from lifecycle.machines.effects import EFFECTS, given_of
from lifecycle.machines.facts import Contract, Dossier, Option, row_id
from lifecycle.machines.settle import settle
from lifecycle.terms.editions import EDITIONS, Editions

History = Mapping[str, Any]  # one parsed payload

_NEEDS_ACCEPTANCE = frozenset(
    ("reschedule_billing", "notify_cancellation", "revoke_cancellation", "start_billing", "terminate")
)


def replay(rows: Iterable[History], editions: Editions = EDITIONS) -> Dossier | None:
    """The dossier that a contract's history leads to, or None where the contract is not in it.

    rows: parsed payloads of the contract and its options; each subject's rows in the order of seq.
    """
    by_subject: dict[str, list[History]] = {}
    for row in rows:
        by_subject.setdefault(row["subject"], []).append(row)
    subjects = [_subject(chain) for chain in by_subject.values() if chain[0]["event"] == "apply"]
    contract = next((s for s in subjects if isinstance(s, Contract)), None)
    if contract is None:
        return None
    options = sorted((s for s in subjects if isinstance(s, Option)), key=lambda o: o.id)
    return settle(Dossier(contract, tuple(options)), editions)


def _subject(chain: Sequence[History]) -> Contract | Option:
    subject = opened(chain[0])
    for row in chain[1:]:
        if row["event"] in _NEEDS_ACCEPTANCE and subject.accepted_on is None:
            continue  # the acceptance lies outside the rows asked for: nothing rests on this one yet
        given = given_of(row["facts"])
        changed = EFFECTS[row["event"]](subject, given, row_id(subject.id, row["seq"]))
        subject = replace(changed, state=row["to_state"], seq=row["seq"], version=row["seq"])
    return subject


def opened(row: History) -> Contract | Option:
    """The subject as its application opened it."""
    facts = row["facts"]
    if row["kind"] == "option":
        return Option(
            id=row["subject"], contract_id=facts["contract_id"], reference=facts["reference"],
            kind=facts["kind"], state="applied", received_on=date.fromisoformat(facts["received_on"]),
            seq=1, version=1,
        )  # fmt: skip
    requested = facts["requested_billing_start_on"]
    return Contract(
        id=row["subject"], reference=facts["reference"], item=facts["item"], state="applied",
        received_on=date.fromisoformat(facts["received_on"]),
        requested_billing_start_on=date.fromisoformat(requested) if requested else None,
        laws_accepted=facts["laws_accepted"], rights_cleared=facts["rights_cleared"],
        administrator_named=facts["administrator_named"], delivery=facts["delivery"], seq=1, version=1,
    )  # fmt: skip


def happened_by(rows: Iterable[History], effective_at: datetime, known_at: datetime) -> list[History]:
    """The rows whose legal instant and whose recording both lie no later than asked."""
    return [
        row
        for row in rows
        if datetime.fromisoformat(row["effective_at"]) <= effective_at
        and datetime.fromisoformat(row["recorded_at"]) <= known_at
    ]
