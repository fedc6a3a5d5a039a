"""What stands where in the items of real-time data (信息体), as tables (GB/T 32960.3-2016, 7.2.3; 2025, 7.2.4).

Numbers are big-endian. A number has a range of validity and two codes outside it, the largest numbers of its width:
…FE says that it is abnormal, …FF that there is none. Its value is (number - zero) / divisor.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

_WIDTHS = {"B": 1, "H": 2, "I": 4}


@dataclass(frozen=True, slots=True)
class Part:
    """A property that is some bits of a number."""

    name: str
    shift: int
    mask: int


@dataclass(frozen=True, slots=True)
class Field:
    """A number of an item: `code` is its width as `struct` writes it, `low` and `high` bound the valid numbers.

    `parts` are there where several properties share the number. Without a name it is only skipped.
    """

    name: str
    code: str
    divisor: int = 1
    zero: int = 0
    low: int = 0
    high: int = 0
    parts: tuple[Part, ...] = ()

    @property
    def largest(self) -> int:
        """The largest number of its width."""
        return int((1 << 8 * _WIDTHS[self.code]) - 1)

    def named(self, prefix: str) -> "Field":
        """The same of one of several motors or packs."""
        return replace(self, name=prefix + self.name)

    def numbered(self, which: int | str) -> "Field":
        """The same of one of several cells or probes."""
        return replace(self, name=f"{self.name}{which}")


def width(fields: tuple[Field, ...]) -> int:
    """Bytes that they take."""
    return sum(_WIDTHS[field.code] for field in fields)


def _temperature(name: str) -> Field:
    return Field(name, "B", zero=40, high=250)


def _cell_voltage(name: str) -> Field:
    return Field(name, "H", 1000, high=60_000)


ALARMS_2016 = (
    "temperature_difference",
    "battery_temperature",
    "pack_overvoltage",
    "pack_undervoltage",
    "soc_low",
    "cell_overvoltage",
    "cell_undervoltage",
    "soc_high",
    "soc_jump",
    "pack_mismatch",
    "cell_inconsistency",
    "insulation",
    "dcdc_temperature",
    "brake_system",
    "dcdc_state",
    "motor_controller_temperature",
    "high_voltage_interlock",
    "motor_temperature",
    "pack_overcharge",
)
"""The general alarms (通用报警标志) from bit 0 on, table 18."""

ALARMS_2025 = (
    *ALARMS_2016,
    "motor_overspeed",
    "motor_overcurrent",
    "capacitor_temperature",
    "capacitor_pressure",
    "thermal_event",
    "hydrogen_leak",
    "hydrogen_pressure",
    "hydrogen_temperature",
    "fuelcell_temperature",
)

GEAR = Field("gear", "B", high=0xFD, parts=(Part("gear", 0, 0x0F), Part("gear.braking", 4, 1), Part("gear.driving", 5, 1)))
"""Low four bits: the gear; bit 4 braking force, bit 5 driving force (annex A)."""

VEHICLE_2016 = (
    Field("vehicle.state", "B", low=1, high=3),
    Field("vehicle.charging", "B", low=1, high=4),
    Field("vehicle.mode", "B", low=1, high=3),
    Field("speed", "H", 10, high=2200),
    Field("mileage", "I", 10, high=9_999_999),
    Field("voltage", "H", 10, high=10_000),
    Field("current", "H", 10, zero=10_000, high=20_000),
    Field("soc", "B", high=100),
    Field("dcdc", "B", low=1, high=2),
    GEAR,
    Field("insulation", "H", high=60_000),
    Field("accelerator", "B", high=100),
    Field("brake", "B", high=101),  # 101: the brake is on, and its travel not known
)
VEHICLE_2025 = (
    *VEHICLE_2016[:6],
    Field("current", "H", 10, zero=30_000, high=60_000),
    *VEHICLE_2016[7:9],
    *VEHICLE_2016[9:11],
)

MOTOR_2016 = (
    Field("state", "B", low=1, high=4),
    _temperature("controller_temperature"),
    Field("speed", "H", zero=20_000, high=65_531),
    Field("torque", "H", 10, zero=20_000, high=65_531),
    _temperature("temperature"),
    Field("voltage", "H", 10, high=60_000),
    Field("current", "H", 10, zero=10_000, high=20_000),
)
MOTOR_2025 = (
    *MOTOR_2016[:2],
    Field("speed", "H", zero=32_000, high=65_531),
    Field("torque", "I", 10, zero=200_000, high=400_000),
    MOTOR_2016[4],
)

FUEL_CELL_2016_HEAD = (
    Field("fuelcell.voltage", "H", 10, high=20_000),
    Field("fuelcell.current", "H", 10, high=20_000),
    Field("fuelcell.consumption", "H", 100, high=60_000),
)
FUEL_CELL_PROBE = Field("fuelcell.probe.", "B", zero=40, high=240)
FUEL_CELL_2016_TAIL = (
    Field("hydrogen.temperature", "H", 10, zero=400, high=2400),
    Field("hydrogen.temperature.probe", "B", low=1, high=252),
    Field("hydrogen.concentration", "H", high=60_000),
    Field("hydrogen.concentration.sensor", "B", low=1, high=252),
    Field("hydrogen.pressure", "H", 10, high=1000),
    Field("hydrogen.pressure.sensor", "B", low=1, high=252),
    Field("fuelcell.dcdc", "B", low=1, high=2),
)
FUEL_CELL_2025 = (
    Field("hydrogen.temperature", "H", zero=40, high=240),
    *FUEL_CELL_2016_TAIL[1:2],
    Field("hydrogen.concentration", "H", 10_000, high=60_000),  # in percent
    *FUEL_CELL_2016_TAIL[3:7],
    Field("hydrogen.level", "B", high=100),
    _temperature("fuelcell.dcdc_temperature"),
)

ENGINE_2016 = (
    Field("engine.state", "B", low=1, high=2),
    Field("engine.speed", "H", high=60_000),
    Field("engine.consumption", "H", 100, high=60_000),
)
ENGINE_2025 = (ENGINE_2016[1],)

FIX = Field("position.valid", "B", high=0xFD)
"""Bit 0: no fix; bit 1: south; bit 2: west."""
LONGITUDE = Field("longitude", "I", 1_000_000, high=180_000_000)
LATITUDE = Field("latitude", "I", 1_000_000, high=90_000_000)
POSITION_2016 = (FIX, LONGITUDE, LATITUDE)
POSITION_2025 = (FIX, Field("position.system", "B", low=1, high=3), LONGITUDE, LATITUDE)

EXTREMES = (
    Field("cell_voltage_max.pack", "B", low=1, high=250),
    Field("cell_voltage_max.cell", "B", low=1, high=250),
    _cell_voltage("cell_voltage_max"),
    Field("cell_voltage_min.pack", "B", low=1, high=250),
    Field("cell_voltage_min.cell", "B", low=1, high=250),
    _cell_voltage("cell_voltage_min"),
    Field("temperature_max.pack", "B", low=1, high=250),
    Field("temperature_max.probe", "B", low=1, high=250),
    _temperature("temperature_max"),
    Field("temperature_min.pack", "B", low=1, high=250),
    Field("temperature_min.probe", "B", low=1, high=250),
    _temperature("temperature_min"),
)

FAULT_LISTS = ("battery", "motor", "engine", "other")
ALARM_LEVEL = Field("alarm.level", "B", high=3)
FAULT_COUNT = Field("faults.", "B", high=252)


def alarm_flags(names: tuple[str, ...]) -> Field:
    """The general alarms, each a property of its own; reserved bits say nothing."""
    parts = tuple(Part(f"alarm.{name}", bit, 1) for bit, name in enumerate(names))
    return Field("alarm.flags", "I", high=0xFFFF_FFFD, parts=parts)


PACK_2016 = (
    Field("voltage", "H", 10, high=10_000),
    Field("current", "H", 10, zero=10_000, high=20_000),
    Field("cells", "H", low=1, high=65_531),
)
PACK_2025 = (PACK_2016[0], Field("current", "H", 10, zero=30_000, high=60_000))
CELL = _cell_voltage("cell.")
PROBE = _temperature("probe.")


def several(fields: tuple[Field, ...], prefix: str) -> Iterator[Field]:
    """The fields of one of several motors or packs."""
    return (field.named(prefix) for field in fields)
