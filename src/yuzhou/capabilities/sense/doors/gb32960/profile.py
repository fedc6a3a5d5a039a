"""What a vehicle that speaks GB/T 32960.3 reports, as a declared profile."""

from collections.abc import Iterator

from yuzhou.capabilities.sense.contracts import Profile, PropertySpec, RuleTemplate, Severity
from yuzhou.capabilities.sense.doors.gb32960.layouts import ALARMS_2025
from yuzhou.capabilities.sense.doors.gb32960.naming import describe
from yuzhou.capabilities.sense.doors.gb32960.session import PROTOCOL
from yuzhou.capabilities.sense.doors.vehicles.specs import above, boolean, enumeration, is_set, number
from yuzhou.kernel.text import Text

SILENT_AFTER = 900
"""Seconds: a vehicle that is on reports every ten to thirty seconds."""

_ALARMS: dict[str, tuple[str, str]] = {
    "temperature_difference": ("温度差异报警", "Temperature difference"),
    "battery_temperature": ("电池高温报警", "Battery too hot"),
    "pack_overvoltage": ("储能装置过压报警", "Battery overvoltage"),
    "pack_undervoltage": ("储能装置欠压报警", "Battery undervoltage"),
    "soc_low": ("SOC 低报警", "State of charge too low"),
    "cell_overvoltage": ("单体电池过压报警", "Cell overvoltage"),
    "cell_undervoltage": ("单体电池欠压报警", "Cell undervoltage"),
    "soc_high": ("SOC 过高报警", "State of charge too high"),
    "soc_jump": ("SOC 跳变报警", "State of charge jumps"),
    "pack_mismatch": ("储能系统不匹配报警", "Battery does not match"),
    "cell_inconsistency": ("电池单体一致性差报警", "Cells differ too much"),
    "insulation": ("绝缘报警", "Insulation"),
    "dcdc_temperature": ("DC-DC 温度报警", "DC-DC converter too hot"),
    "brake_system": ("制动系统报警", "Brake system"),
    "dcdc_state": ("DC-DC 状态报警", "DC-DC converter's state"),
    "motor_controller_temperature": ("驱动电机控制器温度报警", "Motor controller too hot"),
    "high_voltage_interlock": ("高压互锁状态报警", "High-voltage interlock"),
    "motor_temperature": ("驱动电机温度报警", "Motor too hot"),
    "pack_overcharge": ("储能装置过充报警", "Battery overcharged"),
    "motor_overspeed": ("驱动电机超速报警", "Motor overspeed"),
    "motor_overcurrent": ("驱动电机过流报警", "Motor overcurrent"),
    "capacitor_temperature": ("超级电容过温报警", "Supercapacitor too hot"),
    "capacitor_pressure": ("超级电容过压报警", "Supercapacitor pressure too high"),
    "thermal_event": ("电池热事件报警", "Thermal event of the battery"),
    "hydrogen_leak": ("氢气泄漏报警", "Hydrogen leak"),
    "hydrogen_pressure": ("氢系统压力异常报警", "Hydrogen pressure abnormal"),
    "hydrogen_temperature": ("氢系统温度异常报警", "Hydrogen temperature abnormal"),
    "fuelcell_temperature": ("燃料电池堆过温报警", "Fuel cell stack too hot"),
}
_GRAVE = {
    "insulation": Severity.MAJOR,
    "high_voltage_interlock": Severity.MAJOR,
    "brake_system": Severity.CRITICAL,
    "thermal_event": Severity.CRITICAL,
    "hydrogen_leak": Severity.CRITICAL,
}
"""General alarms that are alarms of their own; the others speak through the alarm level."""

