"""What connectors count beside what every door counts."""

from prometheus_client import Counter, Histogram

POLLS_FAILED = Counter("yuzhou_connector_failures", "Polls and connections that failed", ["protocol"])
GAPS = Counter("yuzhou_connector_gaps", "Stretches of time without values, by what became of them", ["protocol", "outcome"])
POLL = Histogram(
    "yuzhou_connector_poll_seconds",
    "Seconds that one round of questions to a machine took",
    ["protocol"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
