"""Commands down to vehicles (annex B: 80 query, 81 set, 82 control), and what they answer.

There is no serial number: an answer bears the command's own number, so a vehicle has one command at a time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from yuzhou.capabilities.sense.contracts import Command as Requested
from yuzhou.capabilities.sense.contracts import CommandField, CommandGroup, CommandType, TwoPersons
from yuzhou.capabilities.sense.doors.gb32960.book import VehicleLink
from yuzhou.capabilities.sense.doors.gb32960.frames import Frame, encode
from yuzhou.capabilities.sense.doors.gb32960.times import TIME_LENGTH
from yuzhou.capabilities.sense.doors.gb32960.words import Command, Encryption, Reply
from yuzhou.capabilities.sense.doors.vehicles.desk import Asked
from yuzhou.capabilities.sense.doors.vehicles.talk import Word
from yuzhou.capabilities.sense.doors.vehicles.times import write_clock
from yuzhou.kernel.errors import Invalid
from yuzhou.kernel.text import Text

_KEPT = 200


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a terminal (table B.10): its number, its width in bytes, and the field that sets it, if any may.

    `length_in`: the number of the parameter that tells its length.
    """

    number: int
    name: str
    width: int
    field: CommandField | None = None
    length_in: int = 0


def _number(name: str, zh: str, en: str, low: int, high: int, unit: str) -> CommandField:
    return CommandField(name, Text(zh, en), "integer", low=low, high=high, unit=unit, required=False)


_SAMPLING = CommandField(
    "sampling",
    Text("抽样监测", "Sampling"),
    "choice",
    choices=(("1", Text("是", "Yes")), ("2", Text("否", "No"))),
    required=False,
)

PARAMETERS = (
    Parameter(0x01, "storage_period", 2, _number("storage_period", "本地存储周期", "Local storage period", 0, 60_000, "ms")),
    Parameter(0x02, "report_period", 2, _number("report_period", "正常上报周期", "Report period", 1, 600, "s")),
    Parameter(0x03, "alarm_period", 2, _number("alarm_period", "报警时上报周期", "Report period during alarms", 0, 60_000, "ms")),
    Parameter(0x04, "platform_length", 1),
    Parameter(0x05, "platform", 0, length_in=0x04),
    Parameter(0x06, "platform_port", 2),
    Parameter(0x07, "hardware_version", 5),
    Parameter(0x08, "firmware_version", 5),
    Parameter(0x09, "heartbeat_period", 1, _number("heartbeat_period", "心跳周期", "Heartbeat period", 1, 240, "s")),
    Parameter(0x0A, "terminal_timeout", 2, _number("terminal_timeout", "终端应答超时", "Terminal's timeout", 1, 600, "s")),
    Parameter(0x0B, "platform_timeout", 2, _number("platform_timeout", "平台应答超时", "Platform's timeout", 1, 600, "s")),
    Parameter(0x0C, "login_interval", 1, _number("login_interval", "登入失败间隔", "Interval of logins", 1, 240, "min")),
    Parameter(0x0D, "public_platform_length", 1),
    Parameter(0x0E, "public_platform", 0, length_in=0x0D),
    Parameter(0x0F, "public_platform_port", 2),
    Parameter(0x10, "sampling", 1, _SAMPLING),
)
_BY_NUMBER = {parameter.number: parameter for parameter in PARAMETERS}
_ASKED = tuple(parameter.number for parameter in PARAMETERS)

_LEVELS = tuple((str(level), Text(f"{level} 级", f"Level {level}")) for level in range(1, 4))
_CONTROLS = {"shut-down": 0x02, "reset": 0x03, "factory-reset": 0x04, "disconnect": 0x05, "warn": 0x06, "start-sampling": 0x07}


def _type(
    name: str, zh: str, en: str, group: CommandGroup, *fields: CommandField, repeat: bool = False, two: bool = False
) -> CommandType:
    interlocks = (TwoPersons(),) if two else ()
    return CommandType(name, Text(zh, en), fields, may_repeat=repeat, group=group, interlocks=interlocks)


