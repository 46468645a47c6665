"""A standby takes over from a lost primary."""

from tests.faults.fail_over import fail_over


def test_a_primary_that_is_lost_under_desk_load_loses_no_command() -> None:
    counted = fail_over(1, turns=6, within_s=0.8)
    assert counted["acknowledged"] > 100
    assert counted["recovery_ms"] < 60_000  # one second on a machine that is idle
