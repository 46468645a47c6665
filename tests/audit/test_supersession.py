"""Rows for late facts, corrections and annulments verify; forged supersessions are found."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import pytest

from lifecycle.audit.verifier.verify import GOOD, TAMPERED
from tests.audit.rewritten import annul, correct, ended_earlier, random_life, rows_of, verdict_on
from tests.audit.tampering import Row
from tests.machines.life import DRM, Life, at, d, running

LIVES = 150


def _corrected() -> Life:
    """A mistyped notice ended the contract; the correction restores it."""
    life = running(d(5, 1), d(5, 1)).notify(d(6, 1)).until(d(7, 10))
    correct(life, "c_1.4", d(7, 11), {"arrived_on": "2022-07-01"}, at(d(7, 1)))
    return life.until(d(7, 20))


def _annulled() -> Life:
    """The notice that ended a contract and its option was never given."""
    life = running(d(5, 1), d(5, 1)).notify(d(6, 1)).until(d(7, 10))
    annul(life, "c_1.4", d(7, 11))
    return life.until(d(7, 20))


LIFE_OF: dict[str, Callable[[], Life]] = {"late": ended_earlier, "corrected": _corrected, "annulled": _annulled}


@pytest.mark.parametrize("life", LIFE_OF)
def test_superseding_rows_written_by_the_service_verify(life: str, tmp_path: Path) -> None:
    rows = rows_of(LIFE_OF[life]())
    assert any("line" in row for row in rows)
    verdict = verdict_on(rows, tmp_path)
    assert verdict.code == GOOD, verdict.says


def test_random_contracts_with_superseded_rows_verify(tmp_path: Path) -> None:
    taken_out = 0
    for seed in range(LIVES):
        life = random_life(seed)
        rows = rows_of(life)
        taken_out += sum(len(row.get("line", {}).get("supersedes", ())) for row in rows)
        verdict = verdict_on(rows, tmp_path, {subject.id: subject.state for subject in life.dossier.subjects})
        assert verdict.code == GOOD, (seed, verdict.says)
    assert taken_out > LIVES


def _found(rows: list[Row], id_: str) -> Row:
    subject, _, seq = id_.rpartition(".")
    return next(row for row in rows if (row["subject"], row["seq"]) == (subject, int(seq)))


def _takes_out(id_: str, *seqs: int) -> Callable[[list[Row]], None]:
    return lambda rows: _found(rows, id_)["line"].update(supersedes=list(seqs))


def _line(id_: str, **members: str | None) -> Callable[[list[Row]], None]:
    return lambda rows: _found(rows, id_)["line"].update(members)


def _says(*ids: str, **members: object) -> Callable[[list[Row]], None]:
    def forge(rows: list[Row]) -> None:
        for id_ in ids:
            _found(rows, id_).update(members)

    return forge


def _brought_alone(rows: list[Row]) -> None:
    last = rows[-1]
    alone = {"brought_by": f"{last['subject']}.{last['seq']}", "from": "billing", "to": "terminated"}
    rows.append(
        last | {"seq": last["seq"] + 1, "from_state": last["to_state"], "recorded_at": "2023", "line": alone}
    )


def _taken_out_later(rows: list[Row]) -> None:
    """A second correction supersedes the first one."""
    first = _found(rows, "c_1.6")
    newest = [row for row in rows if row["subject"] == "c_1"][-1]
    more = {"seq": newest["seq"] + 1, "from_state": newest["to_state"], "to_state": newest["to_state"]}
    rows.append(first | more | {"line": {"supersedes": [6]}})


# What is forged, in which life, how, the row that is named (None: the one put last), and why it is bad.
FORGERIES: list[tuple[str, str, Callable[[list[Row]], None], str | None, str]] = [
    ("left out by the late notice", "late", _takes_out("c_1.6"), "c_1.6", "rows 5 and 7 both stand"),
    ("left out by restate", "late", _takes_out("o_1.5"), "o_1.5", "rows 4 and 6 both stand"),
    ("left out by the correction", "corrected", _takes_out("c_1.6"), "c_1.6", "its row 5, which ended it, stands"),
    ("left out beside an annulment", "annulled", _takes_out("o_1.5"), "c_1.6",
     "its cause, row 4 of c_1, does not"),
    ("the annulled entry left out", "annulled", _takes_out("c_1.6", 5), "c_1.6",
     "annuls row 4 of c_1 and does not"),
    ("doubled", "late", _takes_out("c_1.6", 5, 5), "c_1.6", "which line 11 has taken out already"),
    ("of the future", "late", _takes_out("c_1.6", 5, 7), "c_1.6", "row 7 of c_1, which is no earlier one"),
    ("of itself", "late", _takes_out("c_1.6", 5, 6), "c_1.6", "row 6 of c_1, which is no earlier one"),
    ("of a number that no row has", "late", _takes_out("c_1.6", 0), "c_1.6",
     "row 0 of c_1, which is no earlier one"),
    ("a person's row by restate", "late", _takes_out("o_1.5", 2, 4), "o_1.5", "an entry of a person"),
    ("a person's row by a late one", "late", _takes_out("c_1.6", 4, 5), "c_1.6", "an entry of a person"),
    ("a person's row by a correction", "corrected", _takes_out("c_1.6", 4, 5), "c_1.6", "an entry of a person"),
    ("more than is annulled", "annulled", _takes_out("c_1.6", 2, 4, 5), "c_1.6", "an entry of a person"),
    ("a correction", "corrected", _taken_out_later, None, "which is a row of correct_entry"),
    ("by the clock", "late", _says("c_1.6", actor="clock"), "c_1.6", "the clock rewrites no history"),
    ("added by another chain", "late", _line("o_1.6", brought_by="c_1.6"), "o_1.6",
     "is added by c_1.6, which is not"),
    ("added by an older row", "late", _line("c_1.7", brought_by="c_1.4"), "c_1.7",
     "is added by c_1.4, which is not"),
    ("added by no row", "late", _brought_alone, None, "is added by c_1.7, which is not"),
    ("added by a person", "late", _says("c_1.7", actor="desk", caused_by=None), "c_1.7", "an entry of a person"),
    ("added out of its state", "late", _line("c_1.7", **{"from": "applied"}), "c_1.7",
     "goes from applied to termina"),
    ("added with a state of its own", "late", _says("c_1.7", to_state="billing"), "c_1.7",
     "changes the state itself"),
    ("an added event that never was", "late", _says("c_1.7", event="forgive"), "c_1.7", "terminated by forgive"),
    ("a late step that is none", "late", _line("c_1.6", **{"from": "applied"}), "c_1.6",
     "no contract goes from app"),
    ("another state at the end", "late", _says("c_1.6", "c_1.7", to_state="billing", from_state="billing"),
     "c_1.6",
     "starts from contract billing"),
    ("a state that is none", "late", _says("c_1.6", to_state="forgiven"), "c_1.6", "no contract is ever forgiven"),
    ("alive again by a late notice", "late", lambda rows: (_says("c_1.6", to_state="billing")(rows),
     _says("c_1.7", from_state="billing", to_state="billing")(rows))[0], "c_1.6", "which ended it, stands"),
    ("ended by nothing", "annulled", _says("c_1.6", to_state="terminated"), "c_1.6",
     "no row stands that ended it"),
    ("restate by nothing", "late", _says("o_1.5", caused_by=None), "o_1.5", "names None as its cause"),
    ("restate by a plain row", "late", _says("o_1.5", caused_by="c_1.4"), "o_1.5", "names c_1.4 as its cause"),
    ("restate at another time", "late", _says("o_1.5", recorded_at="2022-09-03T01:00:00Z"), "o_1.5", "not belong"),
    ("a correction of nothing", "corrected", _says("c_1.6", facts={"entry": "c_1.9", "facts": {}}), "c_1.6",
     "which is no row of c_1 that stands"),
    ("a correction of the clock's", "corrected", _says("c_1.6", facts={"entry": "c_1.5", "facts": {}}), "c_1.6",
     "which is no row of c_1 that stands|no entry of a person"),
    ("a line of nothing", "late", _says("c_1.6", line={}), "c_1.6", "does not say what it takes out"),
    ("a line of nonsense", "late", _takes_out("c_1.6", "5"), "c_1.6", "does not say what it takes out"),
      # type: ignore[arg-type]
    ("a correction without its line", "corrected", lambda rows: _found(rows, "c_1.6").pop("line"), "c_1.6",
     "no contract takes the event correct_entry"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("life", "forge", "bad", "why"), [f[1:] for f in FORGERIES], ids=[f[0] for f in FORGERIES]
)
def test_a_forged_supersession_is_found_and_located(
    life: str, forge: Callable[[list[Row]], None], bad: str | None, why: str, tmp_path: Path
) -> None:
    rows = deepcopy(rows_of(LIFE_OF[life]()))
    forge(rows)
    named = rows[-1] if bad is None else _found(rows, bad)
    verdict = verdict_on(rows, tmp_path)
    assert verdict.code == TAMPERED
    assert any(reason in verdict.says for reason in why.split("|")), verdict.says
    assert verdict.first is not None and verdict.last is not None
    assert verdict.first <= rows.index(named) + 2 <= verdict.last, verdict.says


def test_a_correction_of_an_annulled_entry_is_found(tmp_path: Path) -> None:
    rows = rows_of(_annulled())
    head = _found(rows, "c_1.6")
    facts = {"entry": "c_1.4", "facts": {"arrived_on": "2022-06-02"}}
    rows.append(head | {"seq": 7, "from_state": "billing", "event": "correct_entry", "facts": facts,
                        "line": {"supersedes": [], "from": "billing", "to": "cancel_notified"}})  # fmt: skip
    assert "c_1.4, which is no row of c_1 that stands" in verdict_on(rows, tmp_path).says
    assert DRM in {row["subject"] for row in rows}
