"""A kind of file: what its rows are, and their columns by the places of the bodies that they become."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel

Reads = Literal["text", "texts", "day", "yes", "item", "items", "month", "amount", "yen", "service"]
OUTSIDE = frozenset(("contract", "month"))  # columns that name what the row is about


@dataclass(frozen=True, slots=True)
class Column:
    """A column. name: the place in the body, dotted, or what the path holds; ja: its Japanese name."""

    name: str
    ja: str
    reads: Reads = "text"
    needed: bool = False
    example: str = ""

    @property
    def heading(self) -> str:
        """Japanese with English."""
        return f"{self.ja} {self.name}"

    @property
    def is_reference(self) -> bool:
        """Whether it holds a reference, or the name of a contract."""
        return self.name == "contract" or self.name.rpartition(".")[2] == "reference"


@dataclass(frozen=True)
class FileKind:
    """What the rows of a file are. operation: by its id, whose roles may import it.

    ja: its Japanese name. model: what a row is read as. constant: what every row says without a column for it.
    of_services: the columns that the loaded services decide.
    """

    name: str
    ja: str
    operation: str
    model: type[BaseModel]
    own_columns: Sequence[Column]
    constant: Mapping[str, Any] = field(default_factory=dict)
    of_services: Callable[[], Sequence[Column]] = tuple

    @property
    def columns(self) -> Sequence[Column]:
        """Its columns, those of the loaded services last."""
        return (*self.own_columns, *self.of_services())

    @property
    def own(self) -> frozenset[str]:
        """The columns that go into the body."""
        return frozenset(c.name for c in self.columns if c.name not in OUTSIDE)
