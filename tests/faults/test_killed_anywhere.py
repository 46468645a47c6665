"""kill -9 at every kind of statement and commit: acknowledged changes are there, each event happens once."""

from tests.faults.conftest import Fresh
from tests.faults.killing import kill_at, points, sample
from tests.how_many import each_fourth

LEAST = {"sqlite": 150, "postgresql": 90}


def test_work_killed_at_any_statement_resumes_where_it_stopped(fresh: Fresh) -> None:
    """In short it is killed before and after a commit, and at a fourth of the kinds of statements."""
    with fresh() as url:
        found = points(url)
    assert len(found) >= LEAST[fresh.kind]
    kinds = {point.kind for point in found}
    assert {"commit", "after commit", "INSERT clock"} <= kinds and len(kinds) >= 15
    chosen = sample(found, seed=1, most=0)
    assert {point.kind for point in chosen} == kinds
    commits = [point for point in chosen if point.kind in ("commit", "after commit")]
    for point in dict.fromkeys([*commits, *each_fourth(chosen, first=fresh.kind == "sqlite")]):
        with fresh() as url:
            kill_at(url, point)
    assert sum(point.writing for point in chosen) >= 0.3 * len(chosen)