_ON_OFF = {1: Text("工作", "On"), 2: Text("断开", "Off")}
_GEARS = {0: Text("空挡", "Neutral"), **{gear: Text(f"{gear} 挡", f"Gear {gear}") for gear in range(1, 13)}}
_GEARS |= {13: Text("倒挡", "Reverse"), 14: Text("自动 D 挡", "Drive"), 15: Text("停车 P 挡", "Park")}
_LEVELS = {0: Text("无故障", "No fault"), **{level: Text(f"{level} 级故障", f"Fault of level {level}") for level in range(1, 4)}}
_FAULTS = {
    "battery": ("储能装置", "battery"),
    "motor": ("驱动电机", "motors"),
    "engine": ("发动机", "engine"),
    "other": ("其他", "others"),
}


def _vehicle() -> Iterator[PropertySpec]:
    states = {1: Text("启动", "On"), 2: Text("熄火", "Off"), 3: Text("其他", "Other")}
    yield enumeration("vehicle.state", "车辆状态", "Vehicle state", states)
    charging = {
        1: Text("停车充电", "Charging, parked"),
        2: Text("行驶充电", "Charging, driving"),
        3: Text("未充电", "Not charging"),
        4: Text("充电完成", "Charged"),
    }
    yield enumeration("vehicle.charging", "充电状态", "Charging state", charging)
    modes = {1: Text("纯电", "Electric"), 2: Text("混动", "Hybrid"), 3: Text("燃油", "Fuel")}
    yield enumeration("vehicle.mode", "运行模式", "Running mode", modes)
    yield number("speed", "车速", "Speed", "km/h", 0, 220)
    yield number("mileage", "累计里程", "Mileage", "km", 0, 999_999.9, kind="counter")
    yield number("voltage", "总电压", "Total voltage", "V", 0, 1000)
    yield number("current", "总电流", "Total current", "A", -3000, 3000)
    yield number("soc", "SOC", "State of charge", "%", 0, 100)
    yield enumeration("dcdc", "DC-DC 状态", "DC-DC converter", _ON_OFF)
    yield enumeration("gear", "挡位", "Gear", _GEARS)
    yield boolean("gear.braking", "有制动力", "Braking force", optional=False)
    yield boolean("gear.driving", "有驱动力", "Driving force", optional=False)
    yield number("insulation", "绝缘电阻", "Insulation resistance", "kOhm", 0, 60_000)
    yield number("accelerator", "加速踏板行程", "Accelerator", "%", 0, 100, optional=True)
    yield number("brake", "制动踏板状态", "Brake pedal (101: on)", "%", 0, 101, optional=True)


def _position() -> Iterator[PropertySpec]:
    yield boolean("position.valid", "定位有效", "Position valid", optional=False)
    yield number("longitude", "经度", "Longitude", "deg", -180, 180)
    yield number("latitude", "纬度", "Latitude", "deg", -90, 90)
    systems = {1: Text("WGS-84", "WGS-84"), 2: Text("GCJ-02", "GCJ-02"), 3: Text("其他", "Other")}
    yield enumeration("position.system", "坐标系", "Coordinate system", systems, optional=True)


def _extremes() -> Iterator[PropertySpec]:
    for end, zh, en in (("max", "最高", "Highest"), ("min", "最低", "Lowest")):
        yield number(f"cell_voltage_{end}", f"电池单体电压{zh}值", f"{en} cell voltage", "V", 0, 60, optional=True)
        yield number(f"cell_voltage_{end}.pack", f"{zh}电压电池子系统号", f"Pack of the {en.lower()} cell voltage", optional=True)
        yield number(f"cell_voltage_{end}.cell", f"{zh}电压电池单体代号", f"Cell of the {en.lower()} voltage", optional=True)
        yield number(f"temperature_{end}", f"电池{zh}温度值", f"{en} battery temperature", "Cel", -40, 210, optional=True)
        yield number(f"temperature_{end}.pack", f"{zh}温度子系统号", f"Pack of the {en.lower()} temperature", optional=True)
        yield number(f"temperature_{end}.probe", f"{zh}温度探针序号", f"Probe of the {en.lower()} temperature", optional=True)


