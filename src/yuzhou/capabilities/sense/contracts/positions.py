"""Where devices are that say so themselves."""

from dataclasses import dataclass
from datetime import datetime

from yuzhou.capabilities.sense.contracts.devices import Device

LATITUDE, LONGITUDE = "latitude", "longitude"
"""The properties, in degrees, of whatever profile or protocol."""


@dataclass(frozen=True, slots=True)
class DevicePosition:
    """The newest position of a device, in degrees as it came (WGS 84 unless its door says otherwise).

    `is_sure`: its receiver had a fix, and latitude and longitude are of one moment.
    """

    device: Device
    at: datetime
    latitude: float
    longitude: float
    is_sure: bool
