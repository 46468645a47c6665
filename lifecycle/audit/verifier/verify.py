"""Verifies an export with only the export and what an auditor kept: checkpoints, and a verification key.

No database, no service. One loop: each line is parsed, compared with its canonical bytes and hashed; then the row
is followed in its chain, and the root over all rows is compared with every kept checkpoint.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lifecycle.audit.checkpoint import Checkpoint, KeptCheckpoint, Unreadable, VerificationKey, read_by_any
from lifecycle.audit.export_format import BREAKS, WHOLE_CONTRACTS, header_of, lines_of
from lifecycle.audit.judge import Judge, Unjust
from lifecycle.audit.merkle import Growing
from lifecycle.audit.verifier.breaks import LOG_CHAIN, SignOn, read_sign_on, sign_ons_in
from lifecycle.audit.verifier.chains import Chains, Steps
from lifecycle.audit.verifier.first_bad import first_bad
from lifecycle.audit.verifier.gaps import GAP, filled, read_gap
from lifecycle.audit.verifier.lines import Bad, check_proof, parse, parse_row
from lifecycle.audit.verifier.supersession import Standing

GOOD, TAMPERED, UNREADABLE = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of a verification. code: GOOD, TAMPERED or UNREADABLE. first, last: lines of the first bad
    row.
    """

    code: int
    says: str
    first: int | None = None
    last: int | None = None


def verify(
    path: Path,
    kept: Sequence[KeptCheckpoint],
    keys: VerificationKey | Sequence[VerificationKey],
    steps: Steps,
    judge: Judge | None = None,
    archives: Sequence[Path] = (),
) -> Verdict:
    """Verify an export of everything, or of some rows with their proofs. Raises Unreadable, Forged.

    judge: whether to compute the results of the terms, for an export of everything or of whole contracts.
    archives: files with rows that an export of everything omits; they are read in their places.
    """
    keys = [keys] if isinstance(keys, VerificationKey) else keys
    header, number, bad = header_of(path), 1, None
    wanted, note = header["filter"], str(header.get("checkpoint")).encode("utf-8", "replace")
    checkpoint = None if wanted is None else read_by_any(note, keys)
    complete = Standing(steps) if wanted is None or wanted.keys() <= WHOLE_CONTRACTS else None
    ordered = sorted(kept, key=lambda one: one.checkpoint.size)
    reader = _Reader(Chains(steps, complete), ordered, checkpoint, lambda: sign_ons_in(path))
    reader.judge = judge if complete else None
    try:
        reader.begin()
        lines = filled(path, archives) if archives and wanted is None else lines_of(path)
        for number, line in enumerate(lines, start=1):
            if number > 1:
                reader.read(line, number)
        number += 1
        reader.over(number, wanted.get("contract") if wanted and complete else None)
    except Bad as found:
        bad = found.on(number)
    except BREAKS as error:
        bad = Bad(f"the file breaks off: {error}").on(number + 1)
    if (first := first_bad(reader.broken, bad, reader.good)) is None and reader.unjust is not None:
        at, why = reader.unjust.line, f"does not follow from the terms / 規程から導かれない行: {reader.unjust}"
        return Verdict(TAMPERED, f"TAMPERED / 改ざんあり: the row on line {at} {why}", at, at)
    if first is None:
        judged = (
            f"\n{reader.judge.says()}" if reader.judge else "\nNot judged: rows are left out." if judge else ""
        )
        return Verdict(GOOD, f"GOOD / 改ざんなし: {reader.says(kept)}{judged}")
    where = f"line {first.last}" if first.first == first.last else f"lines {first.first} to {first.last}"
    says = f"TAMPERED / 改ざんあり: the first bad row stands on {where}: {first}"
    return Verdict(TAMPERED, says, first.first, first.last)


