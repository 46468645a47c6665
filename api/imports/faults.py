"""The errors of a refused row, in words."""

from collections.abc import Iterator, Sequence

from api.imports.columns import Column
from api.imports.messages import Sentence, sentence, value_error
from api.imports.rows import RowFault
from lifecycle.commands import applications
from lifecycle.commands.execute import ClockWrong
from lifecycle.commands.take_over import RecordedDifferently
from lifecycle.errors import DomainError, Malformed
from lifecycle.machines.check import Refused
from lifecycle.machines.table import NotPossible
from lifecycle.records.mapping import Unknown
from lifecycle.records.references import AmbiguousReference
from lifecycle.terms.editions import NotInForce
from lifecycle.timers.fuse import Held


class TooManyInHour(DomainError):
    """The row would exceed the hourly limit of ends or acceptances."""


class SecondPersonNeeded(DomainError):
    """The row needs a second person."""


def faults_of(error: Exception, columns: Sequence[Column | None]) -> Iterator[RowFault]:
    """Return the errors of a row, each with its column if there is one."""
    at = {column.name: place for place, column in enumerate(columns) if column is not None}
    match error:
        case Refused():
            for ruling in error.rulings:
                yield RowFault(
                    None,
                    Sentence(f"{ruling.because_ja}（{ruling.article}）", f"{ruling.because} ({ruling.article})"),
                )
        case NotInForce():
            yield RowFault(None, Sentence(error.ruling.because_ja, error.ruling.because))
        case RecordedDifferently():
            yield RowFault(at.get("reference"), sentence("taken_otherwise", existing=error.existing))
        case Malformed():
            for one in error.errors:
                name = one["pointer"].removeprefix("/").replace("/", ".")
                yield RowFault(at.get(name), value_error(one["detail"]))
        case applications.Duplicate():
            column = "options.0.reference" if error.of == "option" else "reference"
            yield RowFault(at.get(column, at.get("reference")), sentence("duplicate", existing=error.existing))
        case AmbiguousReference():
            yield RowFault(at.get("contract"), sentence("ambiguous", ids=" / ".join(error.ids)))
        case Unknown():
            yield RowFault(at.get("contract"), sentence("unknown"))
        case NotPossible():
            yield RowFault(at.get("contract"), sentence("state", state=error.state))
            yield from (RowFault(None, Sentence(r.because_ja, r.because)) for r in error.rulings or ())
        case TooManyInHour():
            yield RowFault(None, sentence("too_many_in_hour"))
        case SecondPersonNeeded():
            yield RowFault(None, sentence("second_person"))
        case ClockWrong():
            yield RowFault(None, sentence("clock_wrong"))
        case Held():
            yield RowFault(None, sentence("held"))
        case _:
            yield RowFault(None, sentence("overtaken"))
