"""What the app counts of itself, in Prometheus's form."""

from prometheus_client import Counter, Gauge

missing_partition = Counter(
    "aarogya_missing_partition_total", "Bookings refused because no partition takes their quarter: alert on any."
)
partitions_missing = Gauge(
    "aarogya_partitions_missing", "Partitions of the next four quarters that are not there: alert on any for an hour."
)
partition_failures = Counter("aarogya_partition_failures_total", "Partitions that could not be made: alert on any.")
limited = Counter("aarogya_limited_total", "What was refused because it came too often, by limit.", ["limit"])
windows = Counter(
    "aarogya_windows_total", "Times of a doctor over some days that were told: as kept, read anew, or shared.", ["how"]
)
