"""A kind of file: the meaning of its rows, their columns by the fields of the body, the items it can name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel

from api.imports.messages import Sentence
from lifecycle.terms.editions import ITEMS, SERVICES, item_names
from lifecycle.terms.services import PAGE_WORDS

Reads = Literal["text", "texts", "day", "yes", "item", "items", "month", "amount", "yen", "service"]
OUTSIDE = frozenset(("contract", "month"))  # columns that name what the row is about


@dataclass(frozen=True, slots=True)
class Column:
    """A column. name: the field of the body, dotted, or a path parameter; ja: its Japanese name."""

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
    """A kind of file. operation: the id of the operation, whose roles may import it. ja: its Japanese name. model:
    the model of a row. constant: values that every row has without a column. of_services: the columns that depend
    on the loaded services.
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
        """The columns that belong to the body."""
        return frozenset(c.name for c in self.columns if c.name not in OUTSIDE)


FIRST, *_, LAST = ITEMS
ITEMS_EXAMPLE = f"{FIRST} 2021-04-01; {LAST} 2022-01-01"


def item_choices() -> Sentence:
    """The items of every loaded service; with the names of the services where there are several."""
    japanese, english = [], []
    for service in SERVICES:
        of = PAGE_WORDS[f"service.{service}"] if len(SERVICES) > 1 else ("", "")
        names = "、".join(f"{name} {PAGE_WORDS[f'item.{name}'][0]}" for name in item_names(service))
        japanese.append(f"{of[0]}：{names}" if of[0] else names)
        english.append(", ".join(item_names(service)) + (f" ({of[1]})" if of[1] else ""))
    return Sentence("／".join(japanese), "; ".join(english))
