"""What a vehicle with a terminal of JT/T 808 reports, as a declared profile."""

from collections.abc import Iterator

from yuzhou.capabilities.sense.contracts import Profile, PropertySpec, RuleTemplate, Severity
from yuzhou.capabilities.sense.doors.jt808.session import PROTOCOL
from yuzhou.capabilities.sense.doors.jt808.words import ALARMS, STATUS_BITS
from yuzhou.capabilities.sense.doors.vehicles.specs import boolean, enumeration, is_set, number
from yuzhou.kernel.text import Text

SILENT_AFTER = 1800
"""Seconds: a terminal asleep reports seldom."""

_ALARMS: dict[str, tuple[str, str]] = {
    "sos": ("紧急报警", "SOS"),
    "overspeed": ("超速报警", "Overspeed"),
    "fatigue": ("疲劳驾驶", "Fatigue driving"),
    "danger": ("危险预警", "Danger ahead"),
    "gnss_fault": ("GNSS 模块故障", "GNSS module faulty"),
    "antenna_open": ("GNSS 天线未接或被剪断", "GNSS antenna cut"),
    "antenna_short": ("GNSS 天线短路", "GNSS antenna short-circuited"),
    "undervoltage": ("终端主电源欠压", "Main power undervoltage"),
    "power_off": ("终端主电源掉电", "Main power lost"),
    "display_fault": ("终端显示器故障", "Display faulty"),
    "speech_fault": ("TTS 模块故障", "Speech module faulty"),
    "camera_fault": ("摄像头故障", "Camera faulty"),
    "ic_card_fault": ("道路运输证 IC 卡模块故障", "IC card module faulty"),
    "overspeed_warning": ("超速预警", "Overspeed warning"),
    "fatigue_warning": ("疲劳驾驶预警", "Fatigue warning"),
    "wrong_driving": ("违规行驶报警", "Forbidden driving"),
    "tyre_pressure": ("胎压预警", "Tyre pressure"),
    "blind_spot": ("右转盲区异常报警", "Blind spot at right turns"),
    "driving_hours": ("当天累计驾驶超时", "Driving hours of the day exceeded"),
    "parking_overtime": ("超时停车", "Parked too long"),
    "area": ("进出区域", "Area entered or left"),
    "route": ("进出路线", "Route entered or left"),
    "route_time": ("路段行驶时间不足或过长", "Time on the route too short or long"),
    "route_deviation": ("路线偏离报警", "Off the route"),
    "speed_sensor_fault": ("车辆 VSS 故障", "Speed sensor faulty"),
    "fuel_abnormal": ("车辆油量异常", "Fuel abnormal"),
    "theft": ("车辆被盗", "Vehicle stolen"),
    "illegal_ignition": ("车辆非法点火", "Illegal ignition"),
    "illegal_movement": ("车辆非法位移", "Illegal movement"),
    "collision_warning": ("碰撞侧翻报警", "Collision"),
    "rollover_warning": ("侧翻预警", "Rollover warning"),
    "illegal_door": ("非法开门报警", "Illegal door opening"),
}
_STATUS: dict[str, tuple[str, str]] = {
    "acc": ("ACC 开", "Ignition on"),
    "position.valid": ("定位有效", "Position valid"),
    "out_of_service": ("停运", "Out of service"),
    "position.encrypted": ("经纬度已加密", "Position encrypted"),
    "forward_collision": ("前撞预警", "Forward collision warning"),
    "lane_departure": ("车道偏移预警", "Lane departure warning"),
    "fuel_cut": ("油路断开", "Fuel line cut"),
    "circuit_cut": ("电路断开", "Circuit cut"),
    "doors_locked": ("车门加锁", "Doors locked"),
    "door.1": ("前门开", "Front door open"),
    "door.2": ("中门开", "Middle door open"),
    "door.3": ("后门开", "Rear door open"),
    "door.4": ("驾驶席门开", "Driver's door open"),
    "door.5": ("自定义门开", "Other door open"),
    "satellites.gps": ("使用 GPS", "Uses GPS"),
    "satellites.beidou": ("使用北斗", "Uses BeiDou"),
    "satellites.glonass": ("使用 GLONASS", "Uses GLONASS"),
    "satellites.galileo": ("使用 Galileo", "Uses Galileo"),
    "driving": ("车辆行驶", "Driving"),
}
_RAISED = {
    "sos": Severity.CRITICAL,
    "overspeed": Severity.MAJOR,
    "fatigue": Severity.MAJOR,
    "danger": Severity.WARNING,
    "power_off": Severity.WARNING,
    "gnss_fault": Severity.WARNING,
    "antenna_open": Severity.WARNING,
    "driving_hours": Severity.WARNING,
    "area": Severity.NOTICE,
    "route_deviation": Severity.WARNING,
    "theft": Severity.CRITICAL,
    "illegal_movement": Severity.MAJOR,
    "collision_warning": Severity.CRITICAL,
    "rollover_warning": Severity.CRITICAL,
}
"""The bits that become alarms; more may be added on a copy of the profile."""

