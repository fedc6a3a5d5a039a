"""How long data are kept, and what must not go."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Retention:
    """Days for which readings and raw frames are kept, of a profile or of one series; None: as everywhere else.

    Hours and days that were summed up stay.
    """

    id: UUID
    profile: str
    series_id: int | None
    reading_days: int | None
    frame_days: int | None
    changed_by: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class LegalHold:
    """Nothing of a device, or of all devices of a profile, is removed while it stands (证据保全)."""

    id: UUID
    device_id: UUID | None
    profile: str
    reason: str
    placed_by: str
    placed_at: datetime
    released_by: str = ""
    released_at: datetime | None = None
