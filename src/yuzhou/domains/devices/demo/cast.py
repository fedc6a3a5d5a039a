"""The simulated devices of the demonstration: pure data; nothing here is real."""

from dataclasses import dataclass, field
from typing import Any

from yuzhou.kernel.text import Text

PASSWORD = "yangli-shili-2020"  # noqa: S105 - of accounts that show samples only
OPCUA_PORT, MODBUS_PORT = 14840, 15020


@dataclass(frozen=True, slots=True)
class DemoDevice:
    """A simulated device: how it is registered, and where it stands."""

    protocol: str
    identity: str
    title: Text
    profile: str
    district: str
    secret: str = ""
    connection: dict[str, Any] = field(default_factory=dict)


def devices(opcua_port: int = OPCUA_PORT, modbus_port: int = MODBUS_PORT) -> tuple[DemoDevice, ...]:
    """Every simulated device."""
    secret = "sample-secret-{}"  # noqa: S105 - of devices that are simulated
    meters = tuple(
        DemoDevice(
            "modbus",
            f"sample-meter-{n}",
            Text(f"模拟电力仪表{n}号", f"Simulated power meter {n}"),
            "sample-meter",
            "500108",
            connection={"host": "127.0.0.1", "port": modbus_port, "unit": n, "interval": 5},
        )
        for n in (1, 2, 3)
    )
    stations = tuple(
        DemoDevice(
            "mqtt",
            f"sample-weather-{n}",
            Text(f"模拟气象站{n}号", f"Simulated weather station {n}"),
            "sample-weather",
            district,
            secret.format(f"weather-{n}"),
        )
        for n, district in ((1, "500112"), (2, "500103"))
    )
    return (
        *stations,
        DemoDevice(
            "sparkplug",
            "sample/pump-1",
            Text("模拟供水泵1号", "Simulated water pump 1"),
            "sample-pump",
            "500106",
            secret.format("pump-1"),
        ),
        DemoDevice(
            "http",
            "sample-cold-store-1",
            Text("模拟冷库1号", "Simulated cold store 1"),
            "sample-cold-store",
            "500107",
            secret.format("cold-1"),
        ),
        *meters,
        DemoDevice(
            "opcua",
            "sample-press-1",
            Text("模拟压铸机1号", "Simulated die-casting machine 1"),
            "sample-press",
            "500113",
            connection={"endpoint": f"opc.tcp://127.0.0.1:{opcua_port}/press", "sampling": 1, "publishing": 2},
        ),
        DemoDevice(
            "gb32960", "LSAMPLE0000000001", Text("模拟新能源汽车", "Simulated electric vehicle"), "gb32960-vehicle", "500112"
        ),
        DemoDevice("jt808", "13800000001", Text("模拟客运车辆", "Simulated coach"), "jt808-vehicle", "500112", "SAMPLE1"),
    )
