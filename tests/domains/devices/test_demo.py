"""The simulated devices: what they send is read by the real doors, and the machines that wait are read by the connectors."""

import asyncio
import struct
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.capabilities.sense.doors.connectors.conftest import ask, latest, running, start_afresh, until
from tests.conftest import free_port
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.doors.gb32960.decoding import Decoder
from yuzhou.capabilities.sense.doors.gb32960.frames import Splitter as CarSplitter
from yuzhou.capabilities.sense.doors.jt808.frames import Splitter as CoachSplitter
from yuzhou.capabilities.sense.doors.jt808.positions import read_position
from yuzhou.capabilities.sense.doors.modbus.machine import ModbusDoor
from yuzhou.capabilities.sense.doors.mqtt.sparkplug.payload import parse
from yuzhou.capabilities.sense.doors.opcua.door import OpcUaDoor
from yuzhou.capabilities.sense.services.profile_checks import problems
from yuzhou.domains.devices.demo import sparkplug, vehicles
from yuzhou.domains.devices.demo.cast import devices
from yuzhou.domains.devices.demo.machines import meter_registers, run_meters, run_press
from yuzhou.domains.devices.demo.mqtt import _packet
from yuzhou.domains.devices.demo.simulate import RUNNERS, cold_store, pump, weather
from yuzhou.domains.devices.profiles import COLD_STORE, PROFILES
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.transactions import acting_as

TESTER = Actor.system("tests")
NOW = 1_795_000_000.0


def test_a_car_is_read_by_the_door() -> None:
    data = vehicles.real_time(NOW, speed=45.5, mileage=12_345.6, soc=61, lon=106.55, lat=29.56, alarm=1 << 11)
    (frame,) = CarSplitter().feed(vehicles.gb32960(2, "LSAMPLE0000000001", data))
    assert (frame.command, frame.vin) == (2, "LSAMPLE0000000001")  # type: ignore[union-attr]
    report = Decoder().decode(frame.version, frame.data)  # type: ignore[union-attr]
    values = report.as_mapping()
    assert report.at == NOW * 1e6
    assert (values["speed"], values["mileage"], values["soc"]) == (45.5, 12_345.6, 61)
    assert (values["longitude"], values["latitude"], values["alarm.insulation"], values["alarm.level"]) == (106.55, 29.56, 1, 1)
    (frame,) = CarSplitter().feed(vehicles.gb32960(1, "LSAMPLE0000000001", vehicles.login(NOW, 7)))
    assert len(frame.data) == 30  # type: ignore[union-attr]


def test_a_coach_is_read_by_the_door() -> None:
    body = vehicles.position(NOW, speed=88.5, heading=126, lon=106.55, lat=29.56, mileage=80_000, alarm=2)
    frames = CoachSplitter().feed(vehicles.jt808(0x0200, "13800000001", 0x7E7D, body))
    (frame,) = [one for one in frames if getattr(one, "message", 0)]
    assert (frame.identity, frame.serial) == ("13800000001", 0x7E7D)  # type: ignore[union-attr]
    values = read_position(frame.body).as_mapping()  # type: ignore[union-attr]
    assert (values["speed"], values["longitude"], values["mileage"], values["alarm.overspeed"]) == (88.5, 106.55, 80_000, 1)


def test_a_pump_is_read_by_the_door() -> None:
    birth = parse(sparkplug.payload(pump(NOW), int(NOW * 1000), 0, is_birth=True))
    assert [(one.name, one.alias, one.datatype) for one in birth.metrics] == [
        ("Outlet/Pressure", 1, 10),
        ("Motor/Speed", 2, 10),
        ("Motor/Running", 3, 11),
    ]
    data = parse(sparkplug.payload(pump(NOW), int(NOW * 1000), 255))
    assert (data.seq, [one.alias for one in data.metrics], data.metrics[0].name) == (255, [1, 2, 3], "")
    assert data.metrics[0].double_value == pump(NOW)[0].value


def test_every_device_has_its_profile_and_its_values_lie_within() -> None:
    known = {profile.key: profile for profile in PROFILES}
    for profile in PROFILES:
        assert list(problems(profile)) == []
    for device in devices():
        assert device.protocol in RUNNERS or device.connection
        assert device.profile in known or device.profile in ("gb32960-vehicle", "jt808-vehicle")
    for moment in range(int(NOW), int(NOW) + 7200, 60):
        for profile, values in ((known["sample-weather"], weather(devices()[0], moment)), (COLD_STORE, cold_store(moment))):
            for name, value in values.items():
                spec = profile.find(name)
                assert spec is not None
                assert spec.low is None or value >= spec.low
                assert spec.high is None or value <= spec.high
    warm = [cold_store(moment)["temperature"] > 6 for moment in range(int(NOW), int(NOW) + 3600, 10)]
    assert 0.05 < sum(warm) / len(warm) < 0.2  # an alarm now and then


def test_long_packets_have_long_lengths() -> None:
    assert _packet(0x30, b"x" * 200)[:3] == b"\x30\xc8\x01"
    voltage, current, low, high, *_ = meter_registers(1, NOW)
    (power,) = struct.unpack(">f", struct.pack(">HH", high, low))
    assert power == pytest.approx(voltage * current / 1e6, rel=0.01)


@asynccontextmanager
async def machine(run: Any) -> Any:
    task = asyncio.create_task(run)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.django_db(transaction=True)
@pytest.mark.owner
async def test_the_machines_are_read_by_the_connectors(transactional_db: None) -> None:
    opcua_port, modbus_port = free_port(), free_port()

    def seed() -> dict[str, Any]:
        start_afresh()
        ids = {}
        with acting_as(TESTER):
            for profile in PROFILES:
                api.define_profile(actor=TESTER, profile=profile)
            for one in devices(opcua_port, modbus_port):
                if one.connection:
                    made = api.register_device(
                        actor=TESTER,
                        protocol=one.protocol,
                        identity=one.identity,
                        secret="",
                        title=one.title,
                        profile=one.profile,
                        place_path="50.0112",
                        connection=one.connection | ({"interval": 0.5} if one.protocol == "modbus" else {"publishing": 0.2}),
                        simulated=True,
                    )
                    ids[one.identity] = made.id
        return ids

    ids = await ask(seed)
    async with machine(run_meters(modbus_port)), machine(run_press(opcua_port)), running(ModbusDoor), running(OpcUaDoor):
        await until(lambda: len(latest(ids["sample-press-1"])) == 4, 20)
        await until(lambda: all(len(latest(ids[f"sample-meter-{n}"])) == 5 for n in (1, 2, 3)), 20)
        values = await ask(lambda: latest(ids["sample-meter-2"]))
    assert 220 < values["voltage"] < 240
    assert values["power"] == pytest.approx(values["voltage"] * values["current"] / 1000, rel=0.05)
    assert values["breaker"] == 1
