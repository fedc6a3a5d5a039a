"""The vocabulary of JT/T 808: messages, answers, alarm and status bits (2013, tables 17, 18; 2019, tables 24, 25)."""

from enum import IntEnum


class Version(IntEnum):
    """The edition that a frame is in, by bit 14 of its properties; what differs stands beside what it is used for."""

    V2013 = 0
    V2019 = 1


class Message(IntEnum):
    """Message ids. Above 0x8000: from the platform."""

    TERMINAL_ANSWER = 0x0001  # 终端通用应答
    HEARTBEAT = 0x0002  # 终端心跳
    LOGOUT = 0x0003  # 终端注销
    ASK_TIME = 0x0004  # 查询服务器时间 (2019)
    REGISTER = 0x0100  # 终端注册
    AUTHENTICATE = 0x0102  # 终端鉴权
    PARAMETERS = 0x0104  # 查询终端参数应答
    ATTRIBUTES = 0x0107  # 查询终端属性应答
    POSITION = 0x0200  # 位置信息汇报
    POSITION_ANSWER = 0x0201  # 位置信息查询应答
    CONTROL_ANSWER = 0x0500  # 车辆控制应答
    POSITIONS = 0x0704  # 定位数据批量上传
    PLATFORM_ANSWER = 0x8001  # 平台通用应答
    RESEND = 0x8003  # 补传分包请求
    TIME = 0x8004  # 查询服务器时间应答 (2019)
    REGISTERED = 0x8100  # 终端注册应答
    SET_PARAMETERS = 0x8103  # 设置终端参数
    QUERY_PARAMETERS = 0x8104  # 查询终端参数
    TERMINAL_CONTROL = 0x8105  # 终端控制
    QUERY_SOME_PARAMETERS = 0x8106  # 查询指定终端参数
    QUERY_ATTRIBUTES = 0x8107  # 查询终端属性
    QUERY_POSITION = 0x8201  # 位置信息查询
    TEXT = 0x8300  # 文本信息下发
    VEHICLE_CONTROL = 0x8500  # 车辆控制


KEPT = frozenset(
    {
        Message.TERMINAL_ANSWER,
        Message.ATTRIBUTES,
        Message.PARAMETERS,
        0x0108,  # 终端升级结果通知
        0x0301,  # 事件报告
        0x0302,  # 提问应答
        0x0303,  # 信息点播/取消
        0x0608,  # 查询区域或线路数据应答 (2019)
        0x0700,  # 行驶记录数据上传
        0x0701,  # 电子运单上报
        0x0702,  # 驾驶员身份信息采集上报
        0x0705,  # CAN 总线数据上传
        0x0900,  # 数据上行透传
        0x0901,  # 数据压缩上报
        0x0A00,  # 终端 RSA 公钥
    }
)
"""Messages that hold no readings: kept as they are, and acknowledged."""


class Result(IntEnum):
    """The result of a general answer (通用应答)."""

    OK = 0
    FAILED = 1
    WRONG = 2
    UNSUPPORTED = 3
    ALARM_HANDLED = 4


class Registration(IntEnum):
    """The result of a registration (0x8100)."""

    OK = 0
    VEHICLE_REGISTERED = 1
    NO_SUCH_VEHICLE = 2
    TERMINAL_REGISTERED = 3
    NO_SUCH_TERMINAL = 4


ALARMS = (
    "sos",
    "overspeed",
    "fatigue",
    "danger",
    "gnss_fault",
    "antenna_open",
    "antenna_short",
    "undervoltage",
    "power_off",
    "display_fault",
    "speech_fault",
    "camera_fault",
    "ic_card_fault",
    "overspeed_warning",
    "fatigue_warning",
    "wrong_driving",
    "tyre_pressure",
    "blind_spot",
    "driving_hours",
    "parking_overtime",
    "area",
    "route",
    "route_time",
    "route_deviation",
    "speed_sensor_fault",
    "fuel_abnormal",
    "theft",
    "illegal_ignition",
    "illegal_movement",
    "collision_warning",
    "rollover_warning",
    "illegal_door",
)
"""The alarm word (报警标志), from bit 0 on. Bits 15 to 17 came with 2019; 31 is of 2013 (2019: 29 says collision)."""

STATUS_BITS = {
    0: "acc",
    1: "position.valid",
    4: "out_of_service",
    5: "position.encrypted",
    6: "forward_collision",
    7: "lane_departure",
    10: "fuel_cut",
    11: "circuit_cut",
    12: "doors_locked",
    13: "door.1",
    14: "door.2",
    15: "door.3",
    16: "door.4",
    17: "door.5",
    18: "satellites.gps",
    19: "satellites.beidou",
    20: "satellites.glonass",
    21: "satellites.galileo",
    22: "driving",
}
"""The status word (状态) that are bits of their own; 2 says south, 3 west, 8 and 9 the load."""
NO_FIX_WITHOUT, SOUTH, WEST = 1 << 1, 1 << 2, 1 << 3
LOAD_SHIFT, LOAD_MASK = 8, 3
ALWAYS_TOLD = NO_FIX_WITHOUT | 1
"""Ignition and fix are told in each report, other bits when they change."""
