"""Common actions of the API tests on parts of contracts and on outages."""

from datetime import date, datetime, timedelta
from typing import Any

from tests.api import desk as desks
from tests.api.desk import Desk, Json, Subject, id_of, path_of

desks.COLLECTIONS.update(i="item_changes", m="measures", x="outages")

NOW = desks.START
WHY = "entered late"
FAULT = {"source": "own alert", "attributable": True}


def entered(desk: Desk, start: date | str, item: str = "basic", **changes: Any) -> Json:
    """A contract received, accepted and billed from a day, entered whenever it is."""
    contract = desk.apply(item=item, received_on=str(start), requested_billing_start_on=str(start), **changes)
    return desk.show(desk.accept(contract, accepted_on=str(start), reason=WHY))


def ended(desk: Desk, contract: Subject, last: date) -> Json:
    """The contract with a notice that ends it on a day, arrived thirty days before."""
    facts = {"arrived_on": str(last - timedelta(days=30)), "chosen_on": str(last), "reason": WHY}
    shown = desk.do(contract, "notify_cancellation", **facts)
    assert shown["cancellation"]["effective_on"] == str(last)
    return shown


def changed(desk: Desk, contract: Subject, item: str, on: date | str, **facts: Any) -> Json:
    """An item change applied for and accepted for a day, both on its eve where that is past."""
    change = asked(desk, contract, item)
    return desk.do(change, "accept", **{"effective_on": str(on), "reason": WHY} | facts)


def asked(desk: Desk, contract: Subject, item: str, status: int = 201, **changes: Any) -> Json:
    """An application for another item, received long ago."""
    body = {"item": item, "reference": f"I-{next(desk.numbers)}", "received_on": "2020-12-01"} | changes
    return desk.post(f"{path_of(contract)}/item_changes", body, status)


def measured(desk: Desk, contract: Subject, status: int = 201, **changes: Any) -> Json:
    """A measure taken."""
    body = {"kind": "suspension", "ground": "a rights holder's complaint", "notified": True} | changes
    return desk.post(f"{path_of(contract)}/measures", body, status)


def outage(desk: Desk, contracts: Any, known_at: str, status: int = 201, **changes: Any) -> Json:
    """Report an outage of some contracts or of "all", attributable unless a test passes otherwise."""
    ids = contracts if contracts == "all" else [id_of(contract) for contract in contracts]
    return desk.post("/v1/outages", {"known_at": known_at, "contracts": ids, **FAULT} | changes, status)


def credits_of(desk: Desk, contract: Subject) -> list[Json]:
    """What outages earn a contract."""
    found: list[Json] = desk.get(f"{path_of(contract)}/credits")["items"]
    return found


def claim(desk: Desk, contract: Subject, hit: Subject, status: int = 200, **body: Any) -> Json:
    """A claim for an outage."""
    return desk.post(f"{path_of(contract)}/credits/{id_of(hit)}/claim", body, status)


def use(desk: Desk, contract: Subject, month: str, status: int = 200, **meters: Any) -> Json:
    """What a contract used in a month."""
    return desks.answered(desk.client.put(f"{path_of(contract)}/usage/{month}", json=meters), status)


def lines(desk: Desk, contract: Subject, month: str, **query: Any) -> list[Json]:
    """The lines of a statement."""
    statement = desk.get(f"{path_of(contract)}/statements/{month}", **query)
    assert statement["total_yen"] == sum(line["amount_yen"] or 0 for line in statement["lines"])
    assert statement["flags"] == [line["flag"] for line in statement["lines"] if line["flag"]]
    found: list[Json] = statement["lines"]
    return found


def charged(desk: Desk, contract: Subject, **query: Any) -> list[Json]:
    """Every charge so far."""
    found: list[Json] = desk.get(f"{path_of(contract)}/charges", **query)["items"]
    return found


def amounts(found: list[Json]) -> list[tuple[str, int | None]]:
    """(kind, yen) of charges or lines."""
    return [(charge["kind"], charge["amount_yen"]) for charge in found]


def later(at: str, **delta: float) -> str:
    """An instant so much later, in its own offset."""
    return (datetime.fromisoformat(at) + timedelta(**delta)).isoformat()


def refusing(problem: Json) -> list[tuple[str, str]]:
    """Return (rule, article) of every ruling of a refusal, after a check that each has both languages."""
    assert (problem["type"], problem["status"]) == ("/problems/refused", 409)
    assert problem["detail"] == "; ".join(ruling["because"] for ruling in problem["rulings"])
    assert all(ruling["because_ja"] for ruling in problem["rulings"])
    return [(ruling["rule"], ruling["article"]) for ruling in problem["rulings"]]


def impossible(problem: Json, event: str, state: str, allowed: list[str]) -> None:
    """The answer to an event that the state does not know."""
    assert (problem["type"], problem["status"]) == ("/problems/not-possible", 409)
    assert problem["detail"] == f"{event} is not possible in the state {state}"
    assert (problem["state"], problem["allowed_events"]) == (state, allowed)


def last_row(desk: Desk, subject: Subject) -> Json:
    """The newest row of a history."""
    return desk.history(subject)[-1]
