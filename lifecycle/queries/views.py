"""The answers: a dossier as the interface, the command line and the pages show it, every day with its rulings."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from lifecycle.machines.check import Case
from lifecycle.machines.derive import ending_of, open_conditions
from lifecycle.machines.dossier import Contract, Dossier, Notice, Option
from lifecycle.machines.step import Entry
from lifecycle.machines.table import allowed_events
from lifecycle.terms.art6_cancellation import Ending, effect_of, entered_after_the_end
from lifecycle.terms.calendar import end_of, instant
from lifecycle.terms.editions import EDITIONS, Editions
from lifecycle.terms.ruling import Ruling, rulings_as_dicts

Answer = dict[str, Any]


def contract_view(
    dossier: Dossier, personal: Mapping[str, Any] | None, now: datetime, editions: Editions = EDITIONS
) -> Answer:
    """A contract with its options in short. personal: customer and administrator, None once erased."""
    contract = dossier.contract
    who = personal or {}
    return {
        "id": contract.id,
        "reference": contract.reference,
        "item": contract.item,
        "state": contract.state,
        "version": contract.version,
        "customer": who.get("customer"),
        "administrator": who.get("administrator"),
        "declarations": {
            "laws_accepted": contract.laws_accepted,
            "rights_cleared": contract.rights_cleared,
        },
        "delivery": contract.delivery,
        "requested_billing_start_on": _day(contract.requested_billing_start_on),
        **_lifecycle(dossier, contract, now, editions),
        **_conditions_view(contract, editions),
        "personal_data_erased_at": instant(dossier.erasures[0].erased_at) if dossier.erasures else None,
        "options": [
            {"id": o.id, "kind": o.kind, "reference": o.reference, "state": o.state} for o in dossier.options
        ],
    }


def option_view(dossier: Dossier, option_id: str, now: datetime, editions: Editions = EDITIONS) -> Answer:
    """One option of a dossier, its fees in yen as quoted. Raises KeyError."""
    option = dossier.subject(option_id)
    assert isinstance(option, Option)
    return {
        "id": option.id,
        "contract_id": option.contract_id,
        "kind": option.kind,
        "reference": option.reference,
        "state": option.state,
        "version": option.version,
        "initial_fee_yen": option.initial_fee_yen,
        "monthly_fee_yen": option.monthly_fee_yen,
        **_lifecycle(dossier, option, now, editions),
        "minimum_term_cut_days": option.minimum_term_cut_days,
    }


def entry_view(entry: Entry) -> Answer:
    """A coming transition of the forecast."""
    subject = entry.subject
    return {
        "kind": subject.KIND,
        "id": subject.id,
        "contract_id": subject.owner,
        "reference": vars(subject).get("reference"),
        "event": entry.event,
        "due_at": instant(entry.due_at),
        "from_state": entry.from_state,
        "to_state": entry.to_state,
        "caused_by": entry.act.caused_by,
        "facts": entry.facts,
        "rulings": rulings_as_dicts(entry.rulings),
        "terms": entry.terms,
    }


def history_view(payload: Mapping[str, Any], leaf: str) -> Answer:
    """A history row as the interface shows it: the hashed payload, its own id and its hash."""
    row = {name: value for name, value in payload.items() if name != "subject"}
    return {"id": f"{payload['subject']}.{payload['seq']}", "subject_id": payload["subject"], **row, "hash": leaf}


def cancellation_view(
    end: Ending, notices: tuple[Notice, ...], starts_on: date | None, editions: Editions, *, option: bool = False
) -> Answer:
    """How and why something ends, with each notice and the day it leads to by itself."""
    shown_notices = [_notice(n, starts_on, editions, option=option) for n in notices]
    return {
        "effective_on": end.effective_on.isoformat(),
        "ends_at": instant(end_of(end.effective_on)),
        "decided_by": end.decided_by,
        "because": [*rulings_as_dicts(end.rulings), *rulings_as_dicts(_late(end, notices, editions))],
        "billing_starts": end.billing_starts,
        "notices": shown_notices,
    }


def _conditions_view(contract: Contract, editions: Editions = EDITIONS) -> Answer:
    """What of a contract concerns conditions and misuse: what is open, whether billing is held (R28, R29)."""
    return {
        "billing_held": contract.billing_held,
        "conditions": {
            "open": list(contract.open_conditions),
            "met": list(contract.met),
            "waived": list(contract.waived),
            "because": rulings_as_dicts(open_conditions(contract, editions)),
        },
        "misuse_reports": [
            {"id": m.id, "found_on": m.found_at[:10], "instruction": m.instruction, "follow_up": m.follow_up}
            for m in contract.misuse
        ],
    }


def _lifecycle(dossier: Dossier, subject: Contract | Option, now: datetime, editions: Editions) -> Answer:
    end = ending_of(subject, dossier.contract, editions) if subject.accepted_on else None
    option = isinstance(subject, Option)
    return {
        "received_on": _day(subject.received_on),
        "accepted_on": _day(subject.accepted_on),
        "billing_starts_on": _day(subject.billing_starts_on),
        "minimum_term_ends_on": _day(subject.minimum_term_ends_on),
        "cancellation": (
            cancellation_view(end, subject.notices, subject.billing_starts_on, editions, option=option)
            if end
            else None
        ),
        "terminated_on": _day(subject.terminated_on),
        "next": {"event": subject.due_event, "due_at": instant(subject.due_at)} if subject.due_event else None,
        "allowed_events": allowed_events(Case(dossier, subject, now, editions)),
    }


def _notice(notice: Notice, starts_on: date | None, editions: Editions, *, option: bool) -> Answer:
    alone = effect_of(notice, starts_on, editions, option=option)
    by_customer = notice.by == "customer"
    return {
        "id": notice.id,
        "by": notice.by,
        "arrived_on": _day(notice.arrived_on),
        "chosen_on": _day(notice.chosen_on),
        "keyed_on": _day(notice.keyed_on),
        "notice_period_ends_on": _day(alone.notice_period_ends_on) if by_customer else None,
        "effective_on": _day(alone.effective_on),
        "days_over_served": max(0, (notice.keyed_on - alone.effective_on).days - 1),
        "revoked": notice.revoked,
    }


def _late(end: Ending, notices: tuple[Notice, ...], editions: Editions) -> tuple[Ruling, ...]:
    """The ruling on days served beyond E, where the deciding notice was keyed after E (R7)."""
    return tuple(
        entered_after_the_end(n.arrived_on, n.keyed_on, end.effective_on, editions.on(n.arrived_on))
        for n in notices
        if n.id == end.notice and n.keyed_on > end.effective_on
    )


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
