"""A credit refused at the instant at which billing starts is also refused by the replay (R26)."""

from lifecycle.audit.checks.check import Checker
from tests.api.desk import OpenDesk
from tests.api.parts import credits_of, outage


def test_a_credit_for_a_fault_of_others_is_refused_from_the_billing_start_on(open_desk: OpenDesk) -> None:
    desk = open_desk("2022-04-20T09:00:00+09:00")
    contract = desk.accepted(requested_billing_start_on="2022-05-01")
    outage(desk, "all", "2022-04-20T09:00:00+09:00", attributable=False)
    desk.move_to("2022-05-01T00:00:00+09:00")
    assert [one["state"] for one in credits_of(desk, contract)] == ["refused"]
    assert [finding for part in Checker(desk.engine).parts() for finding in part.findings] == []
