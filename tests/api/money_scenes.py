"""Issue of statements and settlement of refunds: how each subject is created, and with which body."""

from collections.abc import Callable

from tests.api.desk import Desk, Json, path_of
from tests.api.parts import entered, outage

Scene = Callable[[Desk], tuple[str, Json | None]]


def refunded(desk: Desk) -> tuple[str, Json]:
    """A credit claimed after the contract's last month: all of it waits to be paid back."""
    contract = entered(desk, "2022-03-01")
    desk.do(contract, "notify_cancellation", arrived_on="2022-03-01", reason="late")
    hit = outage(desk, [contract], "2022-03-10T08:00:00+09:00", recovered_at="2022-03-12T08:00:00+09:00")
    desk.post(f"{path_of(contract)}/credits/{hit['id']}/claim", {"claimed_on": "2022-04-20"})
    (refund,) = desk.get(f"{path_of(contract)}/refunds")["items"]
    return f"{path_of(contract)}/refunds/{refund['id']}/settle", {"settled_on": "2022-04-22", "how": "transfer"}


def of_march(desk: Desk) -> tuple[str, None]:
    """A month that is over, of one contract."""
    return f"{path_of(entered(desk, '2022-03-01'))}/statements/2022-03/issue", None


def all_of_march(desk: Desk) -> tuple[str, None]:
    """The same month of all contracts."""
    entered(desk, "2022-03-01")
    return "/v1/statements/2022-03/issue", None


SCENES: dict[str, Scene] = {
    "money-issue_statement": of_march,
    "money-issue_statements": all_of_march,
    "money-settle_refund": refunded,
}