def _alarms() -> Iterator[PropertySpec]:
    yield enumeration("alarm.level", "最高报警等级", "Highest alarm level", _LEVELS)
    for name in ALARMS_2025:
        yield boolean(f"alarm.{name}", *_ALARMS[name])
    for name, (zh, en) in _FAULTS.items():
        yield number(f"faults.{name}", f"{zh}故障数", f"Faults: {en}", kind="counter", optional=True)


def _other_drives() -> Iterator[PropertySpec]:
    yield enumeration("engine.state", "发动机状态", "Engine", {1: Text("启动", "On"), 2: Text("关闭", "Off")}, optional=True)
    yield number("engine.speed", "发动机曲轴转速", "Engine speed", "/min", 0, 60_000, optional=True)
    yield number("engine.consumption", "发动机燃料消耗率", "Fuel consumption", "L/(100.km)", 0, 600, optional=True)
    yield number("fuelcell.voltage", "燃料电池电压", "Fuel cell voltage", "V", 0, 2000, optional=True)
    yield number("fuelcell.current", "燃料电池电流", "Fuel cell current", "A", 0, 2000, optional=True)
    yield number("fuelcell.consumption", "燃料消耗率", "Hydrogen consumption", "kg/(100.km)", 0, 600, optional=True)
    yield enumeration("fuelcell.dcdc", "高压 DC-DC 状态", "High-voltage DC-DC converter", _ON_OFF, optional=True)
    yield number("fuelcell.dcdc_temperature", "高压 DC-DC 温度", "DC-DC converter's temperature", "Cel", -40, 210, optional=True)
    yield number("hydrogen.temperature", "氢系统最高温度", "Highest hydrogen temperature", "Cel", -40, 200, optional=True)
    yield number("hydrogen.temperature.probe", "氢系统最高温度探针", "Probe of the hydrogen temperature", optional=True)
    yield number("hydrogen.concentration", "氢气最高浓度", "Highest hydrogen concentration", "mg/kg", 0, 60_000, optional=True)
    yield number("hydrogen.concentration.sensor", "氢气浓度传感器", "Sensor of the hydrogen concentration", optional=True)
    yield number("hydrogen.pressure", "氢气最高压力", "Highest hydrogen pressure", "MPa", 0, 100, optional=True)
    yield number("hydrogen.pressure.sensor", "氢气压力传感器", "Sensor of the hydrogen pressure", optional=True)
    yield number("hydrogen.level", "剩余氢量", "Hydrogen left", "%", 0, 100, optional=True)


_MOTOR_STATES = {1: Text("耗电", "Consuming"), 2: Text("发电", "Generating"), 3: Text("关闭", "Off"), 4: Text("准备", "Ready")}


def _motor() -> Iterator[PropertySpec]:
    for motor in (1, 2):
        title = describe(f"motor.{motor}.state").title
        yield enumeration(f"motor.{motor}.state", title.zh, title.en, _MOTOR_STATES, optional=True)


def _rules() -> Iterator[RuleTemplate]:
    levels = {Severity.WARNING: 0.5, Severity.MAJOR: 1.5, Severity.CRITICAL: 2.5}
    yield above("alarm-level", "车辆报警", "Vehicle alarm", "alarm.level", levels)
    for name, severity in _GRAVE.items():
        yield is_set(f"alarm.{name}", *_ALARMS[name], severity)


VEHICLE = Profile(
    key="gb32960-vehicle",
    title=Text("新能源汽车（GB/T 32960）", "Electric vehicle (GB/T 32960)"),
    protocol=PROTOCOL,
    properties=(*_vehicle(), *_position(), *_extremes(), *_alarms(), *_other_drives(), *_motor()),
    rules=tuple(_rules()),
    silent_after_seconds=SILENT_AFTER,
)
PLATFORM = Profile(
    key="gb32960-platform",
    title=Text("车辆企业平台（GB/T 32960）", "Platform of vehicles (GB/T 32960)"),
    protocol=PROTOCOL,
    silent_after_seconds=SILENT_AFTER,
)
PROFILES = (VEHICLE, PLATFORM)
