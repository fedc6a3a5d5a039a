"""What may be asked of a logger, in words of the platform, and the segment that asks it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yuzhou.capabilities.sense.contracts import CommandField, CommandGroup, CommandType
from yuzhou.capabilities.sense.doors.hj212.content import content_of
from yuzhou.capabilities.sense.doors.hj212.dictionary import ACKNOWLEDGE, SHAPES, VERSION_SHIFT, Shape
from yuzhou.capabilities.sense.doors.hj212.segment import Segment
from yuzhou.capabilities.sense.doors.hj212.times import format_time
from yuzhou.kernel.errors import Invalid
from yuzhou.kernel.text import Text

_FACTOR = CommandField("factor", Text("因子编码", "Factor code"), "text", required=False)
_FACTOR_NEEDED = CommandField("factor", Text("因子编码", "Factor code"), "text")
_SPAN = (
    CommandField("begin", Text("开始时间", "From"), "moment"),
    CommandField("end", Text("结束时间", "To"), "moment"),
)
_INFORMATION = CommandField("information", Text("信息编码", "Information code"), "text")


def _seconds(name: str, zh: str, en: str, low: int, high: int, unit: str) -> CommandField:
    return CommandField(name, Text(zh, en), "integer", low=low, high=high, unit=unit)


_GROUPS = dict.fromkeys(("read", "fetch", "send", "stop"), CommandGroup.READ) | {"set": CommandGroup.SETTING}


@dataclass(frozen=True, slots=True)
class Asking:
    """A command of the platform as a request of HJ 212: its CN, and the item that each parameter becomes."""

    cn: str
    type: CommandType
    items: Mapping[str, str]

    @property
    def shape(self) -> Shape:
        """How it ends."""
        return SHAPES[self.cn]


def _asking(
    cn: str, name: str, zh: str, en: str, fields: tuple[CommandField, ...] = (), items: str = "", *, repeat: bool = True
) -> Asking:
    mapping = dict(zip((field.name for field in fields), items.split(), strict=True))
    kind = CommandType(name, Text(zh, en), fields, may_repeat=repeat, expires_after_seconds=300, group=_group(name))
    return Asking(cn, kind, mapping)


def _group(name: str) -> CommandGroup:
    """By the first word of the name: what asks, what sets, and what makes the instrument act."""
    verb = name.partition("-")[0]
    return _GROUPS.get(verb, CommandGroup.CONTROL)


ASKINGS: Mapping[str, Asking] = {
    asking.type.name: asking
    for asking in (
        _asking(
            "1000",
            "set-patience",
            "设置超时时间及重发次数",
            "Set timeout and retries",
            (_seconds("timeout", "超时", "Timeout", 1, 9999, "s"), _seconds("retries", "重发次数", "Retries", 0, 99, "1")),
            "OverTime ReCount",
        ),
        _asking("1011", "read-clock", "提取现场机时间", "Read the clock", (_FACTOR,), "PolId"),
        _asking(
            "1012",
            "set-clock",
            "设置现场机时间",
            "Set the clock",
            (_FACTOR, CommandField("moment", Text("时间", "Time"), "moment", required=False)),
            "PolId SystemTime",
        ),
        _asking("1061", "read-interval", "提取实时数据间隔", "Read the real-time interval"),
        _asking(
            "1062",
            "set-interval",
            "设置实时数据间隔",
            "Set the real-time interval",
            (_seconds("seconds", "间隔", "Interval", 30, 3600, "s"),),
            "RtdInterval",
        ),
        _asking("1063", "read-minute-interval", "提取分钟数据间隔", "Read the interval of minute data"),
        _asking(
            "1064",
            "set-minute-interval",
            "设置分钟数据间隔",
            "Set the interval of minute data",
            (_seconds("minutes", "间隔", "Interval", 1, 60, "min"),),
            "MinInterval",
        ),
        _asking(
            "1072",
            "set-password",
            "设置现场机访问密码",
            "Set the password",
            (CommandField("password", Text("新密码", "New password"), "secret"),),
            "NewPW",
        ),
        _asking("2011", "send-real-time", "取污染物实时数据", "Send real-time data"),
        _asking("2012", "stop-real-time", "停止察看污染物实时数据", "Stop sending real-time data"),
        _asking("2021", "send-states", "取设备运行状态数据", "Send equipment states"),
        _asking("2022", "stop-states", "停止察看设备运行状态", "Stop sending equipment states"),
        _asking("2031", "fetch-days", "取污染物日历史数据", "Fetch daily data", _SPAN, "BeginTime EndTime"),
        _asking("2041", "fetch-running-times", "取设备运行时间日历史数据", "Fetch running times", _SPAN, "BeginTime EndTime"),
        _asking("2051", "fetch-minutes", "取污染物分钟数据", "Fetch minute data", _SPAN, "BeginTime EndTime"),
        _asking("2061", "fetch-hours", "取污染物小时数据", "Fetch hourly data", _SPAN, "BeginTime EndTime"),
        _asking("3011", "calibrate", "零点校准量程校准", "Calibrate zero and span", (_FACTOR_NEEDED,), "PolId", repeat=False),
        _asking("3012", "sample", "即时采样", "Sample at once", (_FACTOR_NEEDED,), "PolId", repeat=False),
        _asking("3013", "clean", "启动清洗或反吹", "Clean or blow back", (_FACTOR_NEEDED,), "PolId", repeat=False),
        _asking("3014", "compare", "比对采样", "Sample for comparison", (_FACTOR_NEEDED,), "PolId", repeat=False),
        _asking("3015", "keep-sample", "超标留样", "Keep a sample of the exceedance", repeat=False),
        _asking(
            "3016",
            "set-sampling",
            "设置采样时间周期",
            "Set the sampling period",
            (
                _FACTOR_NEEDED,
                CommandField("start", Text("首次采样（时分秒）", "First sampling (hhmmss)"), "text"),
                _seconds("hours", "周期", "Period", 1, 24, "h"),
            ),
            "PolId CstartTime CTime",
        ),
        _asking("3017", "read-sampling", "提取采样时间周期", "Read the sampling period", (_FACTOR_NEEDED,), "PolId"),
        _asking("3018", "read-sample-duration", "提取出样时间", "Read the time a sample takes", (_FACTOR_NEEDED,), "PolId"),
        _asking("3019", "read-identity", "提取设备唯一标识", "Read the instrument's identity", (_FACTOR_NEEDED,), "PolId"),
        _asking(
            "3020",
            "read-information",
            "提取现场机信息",
            "Read information",
            (_FACTOR_NEEDED, _INFORMATION),
            "PolId InfoId",
        ),
        _asking(
            "3021",
            "set-parameter",
            "设置现场机参数",
            "Set a parameter",
            (_FACTOR_NEEDED, _INFORMATION, CommandField("value", Text("值", "Value"), "text")),
            "PolId InfoId Value",
            repeat=False,
        ),
    )
}
"""Every request of HJ 212 that the desk can make, by the command's name."""


