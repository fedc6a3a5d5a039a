"""What doors count, for Prometheus, by protocol."""

from prometheus_client import Counter, Gauge, Histogram

FRAMES = Counter("yuzhou_door_frames", "Frames taken in", ["protocol", "kind"])
READINGS = Counter("yuzhou_door_readings", "Readings handed to the store", ["protocol"])
REPEATED = Counter("yuzhou_door_repeated_frames", "Frames that came again and were acknowledged again", ["protocol"])
QUARANTINED = Counter("yuzhou_door_quarantined", "Frames refused, by reason", ["protocol", "reason"])
NOT_KEPT = Counter("yuzhou_door_quarantine_not_kept", "Refused frames that were only counted, as too many came", ["protocol"])
ALARMS = Counter("yuzhou_door_alarms_raised", "Alarms raised by readings from this door", ["protocol"])
RETRIES = Counter("yuzhou_door_store_retries", "Batches that had to be tried again", ["protocol"])
CONNECTIONS = Gauge("yuzhou_door_connections", "Open connections", ["protocol"], multiprocess_mode="livesum")
DEVICES = Gauge("yuzhou_door_devices_connected", "Known devices with a connection", ["protocol"], multiprocess_mode="livesum")
QUEUED = Gauge("yuzhou_door_queued_readings", "Readings that wait for the store", ["protocol"], multiprocess_mode="livesum")
COMMIT = Histogram(
    "yuzhou_door_commit_seconds",
    "From the first frame of a batch to its commit",
    ["protocol"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
COMMANDS = Counter("yuzhou_door_commands", "Requests to devices, by what became of them", ["protocol", "outcome"])
