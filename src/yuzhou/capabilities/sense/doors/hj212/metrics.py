"""What the gateway counts, for Prometheus."""

from prometheus_client import Counter, Gauge, Histogram

FRAMES = Counter("yuzhou_hj212_frames", "Frames taken in", ["cn"])
READINGS = Counter("yuzhou_hj212_readings", "Readings handed to the store")
REPEATED = Counter("yuzhou_hj212_repeated_frames", "Frames that came again and were acknowledged again")
QUARANTINED = Counter("yuzhou_hj212_quarantined", "Frames refused, by reason", ["reason"])
NOT_KEPT = Counter("yuzhou_hj212_quarantine_not_kept", "Refused frames that were only counted, as too many came")
ALARMS = Counter("yuzhou_hj212_alarms_raised", "Alarms raised by readings from this gateway")
RETRIES = Counter("yuzhou_hj212_store_retries", "Batches that had to be tried again")
CONNECTIONS = Gauge("yuzhou_hj212_connections", "Open connections", multiprocess_mode="livesum")
DEVICES = Gauge("yuzhou_hj212_devices_connected", "Known loggers with a connection", multiprocess_mode="livesum")
QUEUED = Gauge("yuzhou_hj212_queued_readings", "Readings that wait for the store", multiprocess_mode="livesum")
COMMIT = Histogram(
    "yuzhou_hj212_commit_seconds",
    "From the first frame of a batch to its commit",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
COMMANDS = Counter("yuzhou_hj212_commands", "Requests to loggers, by what became of them", ["outcome"])