@dataclass(slots=True)
class _Reader:
    """The state of reading an export: the log's rows, unsealed rows, the states, the end.

    kept: checkpoints, the next one first. checkpoint: in whose log each row of an export of some rows is proved.
    ahead: the keys that sign on in rows that may not be read yet. told: checkpoints that the log does not extend,
    according to such a row. vouched: the number of rows that each key's checkpoints cover. good: the line up to
    which a checkpoint covers every row. broken: the first row that does not follow in its chain; then the rest of
    the log is only hashed, because the checkpoints may show that an earlier row is bad.
    """

    chains: Chains
    kept: list[KeptCheckpoint]
    checkpoint: Checkpoint | None
    ahead: Callable[[], Iterable[SignOn]]
    sign_ons: list[SignOn] = field(default_factory=list)
    told: list[tuple[KeptCheckpoint, SignOn]] = field(default_factory=list)
    vouched: dict[str, int] = field(default_factory=dict)
    tree: Growing = field(default_factory=Growing)
    section: str = "log"
    rows: int = 0
    subjects: int = 0
    good: int = 0
    broken: Bad | None = None
    judge: Judge | None = None
    unjust: Unjust | None = None

    def begin(self) -> None:
        """Read the first line. Raises Bad, Unreadable."""
        if self.checkpoint is None:
            self._compare(1)
            return
        size, root = self.checkpoint.size, self.checkpoint.root
        log = (self.checkpoint.origin, size)
        of_its_size = [one for one in self.kept if (one.checkpoint.origin, one.checkpoint.size) == log]
        for one in of_its_size:
            if one.checkpoint.root != root:
                raise Bad(f"its checkpoint of {size} rows is not the one kept as {one.name}")
        if self.kept and not of_its_size:
            raise Unreadable(f"no checkpoint kept is of {size} rows: ask for a proof up to one of them")

    def read(self, line: bytes, number: int) -> None:
        """Read the next line. Raises Bad."""
        if line.startswith(b'{"hash":') and self.section in ("log", "pending"):
            row, more, digest = parse_row(line)
            self.rows += 1
            if self.checkpoint is not None:
                check_proof(more, digest, self.checkpoint)
            elif more:
                raise Bad("not the fields of a row's line")
            if row.get("kind") == LOG_CHAIN:
                self.sign_ons.append(read_sign_on(row, number - 2))
            self._follow(row, digest, number)
            if self.section == "log" and self.checkpoint is None:
                self.tree.add([digest])
                self._compare(number)
            return
        if line.startswith(GAP) and self.section == "log" and self.checkpoint is None:
            self._leave_out(*read_gap(line), number)
            return
        said = parse(line)
        name, value = next(iter(said.items())) if isinstance(said, dict) and len(said) == 1 else ("", None)
        if name == "log" and self.section == "log" and self.checkpoint is None:
            self._log_ends(number)
            if value != self.rows:
                raise Bad(f"the log has {self.rows} rows here, and {value} by this line: rows are missing")
            self.section = "pending"
        elif name == "state" and self.section in ("pending", "states"):
            self.chains.end(value)
            self.subjects, self.section = self.subjects + 1, "states"
        elif name == "end" and (
            self.section in ("pending", "states") or (self.checkpoint and self.section == "log")
        ):
            self._all_ends(value)
        else:
            raise Bad("not a line that belongs here")

    def over(self, number: int, contract: str | None) -> None:
        """Finish after the last line; the file ends before this line. contract: whose rows they are. Raises
        Bad.
        """
        if self.section == "log" and self.checkpoint is None:
            self._log_ends(number)
        if self.section != "over":
            raise Bad("the export ends before its end: lines are missing")
        for one, sign_on in self.told:
            if self.vouched.get(sign_on.key.name, 0) <= sign_on.index:
                raise Bad(
                    f"the log does not extend {one.name}; row {sign_on.index + 1} says so, and no checkpoint of "
                    f"{sign_on.key.name} was given that vouches for that row"
                )
        if contract is not None and contract not in self.chains.heads:
            raise Bad("the contract that the first line names has no row")
        if self.judge is not None and self.unjust is None:
            try:
                self.judge.over()
            except Unjust as unjust:
                self.unjust = unjust

    def says(self, kept: Sequence[KeptCheckpoint]) -> str:
        """What was found, if everything is good."""
        if self.checkpoint is not None:
            heads = list(self.chains.heads.items())[:20]
            told = [f"\n  {subject}: {now}, {seq} rows" for subject, (_, seq, now, _) in heads]
            return f"{self.rows:,} rows, each proved to be in the sealed log{''.join(told)}"
        size, number = max([0, *self.vouched.values()]), len(kept) - len(self.told)
        of = f"{self.rows:,} rows of {self.subjects:,} subjects"
        newer = f"{self.rows - size:,} are newer than the last of them"
        over = [f"\n  {sign_on}" for sign_on in self.sign_ons]
        over += [f"\n  {one.name} vouches for rows that are not in this log" for one, _ in self.told]
        gaps = self.chains.gaps.says()
        return f"{of}; {number} checkpoints vouch for {size:,}, {newer}{''.join(over)}{gaps}"

    def _leave_out(self, subject: str, seq: int, digest: bytes, number: int) -> None:
        """Take an archived row of the log: its hash counts, and its place in its chain."""
        self.rows += 1
        try:
            if self.broken is None:
                self.chains.leave_out(subject, seq, digest, number)
                if self.judge is not None:
                    self.judge.gaps.add(subject)
        except Bad as bad:
            self.broken = bad.on(number)
        self.tree.add([digest])
        self._compare(number)

    def _follow(self, row: dict[str, Any], digest: bytes, number: int) -> None:
        try:
            if self.broken is None:
                self.chains.add(row, digest, number)
                if self.judge is not None and self.unjust is None:
                    self.judge.add(row, number)
        except Unjust as unjust:
            self.unjust = unjust
        except Bad as bad:
            if self.section != "log" or self.checkpoint is not None:
                raise
            self.broken = bad.on(number)

    def _compare(self, number: int) -> None:
        while self.kept and self.kept[0].checkpoint.size == self.rows:
            one = self.kept.pop(0)
            if one.checkpoint.root != self.tree.root():
                if self._is_stated_in_log(one):
                    continue
                why = f"the first {self.rows} rows are not the ones that {one.name} was signed over"
                raise Bad(why, first=max(self.good + 1, 2)).on(max(number, 2))
            self.good, self.vouched[one.checkpoint.origin] = number, self.rows

    def _is_stated_in_log(self, one: KeptCheckpoint) -> bool:
        """Whether a row of the log says that the log does not extend a checkpoint."""
        found = [sign_on for sign_on in self.ahead() if sign_on.tells_of(one.checkpoint)]
        self.told += [(one, sign_on) for sign_on in found[:1]]
        return bool(found)

    def _log_ends(self, number: int) -> None:
        self.kept = [one for one in self.kept if not self._is_stated_in_log(one)]
        if self.kept:
            size, name = self.kept[0].checkpoint.size, self.kept[0].name
            why = f"the log has {self.rows} rows, and {name} is of {size}: rows are missing"
            raise Bad(why, first=max(self.good + 1, 2)).on(number)
        if self.broken is not None:
            raise self.broken

    def _all_ends(self, value: Any) -> None:
        if value != {"rows": self.rows} | ({} if self.checkpoint else {"subjects": self.subjects}):
            raise Bad("not the number of rows and subjects before it")
        if self.checkpoint is None:
            for subject, (_, _, _, line) in self.chains.heads.items():
                raise Bad(f"{subject} has rows, and no state at the end", line)
            if self.chains.standing is not None:
                self.chains.standing.check_end()
        self.chains.editions.check_end()
        self.chains.gaps.check_end()
        self.section = "over"
