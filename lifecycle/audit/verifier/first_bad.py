"""Finds the first bad row of an export."""

from lifecycle.audit.verifier.lines import Bad


def first_bad(broken: Bad | None, bad: Bad | None, good: int) -> Bad | None:
    """Return the lines of the first bad row, by the chains, and by the bytes and the checkpoints.

    Of two rows that do not agree the earlier one may be the bad one, unless a checkpoint covers it.
    """
    mine = broken or bad
    if mine is not None and mine.earlier is not None and mine.earlier > good:
        mine = Bad(f"line {mine.earlier} or line {mine.last}: {mine}", first=mine.earlier).on(mine.last)
    if broken is None or bad is None or bad is broken or broken.first < bad.first or mine is None:
        return mine  # every row before `bad` is covered by a checkpoint, or has the right hash
    if broken.first <= bad.last and bad.first < bad.last:
        return Bad(f"{mine}; {bad}", first=bad.first).on(broken.last)
    return bad
