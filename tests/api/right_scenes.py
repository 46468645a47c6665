"""Corrections, annulments and several entries at once: how each subject is created, and with which body."""

from collections.abc import Callable

from tests.api.desk import Desk, Json, path_of
from tests.api.parts import entered, outage

MONTHS_AGO = "2022-04-01T08:00:00+09:00"
WRONG = {"reason": "entered for another contract"}


def noticed(desk: Desk) -> tuple[Json, str]:
    """A contract with a notice of 10 June, and the notice's row; it is 2 August."""
    contract = desk.accepted()
    desk.move_to("2022-06-11")
    desk.do(contract, "notify_cancellation", arrived_on="2022-06-10")
    entry: str = desk.history(contract)[-1]["id"]
    desk.move_to("2022-08-02")
    return contract, entry


def correcting(desk: Desk) -> tuple[str, Json]:
    """A notice with a mistyped arrival, and the end that it caused."""
    contract, entry = noticed(desk)
    facts = {"arrived_on": "2022-07-10"}
    return f"{path_of(contract)}/corrections", {"entry": entry, "facts": facts, "reason": "mistyped"}


def annulling(desk: Desk) -> tuple[str, Json]:
    """A notice that was for another contract."""
    contract, entry = noticed(desk)
    return f"{path_of(contract)}/annulments", {"entries": [entry], "ground": "never_happened"} | WRONG


def entering(desk: Desk) -> tuple[str, Json]:
    """A notice that was found after its last day."""
    contract = desk.accepted()
    desk.move_to("2022-08-02")
    notice = {"arrived_on": "2022-06-10"}
    found = {"subject": contract["id"], "event": "notify_cancellation", "facts": notice, "reason": "found late"}
    return f"{path_of(contract)}/entries", {"entries": [found]}


def known(desk: Desk) -> str:
    """Where an outage of 1 April is, that hits one contract."""
    hit = outage(desk, [entered(desk, "2022-03-01")], MONTHS_AGO, recovered_at="2022-04-03T09:00:00+09:00")
    return f"/v1/outages/{hit['id']}"


SCENES: dict[str, Callable[[Desk], tuple[str, Json]]] = {
    "contracts-correct": correcting,
    "contracts-annul": annulling,
    "contracts-enter_together": entering,
    "outages-correct_outage": lambda desk: (
        f"{known(desk)}/corrections",
        {"facts": {"recovered_at": "2022-04-02T09:00:00+09:00"}, "reason": "the log says so"},
    ),
    "outages-annul_outage": lambda desk: (f"{known(desk)}/annulments", WRONG),
}


def own(example: Json, body: Json) -> Json:
    """An example with the ids of a scene in the place of its own."""
    named = {name: body[name] for name in ("entry", "report") if name in example and name in body}
    entries = example.get("entries")
    if entries and isinstance(entries[0], str):
        named["entries"] = body["entries"]
    elif entries:
        named["entries"] = [one | {"subject": body["entries"][0]["subject"]} for one in entries]
    return example | named
