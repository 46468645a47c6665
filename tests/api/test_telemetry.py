"""OpenTelemetry: a span for a request of the interface, but none where a name could be quoted in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from opentelemetry import trace

from api.request.telemetry import TELEMETRY


class Recording(trace.TracerProvider):
    """A provider that keeps what the spans are told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def get_tracer(self, *_: Any, **__: Any) -> Any:
        return _Tracer(self.told)


class _Tracer(trace.NoOpTracer):
    def __init__(self, told: list[str]) -> None:
        self.told = told

    def start_span(self, name: str, *given: Any, **named: Any) -> trace.Span:
        self.told.append(f"{name} {given} {named}")
        return super().start_span(name, *given, **named)

    @contextmanager
    def start_as_current_span(self, name: str, *given: Any, **named: Any) -> Iterator[trace.Span]:
        with trace.use_span(self.start_span(name)) as span:
            yield span


def asked(*paths: str) -> str:
    """What a recording provider is told of requests."""
    provider = Recording()
    app = FastAPI(telemetry=TELEMETRY | {"tracer_provider": provider})  # type: ignore[arg-type]

    @app.get("/v1/contracts")
    def contracts() -> str:
        return "none"

    with TestClient(app) as client:
        for path in paths:
            client.get(path)
    return " ".join(provider.told)


def test_a_request_becomes_a_span_and_one_that_could_name_somebody_does_not() -> None:
    assert "/v1/contracts" in asked("/v1/contracts")
    assert asked("/v1/contracts?q=yamada", "/sign-in/token", "/yamada") == ""


def test_nothing_is_logged_of_what_was_sent() -> None:
    assert TELEMETRY["logs"] is False
