"""The line of the judge, under the names that the oracle's tests use."""

from lifecycle.audit.judge import ItemFrom as Turn
from lifecycle.audit.judge import JudgedLine as Line
from lifecycle.audit.judge import JudgedPart as Holder
from lifecycle.audit.judge import effect, item_on

__all__ = ["Holder", "Line", "Turn", "effect", "item_on"]