def request_segment(
    name: str, params: Mapping[str, Any], *, qn: str, st: str, mn: str, pw: str, version: int, now: datetime
) -> Segment:
    """The segment that asks a logger; raises Invalid for an unknown name or for values that would break the frame.

    A set-clock without a moment sets the clock to `now`.
    """
    asking = ASKINGS.get(name)
    if asking is None:
        raise Invalid("hj212.unknown-request", name=name)
    given = dict(params)
    if name == "set-clock":
        given["moment"] = given.get("moment") or now
    items = {item: _word(field, given[field]) for field, item in asking.items.items() if given.get(field) not in (None, "")}
    if name == "set-parameter":
        items = {"PolId": items["PolId"], "InfoId": items["InfoId"], f"{items['InfoId']}-Info": items["Value"]}
    flag = version << VERSION_SHIFT | ACKNOWLEDGE
    return Segment(asking.cn, mn, qn, st, pw, flag, content=content_of(items))


def _word(name: str, value: Any) -> str:
    """A parameter as HJ 212 writes it."""
    if isinstance(value, str) and name in ("moment", "begin", "end"):
        value = datetime.fromisoformat(value)
    text = format_time(value) if isinstance(value, datetime) else str(value)
    if not text.isascii() or any(sign in text for sign in ";,=&#\r\n"):
        raise Invalid("hj212.bad-parameter", field=name, name=name)
    return text
