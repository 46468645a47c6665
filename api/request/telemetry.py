"""OpenTelemetry, by FastAPI's own support: off until a provider is there, and nobody's data in it.

With the extra `otel` installed, FASTAPI_OTEL_AUTO_CONFIGURE=true and OTEL_EXPORTER_OTLP_ENDPOINT, it is sent.
"""

from collections.abc import MutableMapping
from typing import Any

from fastapi.telemetry import TelemetryConfig
from opentelemetry.trace import get_current_span


def untold(scope: MutableMapping[str, Any]) -> bool:
    """Whether a request leaves no span: its path or its query, which a span would quote, may be about somebody."""
    return not str(scope.get("path", "")).startswith("/v1/") or bool(scope.get("query_string"))


def without_path() -> None:
    """Takes the path out of the span of the current request: it has ids, and anything where no route is of it.

    The route's template stands beside it.
    """
    get_current_span().set_attribute("url.path", "REDACTED")


# Its logs would quote what was sent and the words of exceptions; in its spans of operations a refusal is an error.
TELEMETRY: TelemetryConfig = {"logs": False, "operation_spans": False, "exclude": untold}
