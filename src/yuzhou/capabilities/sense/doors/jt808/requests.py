"""Commands down to terminals, and what they answer. A terminal's answer names the serial number of what it answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from yuzhou.capabilities.sense.contracts import Command, CommandField, CommandGroup, CommandType, OnlyIf, TwoPersons
from yuzhou.capabilities.sense.doors.jt808 import bodies
from yuzhou.capabilities.sense.doors.jt808.book import TerminalLink
from yuzhou.capabilities.sense.doors.jt808.frames import LONGEST_BODY, Frame
from yuzhou.capabilities.sense.doors.jt808.positions import Malformed, Report
from yuzhou.capabilities.sense.doors.jt808.words import Message, Result, Version
from yuzhou.capabilities.sense.doors.vehicles.desk import Asked
from yuzhou.capabilities.sense.doors.vehicles.talk import Word
from yuzhou.kernel.errors import Invalid
from yuzhou.kernel.text import Text

_LONGEST_TEXT = 1000
_SHOWN = 200
_URGENT, _DISPLAY, _SPEAK = 1 << 0, 1 << 2, 1 << 3
_RESET = 4


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter that may be set (2013, table 12): its number, its width in bytes, its field."""

    number: int
    width: int
    field: CommandField


def _parameter(number: int, width: int, name: str, zh: str, en: str, low: int, high: int, unit: str) -> Parameter:
    return Parameter(number, width, CommandField(name, Text(zh, en), "integer", low=low, high=high, unit=unit, required=False))


PARAMETERS = (
    _parameter(0x0001, 4, "heartbeat_period", "心跳间隔", "Heartbeat period", 1, 3600, "s"),
    _parameter(0x0002, 4, "tcp_timeout", "TCP 应答超时", "TCP timeout", 1, 3600, "s"),
    _parameter(0x0003, 4, "tcp_repeats", "TCP 重传次数", "TCP repeats", 0, 100, ""),
    _parameter(0x0027, 4, "sleep_report_period", "休眠时汇报间隔", "Report period asleep", 1, 86_400, "s"),
    _parameter(0x0028, 4, "alarm_report_period", "紧急报警时汇报间隔", "Report period during an SOS", 1, 3600, "s"),
    _parameter(0x0029, 4, "report_period", "缺省汇报间隔", "Report period", 1, 86_400, "s"),
    _parameter(0x0050, 4, "alarm_mask", "报警屏蔽字", "Alarm mask", 0, 2**32 - 1, ""),
    _parameter(0x0055, 4, "speed_limit", "最高速度", "Speed limit", 0, 300, "km/h"),
    _parameter(0x0056, 4, "overspeed_seconds", "超速持续时间", "Overspeed after", 0, 3600, "s"),
    _parameter(0x0057, 4, "driving_limit", "连续驾驶时间门限", "Longest driving", 0, 86_400, "s"),
    _parameter(0x0059, 4, "shortest_rest", "最小休息时间", "Shortest rest", 0, 86_400, "s"),
    _parameter(0x005A, 4, "longest_parking", "最长停车时间", "Longest parking", 0, 864_000, "s"),
)
NAMES = {parameter.number: parameter.field.name for parameter in PARAMETERS} | {
    0x0010: "apn",
    0x0013: "server",
    0x0017: "backup_server",
    0x0018: "tcp_port",
    0x0080: "mileage",
    0x0081: "province",
    0x0082: "city",
    0x0083: "plate",
    0x0084: "plate_colour",
}
_TEXTS = frozenset({0x0010, 0x0013, 0x0017, 0x0083})

_DOORS = (("lock", Text("锁闭", "Lock")), ("unlock", Text("开启", "Unlock")))
_STANDING = OnlyIf("speed", "<=", 1.0, fresh_seconds=120)

Body = Callable[[Mapping[str, Any], Version], bytes]


def _write_parameters(params: Mapping[str, Any], version: Version) -> bytes:
    given = {
        parameter.number: int(params[parameter.field.name]).to_bytes(parameter.width, "big")
        for parameter in PARAMETERS
        if params.get(parameter.field.name) not in (None, "")
    }
    if not given:
        raise Invalid("jt808.nothing-to-set")
    return bodies.write_parameters(given)


def _write_text(params: Mapping[str, Any], version: Version) -> bytes:
    """2019 puts a kind (1: notice) behind the flags."""
    text = str(params["text"]).encode("gbk", "replace")
    if len(text) > _LONGEST_TEXT:
        raise Invalid("jt808.text-too-long", field="text", most=_LONGEST_TEXT)
    flags = _DISPLAY | _SPEAK | (_URGENT if params.get("urgency") == "urgent" else 0)
    return bytes((flags, 1) if version else (flags,)) + text


def _write_doors(params: Mapping[str, Any], version: Version) -> bytes:
    """2013: bit 0 of a byte, 1 locks; 2019: one control, 0x0001 the doors, 0 locks."""
    locks = params["doors"] == "lock"
    return bytes((0, 1, 0, 1, not locks)) if version else bytes((locks,))


@dataclass(frozen=True, slots=True)
class Request:
    """A command as a message: what it is answered by, and its body."""

    type: CommandType
    message: Message
    answered_by: Message
    body: Body = lambda params, version: b""


