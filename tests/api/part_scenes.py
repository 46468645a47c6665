"""Every operation on parts and outages: how its subject is created, and with which body."""

from collections.abc import Callable
from typing import Any

from lifecycle.commands.event_operations import EVENT_ROUTES, EventRoute
from tests.api.desk import Desk, Json, path_of
from tests.api.parts import asked, changed, entered, measured, outage, use
from tests.api.right_scenes import SCENES as RIGHT

Scene = Callable[[Desk], tuple[str, Json]]
WISHES = {"custom_domain": {"name": "video.example.jp"}, "https": True}
MONTHS_AGO = "2022-04-01T08:00:00+09:00"


def wishing(desk: Desk, **changes: Any) -> Json:
    """A contract accepted in March with its own domain and HTTPS, all three conditions open."""
    return desk.accept(desk.apply(delivery=WISHES, received_on="2022-03-01", **changes), accepted_on="2022-03-15")


def of_contract(event: str, **body: Any) -> Scene:
    return lambda desk: (f"{path_of(wishing(desk))}/{event}", body)


def of_change(event: str, **body: Any) -> Scene:
    return lambda desk: (f"{path_of(asked(desk, entered(desk, '2022-03-01'), 'premium'))}/{event}", body)


def unformed(desk: Desk) -> Json:
    """An application that is not in the company's form."""
    return desk.apply(in_form=False, received_on="2022-03-01")


def followed_up(desk: Desk) -> tuple[str, Json]:
    """A report of misuse, to be followed up."""
    contract = desk.do(wishing(desk), "report_misuse", found_at=MONTHS_AGO, instruction="change the keys")
    report = contract["misuse_reports"][0]["id"]
    return f"{path_of(contract)}/follow_up_misuse", {"report": report, "follow_up": "done"}


def corrected(desk: Desk) -> tuple[str, Json]:
    """A month's usage that is on record already."""
    contract = entered(desk, "2022-03-01")
    use(desk, contract, "2022-03", live_hours=80)
    return f"{path_of(contract)}/usage/2022-03", {"live_hours": "81.5"}


def ongoing(desk: Desk, **facts: Any) -> Json:
    """An outage that began long ago and hits one contract."""
    return outage(desk, [entered(desk, "2022-03-01")], MONTHS_AGO, **facts)


def claimed(desk: Desk) -> tuple[str, Json]:
    """A credit that can be claimed."""
    contract = entered(desk, "2022-03-01")
    hit = outage(desk, [contract], MONTHS_AGO, recovered_at="2022-04-03T09:00:00+09:00")
    return f"{path_of(contract)}/credits/{hit['id']}/claim", {"claimed_on": "2022-04-21"}


def without_fee(desk: Desk) -> tuple[str, Json]:
    """An accepted item change without a one-off fee."""
    change = changed(desk, entered(desk, "2022-03-01"), "premium", "2022-05-01")
    return f"{path_of(change)}/set_fee", {"fee_yen": 20_000, "agreed_on": "2022-04-22"}


def with_fees(desk: Desk) -> tuple[str, Json]:
    """An accepted option."""
    option = desk.accept(desk.apply_for_option(wishing(desk)))
    fees = {"monthly_fee_yen": 6_000, "from_on": "2022-07-01", "agreed_on": "2022-04-22"}
    return f"{path_of(option)}/change_fees", fees


def found(desk: Desk) -> tuple[str, Json]:
    """An outage to be recorded, for everybody."""
    entered(desk, "2022-03-01")
    return "/v1/outages", {
        "known_at": MONTHS_AGO, "source": "alert", "attributable": True, "contracts": "all"
    }  # fmt: skip