TYPES: Mapping[str, CommandType] = {
    kind.name: kind
    for kind in (
        _type("query-parameters", "查询终端参数", "Read the terminal's parameters", CommandGroup.READ, repeat=True),
        _type(
            "set-parameters",
            "设置终端参数",
            "Set the terminal's parameters",
            CommandGroup.SETTING,
            *(parameter.field for parameter in PARAMETERS if parameter.field is not None),
            repeat=True,
        ),
        _type(
            "warn",
            "向驾驶员报警",
            "Warn the driver",
            CommandGroup.CONTROL,
            CommandField("level", Text("级别", "Level"), "choice", choices=_LEVELS),
            CommandField("text", Text("内容", "Text"), "text", required=False),
        ),
        _type("start-sampling", "开启抽样监测", "Start sampling", CommandGroup.CONTROL),
        _type("reset", "终端复位", "Restart the terminal", CommandGroup.CONTROL),
        _type("disconnect", "断开数据链路", "Close the data link", CommandGroup.CONTROL),
        _type("shut-down", "终端关机", "Shut the terminal down", CommandGroup.CONTROL, two=True),
        _type("factory-reset", "终端恢复出厂设置", "Reset the terminal to factory settings", CommandGroup.CONTROL, two=True),
    )
}
"""What is not offered: remote upgrade (82/01), and moving a terminal to another platform (81/04 to 06, 0D to 0F)."""


def write_request(command: Requested, link: VehicleLink) -> Asked:
    """The frame of a command; raises Invalid for one that cannot be said."""
    number, data = _content(command.name, command.params)
    content = write_clock(datetime.now(UTC)) + data
    frame = Frame(link.version, number, Reply.COMMAND, link.entry.identity, Encryption.NONE, content)
    return Asked(f"{number:02X}", encode(frame), f"{number:02X}")


def _content(name: str, params: Mapping[str, Any]) -> tuple[Command, bytes]:
    if name == "query-parameters":
        return Command.QUERY, bytes((len(_ASKED), *_ASKED))
    if name == "set-parameters":
        return Command.SET, _write_parameters(params)
    if name not in _CONTROLS:
        raise Invalid("gb32960.unknown-request", name=name)
    return Command.CONTROL, bytes((_CONTROLS[name],)) + _argument(name, params)


def _argument(name: str, params: Mapping[str, Any]) -> bytes:
    if name != "warn":
        return b""
    return bytes((int(params["level"]),)) + str(params.get("text") or "").encode("gb18030", "replace")[:_KEPT]


def _write_parameters(params: Mapping[str, Any]) -> bytes:
    items = [
        bytes((parameter.number,)) + int(params[parameter.name]).to_bytes(parameter.width, "big")
        for parameter in PARAMETERS
        if parameter.field is not None and params.get(parameter.name) not in (None, "")
    ]
    if not items:
        raise Invalid("gb32960.nothing-to-set")
    return bytes((len(items),)) + b"".join(items)


def read_parameters(data: bytes) -> dict[str, Any]:
    """The parameters of an answer to 80, by name; what cannot be read ends it."""
    found: dict[str, Any] = {}
    lengths: dict[int, int] = {}
    position = 0
    while position < len(data):
        parameter = _BY_NUMBER.get(data[position])
        if parameter is None:
            break
        width = parameter.width or lengths.get(parameter.length_in, 0)
        value = data[position + 1 : position + 1 + width]
        if len(value) < width:
            break
        if parameter.width in (1, 2):
            lengths[parameter.number] = int.from_bytes(value, "big")
            found[parameter.name] = lengths[parameter.number]
        else:
            found[parameter.name] = value.strip(b"\0 ").decode("latin-1")
        position += 1 + width
    return found


def read_word(frame: Frame, link: VehicleLink) -> Word:
    """What a vehicle says about a command: done with reply flag 01, failed with any other."""
    done = frame.reply == Reply.OK
    answer = read_parameters(frame.data[TIME_LENGTH + 1 :]) if done and frame.command == Command.QUERY else {}
    return Word(link, f"{frame.command:02X}", done, f"reply={frame.reply}", answer)
