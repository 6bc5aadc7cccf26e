"""What the app counts of itself, in Prometheus's form."""

from prometheus_client import Counter

missing_partition = Counter(
    "aarogya_missing_partition_total", "Bookings refused because no partition takes their quarter: alert on any."
)
