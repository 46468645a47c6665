"""The result of the service and of the oracle in one shape: names of the oracle, days, states, credits."""

from datetime import datetime
from typing import Any

from lifecycle.machines.clock_keys import clock_rows
from lifecycle.machines.derive_credit import outcome
from lifecycle.machines.dossier import Contract, Dossier, Option
from lifecycle.machines.entries import CLOCK
from lifecycle.machines.parts import Credit
from tests.fold.translate import Names
from tests.oracle.credits import credits_of
from tests.oracle.days import day_of
from tests.oracle.entries import CONTRACT
from tests.oracle.fold import Folded

Said = dict[str, Any]
LINE = frozenset("coi")  # the letters of contract, option, item change
NOTHING = ("open", "refused")


def of_book(dossier: Dossier, names: Names, at: datetime) -> Said:
    """Return the result of the service at an instant up to which its clock has run."""
    back = {id_: name for name, id_ in names.subjects.items()}
    found: Said = {}
    for subject in dossier.subjects:
        if isinstance(subject, Contract | Option):
            found[back[subject.id]] = _holder(subject)
        elif subject.KIND in ("item_change", "measure"):
            found[back[subject.id]] = subject.state
    found["item"] = dossier.contract.item
    found["credits"] = {back[credit.id]: _credit(credit, dossier, at) for credit in dossier.credits}
    return found


def _holder(subject: Contract | Option) -> Said:
    ends_on, starts_on = subject.effective_on, subject.billing_starts_on
    found = {
        "state": subject.state,
        "billing_starts_on": starts_on,
        "billing_begun": subject.billing_started,
        "minimum_term_ends_on": subject.minimum_term_ends_on,
        "effective_on": ends_on,
        "decided_by": subject.decided_by,
        "terminated_on": subject.terminated_on,
        "received_on": subject.received_on,
        "in_form": subject.in_form,
        "informal_on": subject.informal_on,
    }
    if isinstance(subject, Contract):
        return found | {"billing_held": subject.billing_held and subject.live}
    return found | {"minimum_term_cut_days": subject.minimum_term_cut_days}


def _credit(credit: Credit, dossier: Dossier, at: datetime) -> Said:
    """Return state, units and yen; only the state of a refused or unknown credit."""
    found = outcome(credit, dossier, at)
    if credit.state in NOTHING:
        return {"state": credit.state}
    return {"state": credit.state, "units": found.units, "amount_yen": found.amount_yen}


def of_oracle(folded: Folded) -> Said:
    """Return the result of the oracle."""
    keys = ("state", "billing_starts_on", "billing_begun", "minimum_term_ends_on", "effective_on", "decided_by",
            "terminated_on", "received_on", "in_form", "informal_on")  # fmt: skip
    held, cut = (*keys, "billing_held"), (*keys, "minimum_term_cut_days")
    found: Said = {CONTRACT: {key: folded.contract[key] for key in held}}
    found |= {id_: {key: days[key] for key in cut} for id_, days in folded.options.items()}
    found |= folded.item_changes | folded.measures
    end = folded.contract["terminated_on"]
    found["item"] = folded.item_on(end or day_of(folded.until))
    found["credits"] = {
        credit.outage: {"state": credit.state}
        if credit.state in NOTHING
        else {"state": credit.state, "units": credit.units, "amount_yen": credit.amount_yen}
        for credit in credits_of(folded)
    }
    return found


def differences(book: Said, oracle: Said, where: str = "") -> list[str]:
    """Return the differences, a line each. A credit that the oracle does not have must be without effect."""
    found = []
    for name in sorted({*book, *oracle}):
        mine, other, at = book.get(name), oracle.get(name), f"{where}/{name}"
        if isinstance(mine, dict) and isinstance(other, dict):
            found += differences(mine, other, at)
        elif where == "/credits" and other is None and mine is not None and mine["state"] in NOTHING:
            continue
        elif mine != other:
            found.append(f"{at}: book {mine}, oracle {other}")
    return found


def clock_of_book(rows: list[dict[str, Any]], names: Names) -> list[tuple[str, str, datetime, str]]:
    """Return the valid rows of the clock about the line: subject, event, legal instant, cause."""
    subjects = {id_: name for name, id_ in names.subjects.items()}
    causes = {id_: name for name, id_ in names.rows.items()}
    found = []
    for key, standing in clock_rows(rows).items():
        for row in standing:
            if row["actor"] == CLOCK and row["subject"][0] in LINE and row["event"] != "change_item":
                cause = causes.get(str(row["caused_by"]), str(row["caused_by"]))
                found.append((subjects[key[0]], key[1], key[2], cause))
    return sorted(found)


def clock_of_oracle(folded: Folded) -> list[tuple[str, str, datetime, str]]:
    """The oracle's transitions."""
    return sorted((t.subject, t.event, t.at, t.cause) for t in folded.transitions)
