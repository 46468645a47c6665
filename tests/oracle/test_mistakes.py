"""Mistakes of the desk have effect until their correction, and none afterwards."""

from tests.oracle.changes import annulled, corrected, moved
from tests.oracle.fold import fold
from tests.oracle.lives import ends_at, life
from tests.oracle.mistakes import misfiled, mistyped


def test_a_corrected_mistyped_entry_gives_the_right_contract() -> None:
    moves = 0
    for seed in range(60):
        entries = life(seed)
        mistake = mistyped(entries, seed)
        if mistake is None or mistake.right is None:
            continue
        assert mistake.wrong != entries
        assert corrected(mistake.wrong, mistake.entry, **mistake.right) == entries
        until = ends_at(entries, seed)
        moves += moved(fold(mistake.wrong, until), fold(entries, until)) != ([], [])
    assert moves > 10


def test_an_annulled_misfiled_notice_gives_the_right_contract() -> None:
    ended = 0
    for seed in range(60):
        entries = life(seed)
        mistake = misfiled(entries, seed)
        if mistake is not None:
            assert annulled(mistake.wrong, {mistake.entry}) == entries
            until = ends_at(entries, seed)
            ended += fold(mistake.wrong, until).contract["state"] != fold(entries, until).contract["state"]
    assert ended > 5
