"""The one state that an outlet shows on map and lists."""

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum


class OutletState(StrEnum):
    """From best to worst, in the order in which lists count them."""

    NORMAL = "normal"
    FLAGGED = "flagged"
    EXCEEDING = "exceeding"
    SILENT = "silent"
    OFFLINE = "offline"
    NO_DATA = "no-data"
    CLOSED = "closed"


OFFLINE_AFTER = timedelta(hours=24)


def outlet_state(
    *,
    now: datetime,
    last_seen: datetime | None,
    silent_after: timedelta,
    linked: bool = True,
    open_alarms: Collection[str] = (),
    exceeding: bool = False,
    flagged: bool = False,
    closed: bool = False,
) -> OutletState:
    """The state to show: silence hides what was measured before, an exceedance outranks a doubt.

    A logger that is silent is offline once its link is gone or a day has passed. `open_alarms` are the kinds of the alarms not
    yet cleared: `limit`, `missing`, `frozen`, `flagged`.
    """
    if closed:
        return OutletState.CLOSED
    if last_seen is None:
        return OutletState.NO_DATA
    age = now - last_seen
    if age > OFFLINE_AFTER or (age > silent_after and not linked):
        return OutletState.OFFLINE
    if age > silent_after or "missing" in open_alarms:
        return OutletState.SILENT
    if exceeding or "limit" in open_alarms:
        return OutletState.EXCEEDING
    if flagged or {"flagged", "frozen"} & set(open_alarms):
        return OutletState.FLAGGED
    return OutletState.NORMAL
