"""Charts: coming ends by day, contracts by state over time, the lag of the sweep; each with its table."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from threading import Lock
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from api.pages.chart import chart
from api.pages.chosen_service import Linking, chosen_service, services_to_choose
from api.pages.layout import page
from api.pages.routing import pages
from api.pages.session import SignedInSession
from api.request.context import Context, context_of
from lifecycle.queries import statistics
from lifecycle.terms.calendar import TOKYO

router = pages()
DAYS, MONTHS = 62, 13
KEPT_S = 60  # how old the figures may be: one of them reads every contract
_lock = Lock()


@dataclass(frozen=True, slots=True)
class CachedStatistics:
    """Statistics and when they were computed: by the service's time, and by the real one."""

    now: datetime
    at: datetime
    figures: dict[str, Any]


@router.get("/pictures")
def dashboard(request: Request, visit: SignedInSession) -> Response:
    """Show the charts, at most a minute old."""
    visit.need("contracts-list_contracts")
    service = chosen_service(request, visit)
    kept = _kept(context_of(request), service)
    return page(
        request, visit, "dashboard.html", now=context_of(request).clock(), as_of=kept.now, service=service,
        services=services_to_choose(visit), link=Linking("/pictures", {"service": service}),
        own=Linking("", {"service": service}), **kept.figures,
    )  # fmt: skip


def _kept(context: Context, service: str | None) -> CachedStatistics:
    """Return the cached statistics, computed again if they are too old; one thread at a time does this."""
    name = "pictures" if service is None else f"pictures of {service}"
    found: CachedStatistics | None = context.kept.get(name)
    if found is not None and _fresh(found, context):
        return found
    with _lock:
        found = context.kept.get(name)
        if found is None or not _fresh(found, context):
            found = context.kept[name] = CachedStatistics(
                context.clock(), context.wall(), _drawn_up(context, service)
            )
    return found


def _fresh(kept: CachedStatistics, context: Context) -> bool:
    stands = context.sandbox and context.clock() != kept.now
    return not stands and (context.wall() - kept.at).total_seconds() < KEPT_S


def _drawn_up(context: Context, service: str | None) -> dict[str, Any]:
    now = context.clock()
    ends, states, hours, lag = context.figures(
        lambda conn: (
            statistics.ends_by_day(conn, now, DAYS, service),
            statistics.states_by_month(conn, now, MONTHS, service),
            statistics.due_by_hour(conn, now, DAYS, service),
            statistics.lag_by_day(conn, service)[-31:],
        )
    )
    by_day: dict[date, list[float]] = {}
    for hour in hours:
        by_day.setdefault(hour.at.date(), [0, 0])[hour.at.hour > 0] += hour.number
    due = [(day, by_day.get(day, [0, 0])) for day, _ in ends]
    short: Callable[[Any], str] = lambda day: f"{day.month}/{day.day}"  # noqa: E731
    return {
        "hours": hours, "ends": ends, "states": states, "lag": lag, "series": statistics.STATES, "zone": TOKYO,
        "ends_chart": chart([short(day) for day, _ in ends], [[n] for _, n in ends]),
        "due_chart": chart([short(day) for day, _ in due], [numbers for _, numbers in due]),
        "states_chart": chart([str(m) for m, _ in states], [list(by.values()) for _, by in states], shown=7),
        "lag_chart": chart(
            [short(one.day) for one in lag], [[one.longest.total_seconds()] for one in lag], unit=" s"
        ),
    }  # fmt: skip
