"""Spans of OpenTelemetry: nothing until a provider is there (the extra `otel`), and nobody's data in them.

Names and attributes are those of the semantic conventions where there are any. No id, name, address or statement
is in a span; of an exception its class alone. What the terms refuse is no error.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.trace import INVALID_SPAN, Span, SpanKind, Status, StatusCode, get_current_span, get_tracer

from lifecycle import __version__
from lifecycle.errors import DomainError

Value = str | int | float | bool
_tracer = get_tracer("lifecycle", __version__)


@contextmanager
def span(name: str, kind: SpanKind = SpanKind.INTERNAL, **attributes: Value) -> Iterator[Span]:
    """A span around the block. attributes: their dots written as two underscores."""
    with _tracer.start_as_current_span(
        name, kind=kind, attributes=_dotted(attributes), record_exception=False, set_status_on_exception=False
    ) as found:
        try:
            yield found
        except DomainError:
            raise
        except Exception as error:
            failed(found, type(error).__name__)
            raise


@contextmanager
def transaction(system: str, operation: str) -> Iterator[Span]:
    """A span of the database, only within another one that is recorded."""
    if not get_current_span().is_recording():
        yield INVALID_SPAN
        return
    with span(system, SpanKind.CLIENT, db__system__name=system, db__operation__name=operation) as found:
        yield found


def failed(found: Span, why: str) -> None:
    """Marks a span as failed. why: a class or a status, never a sentence."""
    found.set_attribute("error.type", why)
    found.set_status(Status(StatusCode.ERROR))


def told(found: Span, **attributes: Value) -> None:
    """Adds what is known at the end."""
    found.set_attributes(_dotted(attributes))


def _dotted(attributes: dict[str, Value]) -> dict[str, Value]:
    return {name.replace("__", "."): value for name, value in attributes.items()}
