"""What the worker does for sense, by the clock."""

from uuid import UUID

from yuzhou.capabilities.sense.services.acting import act_on_alarm
from yuzhou.capabilities.sense.services.aggregates import close_periods
from yuzhou.capabilities.sense.services.approving import forget_old_requests
from yuzhou.capabilities.sense.services.clocks import tell_clocks
from yuzhou.capabilities.sense.services.deliveries import forget_deliveries
from yuzhou.capabilities.sense.services.device_batches import JOB as CHANGE_DEVICES
from yuzhou.capabilities.sense.services.device_batches import run_device_batch
from yuzhou.capabilities.sense.services.entities.measuring import take_measurements
from yuzhou.capabilities.sense.services.importing import JOB, forget_old_imports, run_import
from yuzhou.capabilities.sense.services.instances import forget_changes
from yuzhou.capabilities.sense.services.retention import keep_partitions
from yuzhou.capabilities.sense.services.ticking import watch_clock
from yuzhou.capabilities.sense.services.trials import run_trial
from yuzhou.kernel.jobs.api import task

MOST_SECONDS = 40.0  # of each minute; what a long backlog leaves over goes on in the next


def watch() -> None:
    """Find data that is missing, devices that fell silent, commands without an answer."""
    watch_clock()


def take_in() -> None:
    """Ingest what clients measured."""
    take_measurements()


def sum_up() -> None:
    """Sum up the hours and days that are over, and make the means that no device reported."""
    close_periods(most_seconds=MOST_SECONDS)
    tell_clocks()


@task(JOB, atomic=False)
def import_devices(import_id: str) -> None:
    """Enter the devices of a list."""
    run_import(UUID(import_id))


@task(CHANGE_DEVICES, atomic=False)
def change_devices(batch_id: str) -> None:
    """Change many devices in one way."""
    run_device_batch(UUID(batch_id))


def tidy_onboarding() -> None:
    """Forget requests and lists that nobody came back to."""
    forget_old_requests()
    forget_old_imports()


def keep_house() -> None:
    """Make partitions ahead, move old days to Parquet, drop old frames and the keys of old deliveries."""
    keep_partitions()
    forget_changes()
    forget_deliveries()


@task("sense.act-on-alarm")
def act(alarm: str) -> None:
    """Ask for the commands of an alarm's rule."""
    act_on_alarm(alarm_id=UUID(alarm))


@task("sense.try-rule", atomic=False)
def try_rule(trial: str) -> None:
    """Try a rule on the past of many devices."""
    run_trial(UUID(trial))