RECOVERED = {"recovered_at": "2022-04-03T09:00:00+09:00"}
SCENES: dict[str, Scene] = {
    "contracts-amend": lambda desk: (
        f"{path_of(desk.apply(received_on='2022-03-01'))}/amend",
        {"requested_billing_start_on": "2022-06-01"},
    ),
    "contracts-note": lambda desk: (f"{path_of(desk.apply())}/notes", {"text": "called back"}),
    "contracts-assign": lambda desk: (f"{path_of(desk.apply())}/assign", {"to": "tanaka"}),
    "contracts-receive_informal_notice": of_contract("receive_informal_notice", channel="phone"),
    "contracts-receive_form": lambda desk: (
        f"{path_of(unformed(desk))}/receive_form",
        {"arrived_on": "2022-04-21"},
    ),
    "options-receive_informal_notice": lambda desk: (
        f"{path_of(desk.accept(desk.apply_for_option(wishing(desk))))}/receive_informal_notice",
        {"channel": "phone"},
    ),
    "options-receive_form": lambda desk: (
        f"{path_of(desk.apply_for_option(wishing(desk), in_form=False, received_on='2022-03-01'))}/receive_form",
        {"arrived_on": "2022-04-21"},
    ),
    "contracts-meet_condition": of_contract("meet_condition", condition="dns"),
    "contracts-waive_condition": of_contract("waive_condition", condition="domain", reason="agreed"),
    "contracts-follow_up_misuse": followed_up,
    "contracts-end_by_company": of_contract("end_by_company", ends_on="2022-04-25", ground="§", reason="fraud"),
    "contracts-erase_personal_data": lambda desk: (
        f"{path_of(desk.do(desk.apply(), 'withdraw'))}/erase_personal_data",
        {"reason": "asked for in writing"},
    ),
    "parts-apply_for_item_change": lambda desk: (
        f"{path_of(entered(desk, '2022-03-01'))}/item_changes",
        {"item": "premium", "reference": "I"},
    ),
    "parts-accept_item_change": lambda desk: (
        f"{path_of(asked(desk, entered(desk, '2022-03-01'), 'premium'))}/accept",
        {"effective_on": "2022-05-01", "fee_yen": 5_000},
    ),
    "parts-reject_item_change": of_change("reject", reason="not now"),
    "parts-withdraw_item_change": of_change("withdraw"),
    "parts-set_fee_item_change": without_fee,
    "options-change_fees": with_fees,
    "parts-take_measure": lambda desk: (
        f"{path_of(wishing(desk))}/measures",
        {"kind": "deletion", "ground": "a court's order", "notified": False},
    ),
    "parts-lift_measure": lambda desk: (
        f"{path_of(measured(desk, wishing(desk), starts_at=MONTHS_AGO))}/lift",
        {},
    ),
    "money-put_usage": corrected,
    "outages-open_outage": found,
    "outages-recover": lambda desk: (f"{path_of(ongoing(desk))}/recover", RECOVERED),
    "outages-attribute": lambda desk: (
        f"{path_of(ongoing(desk, attributable=None))}/attribute",
        {"attributable": True},
    ),
    "outages-claim": claimed,
    **RIGHT,
}
MADE_FOR_GOOD = ("contracts-note",)  # 201 once it is made, 200 rehearsed
MAKING = ("parts-apply_for_item_change", "parts-take_measure", "outages-open_outage")
BY_PUT = ("money-put_usage",)


def send(desk: Desk, name: str, path: str, body: Any, **settings: Any) -> Any:
    """The operation's own request."""
    return desk.client.request("PUT" if name in BY_PUT else "POST", path, json=body, **settings)


def by_example(route: EventRoute) -> Scene:
    """An event of an accepted contract, with the first example of its body."""
    return of_contract(route.event.name, **vars(route.input.body)["examples"][0])


ELSEWHERE = ("accept", "reject", "withdraw", "reschedule_billing", "notify_cancellation", "revoke_cancellation")
SCENES |= {
    route.operation: by_example(route)
    for route in EVENT_ROUTES
    if route.kind == "contract" and route.event.name not in ELSEWHERE and route.operation not in SCENES
}
