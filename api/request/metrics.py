"""/metrics in the format of Prometheus: this process's requests and pool, and the sweeps."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from platform import python_version

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection, QueuePool, func, select
from sqlalchemy.exc import SQLAlchemyError

from api.request.context import Context
from api.request.readiness import alarms_of, checks_of
from api.request.request_log import COUNTED_EVERY_S, RequestMetrics
from lifecycle import __version__
from lifecycle.audit.standing import waiting_since
from lifecycle.machines.step import RANKS
from lifecycle.machines.table import MACHINES
from lifecycle.mail.outbox import mail_numbers
from lifecycle.records import tables
from lifecycle.records.engine import reading
from lifecycle.records.fitness import newest
from lifecycle.timers.clock import oldest_due, parked_count, read_clock
from lifecycle.timers.counters import MILLISECONDS, PARKED, SWEEPS, totals
from lifecycle.timers.fuse import tripped
from lifecycle.webhooks.subscriptions import webhook_numbers

MOST_UNLOGGED = 100_000  # not counted beyond this
_OUTBOX = select(func.count()).select_from(select(tables.outbox.c.id).limit(MOST_UNLOGGED).subquery())


def exposition(context: Context, measures: RequestMetrics) -> bytes:
    """Return the whole page of metrics."""
    standing = CollectorRegistry(auto_describe=False)
    standing.register(_Standing(context, measures))
    return generate_latest(measures.registry) + generate_latest(standing)


class _Standing(Collector):
    """Gauges of the database and of this process's pool, read on demand."""

    def __init__(self, context: Context, measures: RequestMetrics) -> None:
        self.context, self.measures = context, measures

    def collect(self) -> Iterator[Metric]:
        yield from _pool(self.context)
        yield _alarms(self.context)
        yield _build()
        yield from _counts()
        try:
            now = self.context.clock()
            with reading(self.context.engine) as conn:
                found = [*_states(conn, now), *_webhooks(conn), _mail(conn)]
                found.append(_contracts(self.measures.contracts(conn)))
        except SQLAlchemyError:
            found = []
        yield _gauge("lifecycle_database_up", "Whether the database answers.", float(bool(found)))
        yield from found


def _build() -> Metric:
    family = GaugeMetricFamily(
        "lifecycle_build_info", "1; which program answers.", labels=("version", "revision", "python")
    )
    family.add_metric((__version__, newest(), python_version()), 1.0)
    return family


def _alarms(context: Context) -> Metric:
    family = GaugeMetricFamily(
        "lifecycle_alarm", "1 while a check of /readyz fails; a person has to look.", labels=("check",)
    )
    for name, up in alarms_of(checks_of(context)).items():
        family.add_metric((name,), float(up))
    return family


def _states(conn: Connection, now: datetime) -> Iterator[Metric]:
    state, due_at = read_clock(conn), oldest_due(conn)
    overdue = max((now - due_at).total_seconds(), 0.0) if due_at is not None else 0.0
    yield _gauge("lifecycle_oldest_overdue_seconds", "How long the oldest due timer has been waiting.", overdue)
    yield _gauge("lifecycle_parked", "Timers set aside because their step failed.", parked_count(conn))
    yield _gauge(
        "lifecycle_pending", f"History rows not yet in the log, counted up to {MOST_UNLOGGED}.",
        conn.execute(_OUTBOX).scalar_one(),
    )  # fmt: skip
    since = waiting_since(conn)
    waits = max((now - since).total_seconds(), 0.0) if since is not None else 0.0
    yield _gauge("lifecycle_pending_oldest_seconds", "How long the oldest of these has been waiting.", waits)
    yield _gauge("lifecycle_fuse_tripped", "1 while ends wait for a person.", float(tripped(conn) is not None))
    if state.heartbeat_at is not None:
        age = (now - state.heartbeat_at).total_seconds()
        yield _gauge("lifecycle_last_sweep_age_seconds", "How long ago the last sweep ended.", age)
    if state.high_water_mark is not None:
        behind = max((state.high_water_mark - now) / timedelta(seconds=1), 0.0)
        yield _gauge("lifecycle_clock_behind_seconds", "By how much the wall clock lies before the mark.", behind)
    if state.sweep_ms is not None and state.late_ms is not None:
        yield _gauge("lifecycle_sweep_seconds", "How long the last sweep took that fired.", state.sweep_ms / 1000)
        yield _gauge("lifecycle_sweep_lag_seconds", "How late its most overdue timer fired.", state.late_ms / 1000)


def _contracts(by_state: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(
        "lifecycle_contracts",
        f"Contracts by state, counted every {COUNTED_EVERY_S:.0f} s.",
        labels=("state",),
    )
    for state in MACHINES["contract"].states:
        family.add_metric((state.id,), by_state.get(state.id, 0))
    return family


def _webhooks(conn: Connection) -> Iterator[Metric]:
    disabled, waiting, failed = webhook_numbers(conn)
    yield _gauge("lifecycle_webhooks_disabled", "Receivers that answered 410.", disabled)
    family = GaugeMetricFamily("lifecycle_webhook_messages", "Messages not taken.", labels=("state",))
    family.add_metric(("waiting",), waiting)
    family.add_metric(("failed",), failed)
    yield family


def _mail(conn: Connection) -> Metric:
    family = GaugeMetricFamily("lifecycle_mail_messages", "Mail that was not taken.", labels=("state",))
    for state, number in zip(("waiting", "failed"), mail_numbers(conn), strict=True):
        family.add_metric((state,), number)
    return family


def _counts() -> Iterator[Metric]:
    total = totals()
    said = "Timers fired by sweeps of this process."
    fired = CounterMetricFamily("lifecycle_fired", said, labels=("kind", "event"))
    for kind, event in RANKS:
        fired.add_metric((kind, event), total.get((kind, event), 0))
    yield fired
    yield CounterMetricFamily("lifecycle_sweeps", "Sweeps of this process.", value=total.get(SWEEPS, 0))
    seconds = total.get(MILLISECONDS, 0) / 1000
    yield CounterMetricFamily("lifecycle_sweeps_seconds", "Time that this process spent in sweeps.", value=seconds)
    yield CounterMetricFamily(
        "lifecycle_steps_failed", "Timers that sweeps of this process parked.", value=total.get(PARKED, 0)
    )


def _pool(context: Context) -> Iterator[Metric]:
    pool = context.engine.pool
    if isinstance(pool, QueuePool):
        family = GaugeMetricFamily("lifecycle_database_pool", "Connections of this process.", labels=("state",))
        family.add_metric(("in_use",), pool.checkedout())
        family.add_metric(("idle",), pool.checkedin())
        family.add_metric(("size",), pool.size())
        yield family


def _gauge(name: str, said: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, said, value=value)
