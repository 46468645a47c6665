"""The line of the judge, under the names that the oracle's tests use."""

from lifecycle.audit.judging.line import JudgedLine as Line
from lifecycle.audit.judging.line import effect, item_on
from lifecycle.audit.judging.subjects import ItemFrom as Turn
from lifecycle.audit.judging.subjects import JudgedHolder as Holder

__all__ = ["Holder", "Line", "Turn", "effect", "item_on"]
