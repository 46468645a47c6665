"""Settings of the request limits; 0 means no limit."""

from typing import TYPE_CHECKING, Annotated

from lifecycle.cli.settings import setting

if TYPE_CHECKING:
    from api.request.request_limits import RequestLimits

RatePerMinute = Annotated[
    int,
    setting(
        "LIFECYCLE_RATE_PER_MINUTE",
        "Requests per minute of one token or person, per process; 0 for no limit.",
        min=0,
    ),
]
FailuresPerMinute = Annotated[
    int,
    setting(
        "LIFECYCLE_FAILURES_PER_MINUTE",
        "Failed sign-ins per minute from one address, per process; 0 for no limit.",
        min=0,
    ),
]
RequestSeconds = Annotated[
    float,
    setting(
        "LIFECYCLE_REQUEST_SECONDS", "Seconds after which a request is answered 408 or 503; 0 for no limit.", min=0
    ),
]
RequestsAtOnce = Annotated[
    int, setting("LIFECYCLE_REQUESTS_AT_ONCE", "Simultaneous requests per process; 0 for no limit.", min=0)
]
ImportsAtOnce = Annotated[
    int,
    setting(
        "LIFECYCLE_IMPORTS_AT_ONCE",
        "Simultaneous file imports and uploads per process; 0 for no limit.",
        min=0,
    ),
]
ExportsAtOnce = Annotated[
    int,
    setting(
        "LIFECYCLE_EXPORTS_AT_ONCE",
        "Simultaneous exports, proofs and list files per process; 0 for no limit.",
        min=0,
    ),
]
EndsPerHour = Annotated[
    int,
    setting(
        "LIFECYCLE_ENDS_PER_HOUR",
        "Cancellation notices and company ends per person and hour without a second person; 0 for no limit.",
        min=0,
    ),
]
AcceptancesPerHour = Annotated[
    int,
    setting(
        "LIFECYCLE_ACCEPTANCES_PER_HOUR",
        "Acceptances per person and hour without a second person; 0 for no limit.",
        min=0,
    ),
]
ErasuresPerHour = Annotated[
    int,
    setting(
        "LIFECYCLE_ERASURES_PER_HOUR",
        "Erasures of personal data per person and hour without a second person; 0 for no limit.",
        min=0,
    ),
]


def request_limits_of(
    rate_per_minute: RatePerMinute = 6000, failures_per_minute: FailuresPerMinute = 30,
    request_seconds: RequestSeconds = 60.0, requests_at_once: RequestsAtOnce = 200,
    ends_per_hour: EndsPerHour = 100, imports_at_once: ImportsAtOnce = 2, exports_at_once: ExportsAtOnce = 4,
    acceptances_per_hour: AcceptancesPerHour = 100, erasures_per_hour: ErasuresPerHour = 100,
) -> "RequestLimits":  # fmt: skip
    """Return the request limits."""
    from api.request.request_limits import RequestLimits

    return RequestLimits(
        rate_per_minute, failures_per_minute, request_seconds, requests_at_once, ends_per_hour, imports_at_once,
        exports_at_once, acceptances_per_hour, erasures_per_hour,
    )  # fmt: skip
