"""OpenTelemetry, by FastAPI's own support: off until a provider is there, and nobody's data in it.

With the extra `otel` installed, FASTAPI_OTEL_AUTO_CONFIGURE=true and OTEL_EXPORTER_OTLP_ENDPOINT, it is sent.
"""

from collections.abc import MutableMapping
from typing import Any

from fastapi.telemetry import TelemetryConfig


def untold(scope: MutableMapping[str, Any]) -> bool:
    """Whether a request leaves no span: its path or its query, which a span would quote, may be about somebody."""
    return not str(scope.get("path", "")).startswith("/v1/") or bool(scope.get("query_string"))


# Its logs would quote what was sent and the words of exceptions.
TELEMETRY: TelemetryConfig = {"logs": False, "exclude": untold}
