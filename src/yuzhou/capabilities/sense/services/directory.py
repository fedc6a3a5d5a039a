"""The directory that doors work by: whole once, then only what changed, so that one more device costs one device."""

from collections.abc import Iterable
from uuid import UUID

from yuzhou.capabilities.sense.contracts import Directory, DirectoryEntry, SeriesKey, Statistic
from yuzhou.capabilities.sense.models import DeviceRecord, SeriesRecord
from yuzhou.capabilities.sense.selectors.profiles import find_profiles
from yuzhou.capabilities.sense.services.secrets import open_connection, open_new_secret, open_secret
from yuzhou.capabilities.sense.services.versions import RULES, bump, version_of
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.transactions import acting_as

DIRECTORY = Actor.system("sense.directory")


def tell_door(record: DeviceRecord) -> None:
    """Say that a device changed: for its door and for the rules. Versions commit in their order, as each waits for the last."""
    bump(record.protocol, RULES)
    DeviceRecord.objects.filter(id=record.id).update(directory_version=version_of(record.protocol))


def load_directory(*, protocol: str, since: int | None = None) -> Directory:
    """Every enabled device of the protocol with its secret and series; or, `since` a version, only what changed.

    Opens its own transaction, as the database owner.
    """
    with acting_as(DIRECTORY):
        version = version_of(protocol)
        records = DeviceRecord.objects.filter(protocol=protocol)
        found = list(records.filter(enabled=True) if since is None else records.filter(directory_version__gt=since))
        enabled = [record for record in found if record.enabled]
        series = _series_of(protocol, None if since is None else [record.id for record in enabled])
        profiles = find_profiles(keys=set(records.filter(enabled=True).values_list("profile", flat=True).distinct()))
    entries = {record.identity: _entry(record, series.get(record.id, {})) for record in enabled}
    gone = frozenset(record.id for record in found if not record.enabled)
    return Directory(protocol, version, entries, profiles, partial=since is not None, gone=gone)


def directory_version(*, protocol: str) -> int:
    """The version that `load_directory` would give now; cheap, to be asked every second or so."""
    return version_of(protocol)


def _series_of(protocol: str, devices: Iterable[UUID] | None) -> dict[UUID, dict[SeriesKey, int]]:
    rows = SeriesRecord.objects.filter(device__protocol=protocol, device__enabled=True)
    if devices is not None:
        rows = rows.filter(device_id__in=list(devices))
    series: dict[UUID, dict[SeriesKey, int]] = {}
    for device, prop, statistic, number in rows.values_list("device_id", "property", "statistic", "id"):
        series.setdefault(device, {})[prop, Statistic(statistic)] = number
    return series


def _entry(record: DeviceRecord, series: dict[SeriesKey, int]) -> DirectoryEntry:
    return DirectoryEntry(
        device_id=record.id,
        identity=record.identity,
        secret=open_secret(record),
        profile=record.profile,
        frames_per_minute=record.frames_per_minute,
        simulated=record.simulated,
        series=series,
        connection=open_connection(record),
        new_secret=open_new_secret(record),
        new_secret_since=record.new_secret_since,
        new_secret_confirmed=record.new_secret_confirmed,
    )
