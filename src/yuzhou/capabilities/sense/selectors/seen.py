"""What an interlock sees: the newest values of the properties that it asks for."""

from yuzhou.capabilities.sense.contracts import DATA_FLAG_BITS, Interlock, Mark
from yuzhou.capabilities.sense.models import DeviceRecord, Latest, SeriesRecord
from yuzhou.capabilities.sense.rules.interlocks import ChangeLimit, OnlyIf, Seen
from yuzhou.kernel.text import Text


def what_is_seen(device: DeviceRecord, interlock: Interlock) -> tuple[Seen, ...]:
    """The newest value at each device that the interlock asks; without any scope, as an interlock protects a machine."""
    prop, statistic = _asked(interlock)
    if not prop:
        return ()
    rows = Latest.objects.filter(series__property=prop, series__statistic=statistic)
    if isinstance(interlock, OnlyIf) and interlock.same_site:
        if device.site_id is None:
            return ()
        rows = rows.filter(series__device__site_id=device.site_id, series__device__enabled=True).exclude(series__device=device)
    else:
        other = interlock.device if isinstance(interlock, OnlyIf) else None
        rows = rows.filter(series__device_id=other or device.id)
    columns = ("series__device__identity", "value", "at", "received_at", "flag")
    return tuple(
        Seen(name, value, min(at, received), _is_valid(flag)) for name, value, at, received, flag in rows.values_list(*columns)
    )


def _asked(interlock: Interlock) -> tuple[str, str]:
    if isinstance(interlock, OnlyIf):
        return interlock.property, interlock.statistic
    return (interlock.property, "rtd") if isinstance(interlock, ChangeLimit) else ("", "")


def _is_valid(flag: int) -> bool:
    return not flag & (DATA_FLAG_BITS | Mark.SUSPECT)


def property_title(device: DeviceRecord, interlock: Interlock) -> Text:
    """What a property is called where it is measured."""
    prop, _ = _asked(interlock)
    other = interlock.device if isinstance(interlock, OnlyIf) else None
    titles = SeriesRecord.objects.filter(property=prop).exclude(title_zh="")
    for rows in (titles.filter(device_id=other or device.id), titles.filter(device__site_id=device.site_id)):
        found = rows.values_list("title_zh", "title_en").first()
        if found:
            return Text(found[0], found[1] or found[0])
    return Text(prop, prop)
