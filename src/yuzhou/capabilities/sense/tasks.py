"""What the worker does for sense, by the clock."""

from yuzhou.capabilities.sense.services.retention import keep_partitions
from yuzhou.capabilities.sense.services.ticking import close_hours, watch_clock


def watch() -> None:
    """Find data that is missing, devices that fell silent, commands without an answer."""
    watch_clock()


def sum_up() -> None:
    """Make the hourly and daily means that no device reported."""
    close_hours()


def keep_house() -> None:
    """Make partitions ahead, move old days to Parquet, drop old frames."""
    keep_partitions()
