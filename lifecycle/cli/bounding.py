"""Settings of how much the service lets itself be asked for; 0 means without a bound."""

from typing import Annotated

import typer

RatePerMinute = Annotated[
    int,
    typer.Option(
        envvar="LIFECYCLE_RATE_PER_MINUTE", help="Requests a minute of one token or person, per process.", min=0
    ),
]
FailuresPerMinute = Annotated[
    int,
    typer.Option(
        envvar="LIFECYCLE_FAILURES_PER_MINUTE", help="Failed sign-ins a minute of one address, per process.", min=0
    ),
]
RequestSeconds = Annotated[
    float,
    typer.Option(
        envvar="LIFECYCLE_REQUEST_SECONDS", help="Seconds after which a request is answered 408 or 503.", min=0
    ),
]
RequestsAtOnce = Annotated[
    int,
    typer.Option(envvar="LIFECYCLE_REQUESTS_AT_ONCE", help="Requests that one process works on at a time.", min=0),
]
ImportsAtOnce = Annotated[
    int,
    typer.Option(
        envvar="LIFECYCLE_IMPORTS_AT_ONCE", help="Files that one process takes in at a time by its pages.", min=0
    ),
]
ExportsAtOnce = Annotated[
    int,
    typer.Option(
        envvar="LIFECYCLE_EXPORTS_AT_ONCE",
        help="Exports, proofs and lists as files that one process sends at a time.",
        min=0,
    ),
]
EndsPerHour = Annotated[
    int,
    typer.Option(
        envvar="LIFECYCLE_ENDS_PER_HOUR",
        help="Cancellation notices and company's ends of one person an hour, beyond which a second one approves.",
        min=0,
    ),
]
