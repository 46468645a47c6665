"""A notice is revoked once: a second revocation is refused, however early its day (R13)."""

from tests.api.desk import OpenDesk, path_of

WHY = {"reason": "Agreed on the telephone."}


def test_a_second_revocation_of_an_earlier_day_is_refused(open_desk: OpenDesk) -> None:
    desk = open_desk("2022-06-01T09:00:00+09:00")
    contract = desk.accept(desk.apply(), billing_starts_on="2022-07-20")
    desk.move_to("2022-06-11")
    desk.do(contract, "notify_cancellation", arrived_on="2022-06-06", **WHY)
    desk.move_to("2022-06-26")
    desk.do(contract, "revoke_cancellation", agreed_on="2022-06-21", **WHY)
    desk.move_to("2022-06-28")
    refused = desk.do(contract, "revoke_cancellation", 409, agreed_on="2022-06-11", **WHY)
    assert (refused["type"], refused["state"]) == ("/problems/not-possible", "accepted")
    assert desk.get(path_of(contract))["state"] == "accepted"
