"""Contracts and options in every state, all created at 09:00 on 22 April 2022."""

from tests.api.desk import Desk, Json, Subject

LONG_AGO = {"accepted_on": "2022-03-01", "billing_starts_on": "2022-03-15", "reason": "entered late"}
SOON = {"accepted_on": "2022-04-22", "billing_starts_on": "2022-06-01"}
ENDED = {"arrived_on": "2022-03-20", "reason": "found in the post room"}
NOT_BEGUN = "no other notice stands and billing has not begun"
BEGUN = "no other notice stands and billing has begun"
ANOTHER = "another notice stands"


def contract_in(desk: Desk, state: str, when: str | None = None) -> Json:
    """A contract in a state. when: for cancel_notified, as the table of events puts it."""
    contract = desk.apply(received_on="2022-03-01")
    return brought_to(desk, contract, state, when)


def option_in(desk: Desk, state: str, when: str | None = None) -> Json:
    """An option, of a contract that is being billed, in a state."""
    option = desk.apply_for_option(contract_in(desk, "billing"), received_on="2022-03-01")
    return brought_to(desk, option, state, when)


def brought_to(desk: Desk, subject: Subject, state: str, when: str | None) -> Json:
    """An application led to a state."""
    if state == "rejected":
        desk.do(subject, "reject", reason="not cleared")
    elif state == "withdrawn":
        desk.do(subject, "withdraw")
    elif state != "applied":
        begun = state in ("billing", "terminated") or (state == "cancel_notified" and when == BEGUN)
        desk.accept(subject, **(LONG_AGO if begun else SOON))
    if state == "cancel_notified":
        desk.do(subject, "notify_cancellation")
        if when == ANOTHER:
            desk.do(subject, "notify_cancellation", chosen_on="2022-09-30")
    if state == "terminated":
        desk.do(subject, "notify_cancellation", **ENDED)
    shown = desk.show(subject)
    assert shown["state"] == state
    return shown
