"""What the app counts of itself, in Prometheus's form. Labels come from our own code, never from a request.

With several processes the counts are added up (`core/counting.py`), so each gauge says how it is put together.
"""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from prometheus_client import Counter, Gauge, Histogram

from core.errors import DomainError

P = ParamSpec("P")
T = TypeVar("T")

FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Seconds: from a statement's time to what nobody should wait for."""

ANSWERS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds of a request; the targets of docs/benchmarks.md lie on bounds."""

requests = Counter("aarogya_http_requests_total", "By route and class of status.", ["method", "route", "status"])
request_seconds = Histogram(
    "aarogya_http_request_duration_seconds", "Until an answer begins.", ["method", "route"], buckets=ANSWERS
)
slow = Counter("aarogya_slow_total", "What took more than a second; the log has its parts.", ["kind"])

sockets = Gauge("aarogya_sockets", "Connections, by namespace.", ["namespace"], multiprocess_mode="livesum")
pushes = Counter("aarogya_pushes_total", "Views handed to those who watch them, by kind.", ["view"])
push_seconds = Histogram(
    "aarogya_push_duration_seconds", "From hearing of a change to having handed the view on.", ["view"], buckets=FAST
)
loop_lag = Gauge(
    "aarogya_loop_lag_seconds", "How late a server process wakes up: the busiest one.", multiprocess_mode="livemax"
)

outcomes = Counter("aarogya_appointments_total", "What became of a hold, booking or move.", ["action", "outcome"])

transaction_seconds = Histogram(
    "aarogya_database_transaction_duration_seconds", "With its commit, without waiting for it.", ["kind"], buckets=FAST
)
pool_wait_seconds = Histogram("aarogya_database_pool_wait_seconds", "For a connection.", buckets=FAST)
pool = Gauge("aarogya_database_connections", "Of all processes, by state.", ["state"], multiprocess_mode="livesum")

cache_lookups = Counter("aarogya_cache_lookups_total", "By where the entry was: process, redis, nowhere.", ["found"])
overloaded = Counter(
    "aarogya_overloaded_total", "Requests to the API that were refused because there was too much in hand."
)
limited = Counter("aarogya_limited_total", "What was refused because it came too often, by limit.", ["limit"])

unpublished = Gauge(
    "aarogya_events_unpublished",
    "Committed, and not told to Redis in time.",
    multiprocess_mode="mostrecent",
)
unpublished_age = Gauge(
    "aarogya_events_unpublished_age_seconds", "Age of the oldest of them.", multiprocess_mode="mostrecent"
)
duty_seconds = Histogram(
    "aarogya_duty_duration_seconds", "A turn of a worker's duty.", ["duty"], buckets=(0.01, 0.1, 1.0, 10.0)
)
duty_failures = Counter("aarogya_duty_failures_total", "Turns that failed.", ["duty"])
duty_succeeded = Gauge(
    "aarogya_duty_last_success_timestamp_seconds", "When a turn last succeeded.", ["duty"], multiprocess_mode="max"
)

missing_partition = Counter(
    "aarogya_missing_partition_total", "Bookings refused because no partition takes their quarter: alert on any."
)
partitions_missing = Gauge(
    "aarogya_partitions_missing",
    "Partitions of the next four quarters that are not there: alert on any for an hour.",
    multiprocess_mode="mostrecent",
)
partition_failures = Counter("aarogya_partition_failures_total", "Partitions that could not be made: alert on any.")
windows = Counter(
    "aarogya_windows_total", "Times of a doctor over some days that were told: as kept, read anew, or shared.", ["how"]
)
live_behind = Counter("aarogya_live_behind_total", "Pushes that a slow program was not sent, but what came after them.")


def counted(action: str) -> Callable[[Callable[P, Awaitable[T]]], Callable[P, Awaitable[T]]]:
    """Count what becomes of an operation: `done`, or the code of its refusal."""

    def count(operation: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
        @wraps(operation)
        async def counting(*args: P.args, **named: P.kwargs) -> T:
            try:
                done = await operation(*args, **named)
            except DomainError as refusal:
                outcomes.labels(action, refusal.code).inc()
                raise
            outcomes.labels(action, "done").inc()
            return done

        return counting

    return count