def _request(
    name: str,
    zh: str,
    en: str,
    group: CommandGroup,
    message: Message,
    answered_by: Message,
    body: Body = lambda params, version: b"",
    *,
    fields: tuple[CommandField, ...] = (),
    repeat: bool = True,
    interlocks: tuple[OnlyIf | TwoPersons, ...] = (),
) -> Request:
    kind = CommandType(name, Text(zh, en), fields, may_repeat=repeat, group=group, interlocks=interlocks)
    return Request(kind, message, answered_by, body)


_READ, _SETTING, _CONTROL = CommandGroup.READ, CommandGroup.SETTING, CommandGroup.CONTROL
_TEXT_FIELDS = (
    CommandField(
        "urgency",
        Text("紧急程度", "Urgency"),
        "choice",
        choices=(("normal", Text("一般", "Normal")), ("urgent", Text("紧急", "Urgent"))),
        required=False,
    ),
    CommandField("text", Text("内容", "Text"), "text"),
)
REQUESTS: Mapping[str, Request] = {
    request.type.name: request
    for request in (
        _request("locate", "查询位置", "Ask for the position", _READ, Message.QUERY_POSITION, Message.POSITION_ANSWER),
        _request(
            "query-parameters",
            "查询终端参数",
            "Read the terminal's parameters",
            _READ,
            Message.QUERY_PARAMETERS,
            Message.PARAMETERS,
        ),
        _request(
            "query-attributes",
            "查询终端属性",
            "Read the terminal's attributes",
            _READ,
            Message.QUERY_ATTRIBUTES,
            Message.ATTRIBUTES,
        ),
        _request(
            "set-parameters",
            "设置终端参数",
            "Set the terminal's parameters",
            _SETTING,
            Message.SET_PARAMETERS,
            Message.TERMINAL_ANSWER,
            _write_parameters,
            fields=tuple(parameter.field for parameter in PARAMETERS),
        ),
        _request(
            "text",
            "下发文本信息",
            "Send a text to the driver",
            _CONTROL,
            Message.TEXT,
            Message.TERMINAL_ANSWER,
            _write_text,
            fields=_TEXT_FIELDS,
            repeat=False,
        ),
        _request(
            "control-doors",
            "车门控制",
            "Lock or unlock the doors",
            _CONTROL,
            Message.VEHICLE_CONTROL,
            Message.CONTROL_ANSWER,
            _write_doors,
            fields=(CommandField("doors", Text("车门", "Doors"), "choice", choices=_DOORS),),
            repeat=False,
            interlocks=(_STANDING, TwoPersons()),
        ),
        _request(
            "reset",
            "终端复位",
            "Restart the terminal",
            _CONTROL,
            Message.TERMINAL_CONTROL,
            Message.TERMINAL_ANSWER,
            lambda params, version: bytes((_RESET,)),
            repeat=False,
        ),
    )
}


def write_request(command: Command, link: TerminalLink) -> Asked:
    """The frame of a command; raises Invalid for one that cannot be said."""
    request = REQUESTS.get(command.name)
    if request is None:
        raise Invalid("jt808.unknown-request", name=command.name)
    body = request.body(command.params, link.version)
    if len(body) > LONGEST_BODY:
        raise Invalid("jt808.text-too-long", most=LONGEST_BODY)
    serial, frame = link.write(request.message, body)
    return Asked(f"{request.message:04X}/{serial}", frame, f"{request.message:04X}")


def read_word(frame: Frame, link: TerminalLink, report: Report | None = None) -> Word:
    """What a terminal says about a command; raises Malformed. A general answer to a question only takes it on."""
    if frame.message == Message.TERMINAL_ANSWER:
        serial, message, result = bodies.read_general_answer(frame.body)
        asks = {request.message for request in REQUESTS.values() if request.type.group is _READ}
        done = None if message in asks and result == Result.OK else result == Result.OK
        return Word(link, f"{message:04X}/{serial}", done, f"result={result}")
    if frame.message == Message.ATTRIBUTES:  # names no serial number: it answers the question that stands
        return Word(link, f"{Message.QUERY_ATTRIBUTES:04X}", True, "", bodies.read_attributes(frame.body, frame.version))
    if len(frame.body) < 2:
        raise Malformed("short")
    serial = int.from_bytes(frame.body[:2], "big")
    if frame.message == Message.PARAMETERS:
        _, parameters = bodies.read_parameters(frame.body)
        return Word(link, f"{Message.QUERY_PARAMETERS:04X}/{serial}", True, "", _shown(parameters))
    asked = Message.QUERY_POSITION if frame.message == Message.POSITION_ANSWER else Message.VEHICLE_CONTROL
    told = report.as_mapping() if report is not None else {}
    return Word(link, f"{asked:04X}/{serial}", True, "", {name: told[name] for name in ("latitude", "longitude") if name in told})


def _shown(parameters: Mapping[int, bytes]) -> dict[str, Any]:
    """Parameters by name, or by number in hexadecimal digits: numbers as such, texts as such, the rest as digits."""
    shown: dict[str, Any] = {}
    for number, value in parameters.items():
        name = NAMES.get(number, f"{number:04X}")
        if number in _TEXTS:
            shown[name] = value.decode("gbk", "replace")[:_SHOWN]
        elif number in NAMES and len(value) in (1, 2, 4):
            shown[name] = int.from_bytes(value, "big")
        else:
            shown[name] = value.hex()[:_SHOWN]
    return shown
