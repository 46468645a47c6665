"""The metrics of contracts and of the process; every alert rule queries an existing metric."""

import re

import pytest

from tests.api.desk import Desk
from tests.docs.pages import ROOT

RULES, DASHBOARD = (
    (ROOT / "docs" / "examples" / name).read_text("utf-8") for name in ("alerts.yml", "dashboard.json")
)
ONLY_WITH_SWEEPS = {"lifecycle_last_sweep_age_seconds", "lifecycle_clock_behind_seconds"}


def test_contracts_are_counted_by_state_and_the_process_by_memory(desk: Desk) -> None:
    desk.apply()
    desk.accepted()
    told = desk.client.get("/metrics").text
    assert re.search(r'lifecycle_contracts\{state="applied"\} \d', told)
    assert "process_resident_memory_bytes" in told and "process_cpu_seconds_total" in told


@pytest.mark.parametrize("said", [RULES, DASHBOARD], ids=["alerts", "dashboard"])
def test_alerts_and_dashboard_query_existing_metrics(desk: Desk, said: str) -> None:
    desk.apply()
    desk.move_to("2022-05-02")
    told = desk.client.get("/metrics").text
    asked = set(re.findall(r"(?:lifecycle|process)_[a-z_]+", said))
    assert len(asked) > 8
    assert {name for name in asked if name not in told} <= ONLY_WITH_SWEEPS
