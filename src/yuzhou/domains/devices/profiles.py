"""Sample kinds of devices, one for each way in: data that a person could have entered on the desk."""

from yuzhou.capabilities.sense.contracts import (
    Bound,
    CommandField,
    CommandGroup,
    CommandType,
    Definition,
    Feed,
    Level,
    Limit,
    Profile,
    PropertySpec,
    RuleTemplate,
    Statistic,
)
from yuzhou.kernel.severity import Severity
from yuzhou.kernel.text import Text

OFF_ON = {0: Text("停止", "off"), 1: Text("运行", "on")}
DOOR = {0: Text("关", "closed"), 1: Text("开", "open")}
BREAKER = {0: Text("分闸", "Open"), 1: Text("合闸", "Closed")}


def _too_high(key: str, name: str, title: Text, major: float, critical: float, hold: int = 0) -> RuleTemplate:
    """An alarm above a bound, graver above another."""
    feed = Feed(name, Statistic.RTD)
    levels = tuple(
        Level(severity, Limit(feed, (Bound(high=high),)), hold_seconds=hold)
        for severity, high in ((Severity.MAJOR, major), (Severity.CRITICAL, critical))
    )
    return RuleTemplate(key, title, Definition(levels))


WEATHER = Profile(
    "sample-weather",
    Text("样例微型气象站（MQTT）", "Sample weather station (MQTT)"),
    "mqtt",
    (
        PropertySpec("temperature", Text("气温", "Air temperature"), "Cel", low=-30, high=60),
        PropertySpec("humidity", Text("相对湿度", "Relative humidity"), "%", low=0, high=100),
        PropertySpec("rain", Text("降雨量", "Rain"), "mm", low=0, high=500),
    ),
    silent_after_seconds=120,
)
PUMP = Profile(
    "sample-pump",
    Text("样例供水泵（Sparkplug B）", "Sample water pump (Sparkplug B)"),
    "sparkplug",
    (
        PropertySpec(
            "pressure", Text("出口压力", "Outlet pressure"), "kPa", low=0, high=1600, source={"metric": "Outlet/Pressure"}
        ),
        PropertySpec("speed", Text("转速", "Speed"), "{r}/min", low=0, high=4000, source={"metric": "Motor/Speed"}),
        PropertySpec("running", Text("运行", "Running"), kind="boolean", names=OFF_ON, source={"metric": "Motor/Running"}),
    ),
    silent_after_seconds=120,
)
COLD_STORE = Profile(
    "sample-cold-store",
    Text("样例冷库（HTTP）", "Sample cold store (HTTP)"),
    "http",
    (
        PropertySpec("temperature", Text("库温", "Store temperature"), "Cel", low=-60, high=60),
        PropertySpec("door", Text("库门", "Door"), kind="boolean", names=DOOR),
    ),
    rules=(_too_high("too-warm", "temperature", Text("库温过高", "Store too warm"), 6, 9),),
    silent_after_seconds=120,
)
METER = Profile(
    "sample-meter",
    Text("样例电力仪表（Modbus TCP）", "Sample power meter (Modbus TCP)"),
    "modbus",
    (
        PropertySpec(
            "voltage", Text("电压", "Voltage"), "V", low=0, high=500, source={"register": "input", "address": 0, "scale": 0.1}
        ),
        PropertySpec(
            "current", Text("电流", "Current"), "A", low=0, high=1000, source={"register": "input", "address": 1, "scale": 0.01}
        ),
        PropertySpec(
            "power",
            Text("有功功率", "Power"),
            "kW",
            source={"register": "input", "address": 2, "type": "float32", "order": "CDAB"},
        ),
        PropertySpec(
            "energy",
            Text("电能", "Energy"),
            "kW.h",
            kind="counter",
            low=0,
            source={"register": "input", "address": 4, "type": "uint32", "scale": 0.1},
        ),
        PropertySpec(
            "breaker",
            Text("断路器", "Breaker"),
            kind="boolean",
            names=BREAKER,
            source={"register": "coil", "address": 0, "write": True},
        ),
    ),
    commands=(
        CommandType(
            "switch",
            Text("分合闸", "Switch the breaker"),
            (CommandField("breaker", Text("断路器", "Breaker"), "integer", 0, 1),),
            group=CommandGroup.CONTROL,
        ),
    ),
    silent_after_seconds=120,
)
PRESS = Profile(
    "sample-press",
    Text("样例压铸机（OPC UA）", "Sample die-casting machine (OPC UA)"),
    "opcua",
    (
        PropertySpec(
            "temperature",
            Text("熔池温度", "Melt temperature"),
            "Cel",
            low=0,
            high=1200,
            source={"node": "ns=2;s=Press.Temperature"},
        ),
        PropertySpec(
            "pressure", Text("压射压力", "Injection pressure"), "MPa", low=0, high=200, source={"node": "ns=2;s=Press.Pressure"}
        ),
        PropertySpec("strokes", Text("压射次数", "Strokes"), kind="counter", low=0, source={"node": "ns=2;s=Press.Strokes"}),
        PropertySpec(
            "setpoint",
            Text("温度设定值", "Set point"),
            "Cel",
            low=600,
            high=750,
            source={"node": "ns=2;s=Press.Setpoint", "write": True},
        ),
    ),
    rules=(_too_high("melt-too-hot", "temperature", Text("熔池温度过高", "Melt too hot"), 712, 730),),
    silent_after_seconds=120,
)

PROFILES = (WEATHER, PUMP, COLD_STORE, METER, PRESS)
