"""Where the first bad row of an export stands."""

from lifecycle.audit.verifier.lines import Bad


def first_bad(broken: Bad | None, bad: Bad | None, good: int) -> Bad | None:
    """Where the first bad row stands: by the chains, and by the bytes and the checkpoints.

    The earlier of two rows that do not fit may be the bad one, unless a checkpoint vouches for it.
    """
    mine = broken or bad
    if mine is not None and mine.earlier is not None and mine.earlier > good:
        mine = Bad(f"line {mine.earlier} or line {mine.last}: {mine}", first=mine.earlier).on(mine.last)
    if broken is None or bad is None or bad is broken or broken.first < bad.first or mine is None:
        return mine  # every row before `bad` is vouched for, or hashed as it says
    if broken.first <= bad.last and bad.first < bad.last:
        return Bad(f"{mine}; {bad}", first=bad.first).on(broken.last)
    return bad
