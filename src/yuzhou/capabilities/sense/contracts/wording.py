"""Alarm reasons in words, in the active language."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yuzhou.capabilities.sense.contracts.alarms import Alarm
from yuzhou.kernel.errors import word


def word_alarm(alarm: Alarm) -> str:
    """Why an alarm rose, as a sentence: which value, which limit."""
    return word_reason(alarm.code, alarm.params, name=str(alarm.property_title), unit=alarm.unit)


def word_reason(code: str, params: Mapping[str, Any], *, name: str, unit: str) -> str:
    """A reason code with its parameters as a sentence about the named property."""
    if not code:
        return ""
    shown = {key: _quantity(value, unit) for key, value in params.items() if key in ("value", "limit")}
    duration = word_duration(float(params.get("seconds") or 0))
    return word(code, {"flag": "", "value": "", "limit": "", **params, **shown, "property": name, "duration": duration})


def word_duration(seconds: float) -> str:
    """Minutes up to two hours, then hours up to two days, then days."""
    minutes = round(seconds / 60)
    if minutes < 120:
        return ngettext("{count} minute", "{count} minutes", minutes).format(count=minutes)
    if minutes < 48 * 60:
        hours = round(minutes / 60)
        return ngettext("{count} hour", "{count} hours", hours).format(count=hours)
    days = round(minutes / 1440)
    return ngettext("{count} day", "{count} days", days).format(count=days)


def word_flag(flag: int) -> str:
    """The instrument's word and our marks on a reading, in words; empty for a normal one."""
    data = [
        _("Normal"),
        _("Stopped"),
        _("Maintenance"),
        _("Set by hand"),
        _("Fault"),
        _("Calibrating"),
        _("Over range"),
        _("Link fault"),
    ]
    marks = {0x10: _("computed"), 0x20: _("late"), 0x40: _("corrected"), 0x80: _("suspect")}
    letter = flag & 0x0F
    words = [data[letter]] if 0 < letter < len(data) else []
    return ", ".join([*words, *(name for bit, name in marks.items() if flag & bit)])


def _quantity(value: Any, unit: str) -> str:
    if value is None:
        return "—"
    number = f"{float(value):.6g}"
    return number if unit in ("", "1") else f"{number} {unit}"
