"""Reports of GB/T 32960 into readings."""

import json
import math
import struct
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuzhou.capabilities.sense.contracts import DataFlag, Mark
from yuzhou.capabilities.sense.doors.gb32960.decoding import Decoder, Malformed, Report
from yuzhou.capabilities.sense.doors.gb32960.frames import Frame, Splitter
from yuzhou.capabilities.sense.doors.gb32960.words import Version

from ..vehicles.recordings import recorded

TIME = bytes((26, 11, 23, 8, 30, 5))
VEHICLE = b"\x01" + struct.pack(">BBBHIHHBBBHBB", 1, 3, 1, 655, 123_456, 3712, 10_255, 81, 1, 0x2E, 2000, 33, 0)
POSITION = b"\x05" + struct.pack(">BII", 0, 106_551_556, 29_563_010)


def decode(data: bytes, version: Version = Version.V2016) -> Report:
    return Decoder().decode(version, TIME + data)


def flag_of(report: Report, name: str) -> int:
    return report.flags[report.layout.names.index(name)]


def test_a_whole_vehicle() -> None:
    report = decode(VEHICLE + POSITION)
    assert report.at == int(datetime.fromisoformat("2026-11-23T08:30:05+08:00").timestamp()) * 1_000_000
    values = report.as_mapping()
    assert values["speed"] == 65.5
    assert values["mileage"] == 12_345.6
    assert values["voltage"] == 371.2
    assert values["current"] == 25.5
    assert values["soc"] == 81
    assert (values["gear"], values["gear.driving"], values["gear.braking"]) == (14, 1, 0)
    assert (values["longitude"], values["latitude"], values["position.valid"]) == (106.551556, 29.56301, 1)
    assert report.flags == bytes(len(report.values))


def test_the_recorded_report() -> None:
    expected = json.loads(recorded("gb32960/expected_decode.json"))["realtime"]
    (frame,) = Splitter().feed(bytes.fromhex(expected["hex"]))
    assert isinstance(frame, Frame)
    report = Decoder().decode(frame.version, frame.data)
    values = report.as_mapping()
    assert report.at == int(datetime.fromisoformat(expected["at"]).timestamp()) * 1_000_000
    vehicle, motor, position, extremes = (expected[name] for name in ("vehicle", "motor", "position", "extremes"))
    assert [values[name] for name in ("vehicle.state", "vehicle.charging", "vehicle.mode")] == [
        vehicle["status"],
        vehicle["charge"],
        vehicle["mode"],
    ]
    assert values["speed"] == vehicle["speed_kmh"]
    assert values["mileage"] == vehicle["mileage_km"]
    assert values["voltage"] == vehicle["voltage_V"]
    assert values["current"] == vehicle["current_A"]
    assert values["soc"] == vehicle["soc_raw"]
    assert values["dcdc"] == vehicle["dcdc"]
    assert values["gear"] == vehicle["gear_raw"] & 0x0F
    assert values["insulation"] == vehicle["insulation_kohm"]
    assert values["motor.1.speed"] == motor[0]["speed_rpm"]
    assert values["motor.1.torque"] == motor[0]["torque_Nm"]
    assert values["motor.1.controller_temperature"] == motor[0]["controller_temp_C"]
    assert values["motor.1.temperature"] == motor[0]["temp_C"]
    assert values["motor.1.voltage"] == motor[0]["controller_V"]
    assert values["motor.1.current"] == motor[0]["dc_current_A"]
    assert (values["longitude"], values["latitude"]) == (position["lon"], position["lat"])
    assert values["cell_voltage_max"] == extremes["max_cell_V"]
    assert [values["cell_voltage_max.pack"], values["cell_voltage_max.cell"]] == extremes["max_cell"]
    assert values["cell_voltage_min"] == extremes["min_cell_V"]
    assert values["temperature_max"] == extremes["max_temp_C"]
    assert values["temperature_min"] == extremes["min_temp_C"]
    assert values["alarm.level"] == expected["alarm_level"]
    assert sum(name.startswith("pack.1.cell.") for name in values) == expected["cells"]
    assert [values[f"pack.1.probe.{probe}"] for probe in range(1, 6)] == expected["temps_C"]


def test_abnormal_invalid_and_out_of_range() -> None:
    report = decode(b"\x01" + struct.pack(">BBBHIHHBBBHBB", 0xFE, 0xFF, 9, 0xFFFE, 1, 0xFFFF, 0, 101, 1, 0xFF, 1, 0, 0))
    values = report.as_mapping()
    assert math.isnan(values["vehicle.state"])
    assert flag_of(report, "vehicle.state") == DataFlag.FAULT
    assert math.isnan(values["vehicle.charging"])
    assert flag_of(report, "vehicle.charging") == DataFlag.LINK_FAULT
    assert (values["vehicle.mode"], flag_of(report, "vehicle.mode")) == (9, DataFlag.OVER_RANGE)
    assert flag_of(report, "speed") == DataFlag.FAULT
    assert flag_of(report, "voltage") == DataFlag.LINK_FAULT
    assert (values["soc"], flag_of(report, "soc")) == (101, DataFlag.OVER_RANGE)
    assert flag_of(report, "gear") == flag_of(report, "gear.driving") == DataFlag.LINK_FAULT
    assert (values["current"], flag_of(report, "current")) == (-1000, 0)


