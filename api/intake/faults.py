"""Why a row was not taken, in the words for it."""

from collections.abc import Iterator, Sequence

from api.intake.columns import Column
from api.intake.rows import Fault
from api.intake.said import Said, said
from lifecycle.commands import applications
from lifecycle.machines.check import Refused
from lifecycle.machines.table import NotPossible
from lifecycle.records.mapping import Unknown
from lifecycle.terms.editions import NotInForce
from lifecycle.timers.fuse import Held


class TooManyEnds(Exception):
    """The row would be one end too many in the hour."""


def faults_of(error: Exception, columns: Sequence[Column | None]) -> Iterator[Fault]:
    """What an error says of a row, each with its column where it has one."""
    at = {column.name: place for place, column in enumerate(columns) if column is not None}
    match error:
        case Refused():
            for ruling in error.rulings:
                yield Fault(
                    None, Said(f"{ruling.because_ja}（{ruling.article}）", f"{ruling.because} ({ruling.article})")
                )
        case NotInForce():
            yield Fault(None, Said(error.ruling.because_ja, error.ruling.because))
        case applications.Duplicate():
            column = "reference" if error.kind == "contract" else "options.0.reference"
            yield Fault(at.get(column), said("duplicate", existing=error.existing))
        case Unknown():
            yield Fault(at.get("contract"), said("unknown"))
        case NotPossible():
            yield Fault(at.get("contract"), said("state", state=error.state))
            yield from (Fault(None, Said(r.because_ja, r.because)) for r in error.rulings or ())
        case TooManyEnds():
            yield Fault(None, said("too_many_ends"))
        case Held():
            yield Fault(None, said("held"))
        case _:
            yield Fault(None, said("overtaken"))
