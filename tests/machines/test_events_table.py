"""The events table for lawyers, the diagrams and the actual transitions agree."""

from lifecycle.machines.table import EVENTS, MACHINES, TABLES
from lifecycle.terms.readings import READINGS
from tests.machines.by_machine_and_table import NOT_POSSIBLE, by_machine, by_table
from tests.machines.event_rows import (  # fmt: skip
    ANOTHER,
    BEGUN,
    GOES_ON,
    NOT_BEGUN,
    NOT_CLAIMED,
    OVER,
    ROWS,
    WAITS,
    Triple,
    case_of_row,
    key,
    leads_to,
)
from tests.oracle.tables import Row, table, text


def test_the_table_has_a_row_for_every_state_and_event_of_every_kind() -> None:
    pairs = {(kind, s.id, event) for kind in MACHINES for s in MACHINES[kind].states for event in EVENTS[kind]}
    assert {key(row) for row in ROWS} == pairs


def test_the_table_and_the_diagrams_allow_the_same_transitions() -> None:
    by_diagram = [(k, *at, edge.target) for k in TABLES for at, edges in TABLES[k].items() for edge in edges]
    by_table = [(*key(row), target) for row in ROWS if (target := leads_to(row))]
    assert sorted(by_table) == sorted(by_diagram)


def test_the_table_states_a_case_only_where_an_event_has_several_target_states() -> None:
    several: dict[Triple, set[str | None]] = {}
    for row in ROWS:
        several.setdefault(key(row), set()).add(row["when"])
    assert {tuple(sorted(map(str, whens))) for whens in several.values()} == {
        ("None",), tuple(sorted((ANOTHER, BEGUN, NOT_BEGUN))), tuple(sorted((WAITS, NOT_CLAIMED))),
        tuple(sorted((OVER, GOES_ON))),
    }  # fmt: skip


def test_every_row_rests_on_readings_that_exist() -> None:
    assert {number for row in ROWS for number in text(row, "reading").split()} <= set(READINGS)


@table("events")
def test_the_event_results_in_the_state_of_the_table(row: Row) -> None:
    case, event = case_of_row(row), text(row, "event")
    wanted = leads_to(row) or NOT_POSSIBLE
    assert (by_table(case, event), by_machine(case, event)) == (wanted, wanted), row["why"]