@pytest.mark.parametrize(
    ("state", "longitude", "latitude", "valid", "flag"),
    [(0, 106.5, 29.5, 1, 0), (2, 106.5, -29.5, 1, 0), (4, -106.5, 29.5, 1, 0), (7, -106.5, -29.5, 0, Mark.SUSPECT)],
)
def test_hemispheres_and_no_fix(state: int, longitude: float, latitude: float, valid: int, flag: int) -> None:
    report = decode(b"\x05" + struct.pack(">BII", state, 106_500_000, 29_500_000))
    values = report.as_mapping()
    assert (values["longitude"], values["latitude"], values["position.valid"]) == (longitude, latitude, valid)
    assert flag_of(report, "longitude") == flag_of(report, "latitude") == flag


def test_alarms_are_bits_of_their_own() -> None:
    data = b"\x07\x03" + (1 << 11 | 1 | 1 << 25).to_bytes(4, "big") + b"\x01abcd" + b"\x00" + b"\x02efghijkl" + b"\x00"
    values = decode(data).as_mapping()
    assert values["alarm.level"] == 3
    assert {name for name, value in values.items() if name.startswith("alarm.") and value == 1} == {
        "alarm.temperature_difference",
        "alarm.insulation",
    }
    assert [values[f"faults.{name}"] for name in ("battery", "motor", "engine", "other")] == [1, 0, 2, 0]
    assert decode(data).flags == bytes(len(values))


def test_two_packs_and_a_frame_that_begins_at_cell_201() -> None:
    first = b"\x01" + struct.pack(">HHHHB", 3800, 9000, 300, 1, 2) + struct.pack(">HH", 3800, 3801)
    second = b"\x02" + struct.pack(">HHHHB", 3900, 9000, 300, 201, 1) + struct.pack(">H", 0xFFFE)
    probes = b"\x09\x01\x02" + struct.pack(">H", 2) + bytes((65, 0xFF))
    report = decode(b"\x08\x02" + first + second + probes)
    values = report.as_mapping()
    assert values["pack.1.cell.1"] == 3.8
    assert values["pack.1.cell.2"] == 3.801
    assert values["pack.2.voltage"] == 390
    assert math.isnan(values["pack.2.cell.201"])
    assert values["pack.2.probe.1"] == 25
    assert flag_of(report, "pack.2.probe.2") == DataFlag.LINK_FAULT


def test_fuel_cell_and_engine() -> None:
    fuel_cell = b"\x03" + struct.pack(">HHHH", 2500, 1200, 88, 2) + bytes((100, 101))
    fuel_cell += struct.pack(">HBHBHBB", 650, 3, 120, 2, 350, 1, 1)
    engine = b"\x04" + struct.pack(">BHH", 1, 3000, 750)
    values = decode(fuel_cell + engine).as_mapping()
    assert (values["fuelcell.voltage"], values["fuelcell.consumption"]) == (250, 0.88)
    assert (values["fuelcell.probe.1"], values["fuelcell.probe.2"]) == (60, 61)
    assert (values["hydrogen.temperature"], values["hydrogen.pressure"]) == (25, 35)
    assert (values["engine.speed"], values["engine.consumption"]) == (3000, 7.5)


def test_items_of_the_vendor_are_skipped_and_those_of_nobody_end_the_reading() -> None:
    assert decode(b"\x80\x00\x03abc" + POSITION).as_mapping()["latitude"] == 29.56301
    report = decode(POSITION + b"\x0a123456")
    assert report.rest == 7
    assert report.as_mapping()["latitude"] == 29.56301


def test_2025() -> None:
    vehicle = b"\x01" + struct.pack(">BBBHIHHBBBH", 1, 3, 1, 655, 123_456, 3712, 30_255, 81, 1, 0x2E, 2000)
    motor = b"\x02\x01\x01" + struct.pack(">BBHIB", 1, 60, 35_000, 201_500, 61)
    alarm = b"\x06\x02" + (1 << 23).to_bytes(4, "big") + bytes(4) + b"\x01\x17\x02"
    cells = b"\x07\x01\x01" + struct.pack(">HHH", 3800, 30_100, 2) + struct.pack(">HH", 3800, 3801)
    probes = b"\x08\x01\x01" + struct.pack(">H", 1) + b"\x41"
    position = b"\x05" + struct.pack(">BBII", 0, 1, 106_551_556, 29_563_010)
    report = decode(vehicle + motor + position + alarm + cells + probes + b"\xff\x01\x00\x00\x00\x00", Version.V2025)
    values = report.as_mapping()
    assert values["current"] == 25.5
    assert "brake" not in values
    assert (values["motor.1.speed"], values["motor.1.torque"]) == (3000, 150)
    assert values["alarm.thermal_event"] == 1
    assert values["pack.1.current"] == 10
    assert (values["pack.1.cell.2"], values["pack.1.probe.1"]) == (3.801, 25)
    assert report.is_signed


@pytest.mark.parametrize("data", [b"", TIME[:5], bytes(6), bytes((26, 2, 30, 0, 0, 0)), bytes((26, 1, 1, 24, 0, 0))])
def test_no_time(data: bytes) -> None:
    with pytest.raises(Malformed):
        Decoder().decode(Version.V2016, data)


@given(st.sampled_from(Version), st.lists(st.integers(0, 255), max_size=120))
def test_never_raises_anything_else(version: Version, numbers: list[int]) -> None:
    try:
        report = Decoder().decode(version, TIME + bytes(numbers))
    except Malformed:
        return
    assert len(report.values) == len(report.flags) == len(set(report.layout.names))


@given(st.integers(0, len(VEHICLE + POSITION) - 1))
def test_a_report_that_is_cut_off(length: int) -> None:
    data = (VEHICLE + POSITION)[:length]
    if length in (0, len(VEHICLE)):
        assert decode(data).rest == 0
    else:
        with pytest.raises(Malformed):
            decode(data)
