"""What the notifier counts."""

from prometheus_client import Counter, Histogram

NOTIFICATIONS = Counter("yuzhou_notifications", "Notifications of subscriptions, by what became of them", ["outcome"])
CHANGES = Counter("yuzhou_notified_changes", "Changes of entities that were matched with subscriptions")
SECONDS = Histogram(
    "yuzhou_notification_seconds",
    "Seconds until a receiver took a notification",
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
