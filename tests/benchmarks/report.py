"""What a benchmark is told, what it answers, and how that is shown."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Options:
    """rows: due rows of a sweep; commands: desk commands of a run; repeats: runs of each; kinds: databases."""

    rows: int
    commands: int
    repeats: int
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """Items per second of the house beside those of the bare minimum, on one database."""

    what: str
    database: str
    items: int
    ours: Sequence[float]
    bare: Sequence[float]

    def row(self) -> str:
        """One line of the table: medians, and the ratio of ours to the bare minimum run by run, its median."""
        ratio = median(ours / bare for ours, bare in zip(self.ours, self.bare, strict=True))
        return (
            f"| {self.what} | {self.database} | {self.items:,} | {median(self.ours):,.0f}/s "
            f"| {median(self.bare):,.0f}/s | {ratio:.2f} |"
        )


def table(results: Sequence[Result]) -> str:
    """All results as a Markdown table."""
    head = "| what | database | items | ours | bare minimum | ratio |\n|---|---|--:|--:|--:|--:|"
    return "\n".join((head, *(result.row() for result in results)))


def alternating(
    repeats: int, ours: Callable[[], float], bare: Callable[[], float]
) -> tuple[list[float], list[float]]:
    """Runs both by turns, so that a machine that drifts spoils both alike; items per second of each run."""
    pairs = [(ours(), bare()) for _ in range(repeats)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]