_KINDS_OF_AREA = {
    0: Text("无特定位置", "Nowhere in particular"),
    1: Text("圆形区域", "Circle"),
    2: Text("矩形区域", "Rectangle"),
    3: Text("多边形区域", "Polygon"),
    4: Text("路段", "Section"),
}


def _base() -> Iterator[PropertySpec]:
    yield number("latitude", "纬度", "Latitude", "deg", -90, 90)
    yield number("longitude", "经度", "Longitude", "deg", -180, 180)
    yield number("altitude", "高程", "Altitude", "m", -500, 9000)
    yield number("speed", "速度", "Speed", "km/h", 0, 220)
    yield number("heading", "方向", "Heading", "deg", 0, 359)
    yield number("alarm", "报警标志字", "Alarm word")
    yield number("status", "状态字", "Status word")


def _bits() -> Iterator[PropertySpec]:
    for name in ALARMS:
        yield boolean(f"alarm.{name}", *_ALARMS[name])
    for name in STATUS_BITS.values():
        yield boolean(name, *_STATUS[name], optional=name not in ("acc", "position.valid"))
    loads = {
        0: Text("空车", "Empty"),
        1: Text("半载", "Half loaded"),
        2: Text("保留", "Reserved"),
        3: Text("满载", "Fully loaded"),
    }
    yield enumeration("load", "载重状态", "Load", loads, optional=True)


def _items() -> Iterator[PropertySpec]:
    yield number("mileage", "里程", "Mileage", "km", 0, kind="counter", optional=True)
    yield number("fuel", "油量", "Fuel", "L", 0, optional=True)
    yield number("recorder_speed", "行驶记录速度", "Speed by the recorder", "km/h", 0, 220, optional=True)
    yield number("alarm_event", "待确认报警事件", "Alarm event to confirm", optional=True)
    yield number("carriage_temperature", "车厢温度", "Carriage temperature", "Cel", -273, 300, optional=True)
    yield enumeration("overspeed.area_kind", "超速位置类型", "Kind of area of the overspeed", _KINDS_OF_AREA, optional=True)
    yield number("overspeed.area", "超速区域", "Area of the overspeed", optional=True)
    yield enumeration("area.kind", "区域类型", "Kind of area", _KINDS_OF_AREA, optional=True)
    yield number("area.id", "区域", "Area", optional=True)
    yield boolean("area.leaving", "驶出区域", "Leaving the area")
    yield number("route.id", "路段", "Section", optional=True)
    yield number("route.seconds", "路段行驶时间", "Time on the section", "s", 0, optional=True)
    yield boolean("route.too_long", "路段行驶时间过长", "Too long on the section")
    yield number("signals", "扩展车辆信号字", "Vehicle signals word", optional=True)
    yield number("inputs", "IO 状态字", "Inputs word", optional=True)
    yield number("analogue.0", "模拟量 AD0", "Analogue input 0", optional=True)
    yield number("analogue.1", "模拟量 AD1", "Analogue input 1", optional=True)
    yield number("signal_strength", "无线信号强度", "Signal strength", optional=True)
    yield number("satellites", "定位卫星数", "Satellites in use", optional=True)
    for tyre in range(1, 7):
        yield number(f"tyre.{tyre}", f"胎压 {tyre}", f"Tyre pressure {tyre}", "Pa", 0, optional=True)


def _rules() -> Iterator[RuleTemplate]:
    for name, severity in _RAISED.items():
        yield is_set(f"alarm.{name}", *_ALARMS[name], severity)


TERMINAL = Profile(
    key="jt808-vehicle",
    title=Text("道路运输车辆（JT/T 808）", "Road vehicle (JT/T 808)"),
    protocol=PROTOCOL,
    properties=(*_base(), *_bits(), *_items()),
    rules=tuple(_rules()),
    silent_after_seconds=SILENT_AFTER,
)
