"""OpenTelemetry: a span for each API request, but none that could contain a name."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import Event
from typing import Any

import pytest
from fastapi import FastAPI, Response
from fastapi.testclient import TestClient
from opentelemetry import trace

from api.request.request_log import TELEMETRY, RequestLog, RequestMetrics
from lifecycle import spans
from lifecycle.audit.seal import NO_SEALS
from lifecycle.errors import TryAgain
from lifecycle.timers.fuse import permit_all
from scheduler.sealer import Sealer
from scheduler.time_slices import TimeSlices
from tests.api.desk import Desk


class Kept(trace.NonRecordingSpan):
    """A span that remembers."""

    def __init__(self, name: str, kind: trace.SpanKind, attributes: dict[str, Any]) -> None:
        super().__init__(trace.INVALID_SPAN_CONTEXT)
        self.name, self.kind, self.attributes, self.failed = name, kind, dict(attributes), False

    def is_recording(self) -> bool:
        return True

    def set_attribute(self, key: str, value: Any) -> None:
        self.attributes[key] = value

    def set_attributes(self, attributes: Any) -> None:
        self.attributes |= attributes

    def set_status(self, status: Any, description: str | None = None) -> None:
        self.failed = status.status_code is trace.StatusCode.ERROR


class Keeping(trace.NoOpTracer):
    """A tracer that keeps its spans."""

    def __init__(self) -> None:
        self.spans: list[Kept] = []

    @contextmanager
    def start_as_current_span(self, name: str, *given: Any, **named: Any) -> Iterator[trace.Span]:
        self.spans.append(Kept(name, named["kind"], named["attributes"]))
        with trace.use_span(self.spans[-1], record_exception=False, set_status_on_exception=False) as span:
            yield span


class KeepingRequests(Keeping, trace.TracerProvider):
    """A provider that stores the spans of requests."""

    def get_tracer(self, *_: Any, **__: Any) -> Any:
        return self

    def start_span(self, name: str, *given: Any, **named: Any) -> trace.Span:
        self.spans.append(Kept(name, named["kind"], named["attributes"]))
        return self.spans[-1]


class Recording(trace.TracerProvider):
    """A provider that stores the content of spans."""

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
    """Return what a recording provider receives about requests."""
    provider = Recording()
    app = FastAPI(telemetry=TELEMETRY | {"tracer_provider": provider})  # type: ignore[arg-type]

    @app.get("/v1/contracts")
    def contracts() -> str:
        return "none"

    with TestClient(app) as client:
        for path in paths:
            client.get(path)
    return " ".join(provider.told)


def test_a_request_becomes_a_span_unless_it_could_contain_a_name() -> None:
    assert "/v1/contracts" in asked("/v1/contracts")
    assert asked("/v1/contracts?q=yamada", "/sign-in/token", "/yamada") == ""


def test_the_span_of_a_request_has_no_path_and_a_refusal_is_no_error_of_it() -> None:
    provider = KeepingRequests()
    app = FastAPI(telemetry=TELEMETRY | {"tracer_provider": provider})  # type: ignore[arg-type]
    app.add_middleware(RequestLog, measures=RequestMetrics())
    app.add_exception_handler(TryAgain, lambda *_: Response(status_code=409))

    @app.get("/v1/contracts/{contract_id}")
    def contract(contract_id: str) -> None:
        raise TryAgain

    with TestClient(app) as client:
        assert [client.get(path).status_code for path in ("/v1/contracts/c_1", "/v1/yamada")] == [409, 404]
    assert [(one.attributes.get("http.route"), one.failed) for one in provider.spans] == [
        ("/v1/contracts/{contract_id}", False), (None, False),
    ]  # fmt: skip
    assert "c_1" not in str(provider.spans) + str([one.attributes for one in provider.spans])
    assert "yamada" not in str([one.attributes for one in provider.spans])


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> list[Kept]:
    """The spans of background work."""
    tracer = Keeping()
    monkeypatch.setattr(spans, "_tracer", tracer)
    return tracer.spans


def test_background_work_has_spans_without_personal_data(desk: Desk, kept: list[Kept]) -> None:
    contract = desk.accepted()
    seen = datetime.fromisoformat("2022-05-02T09:00:00+09:00")
    TimeSlices(desk.engine, lambda: seen, 100, lambda now, counting: permit_all(now, counting), Event()).sweep(
        seen
    )
    Sealer(desk.engine, lambda: seen, NO_SEALS)._turn()
    system = desk.engine.dialect.name
    assert {one.name for one in kept} == {"sweep", "seal", system}
    assert kept[0].attributes == {"lifecycle.fired": 1, "lifecycle.parked": 0}
    database = next(one for one in kept if one.name == system)
    assert (database.kind, database.attributes["db.system.name"]) == (trace.SpanKind.CLIENT, system)
    assert not [one for one in kept if one.failed]
    assert contract["id"] not in str([one.attributes for one in kept])


def test_a_refusal_is_no_error_and_a_fault_is_one_by_its_class_alone(kept: list[Kept]) -> None:
    with pytest.raises(TryAgain), spans.span("refused"):
        raise TryAgain
    with pytest.raises(KeyError), spans.span("broken"):
        raise KeyError("somebody")
    assert [(one.failed, one.attributes) for one in kept] == [(False, {}), (True, {"error.type": "KeyError"})]


def test_telemetry_exports_no_logs() -> None:
    assert TELEMETRY["logs"] is False
