"""Alarm reasons in words, in the active language."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yuzhou.capabilities.sense.contracts.alarms import Alarm
from yuzhou.capabilities.sense.contracts.readings import DataFlag
from yuzhou.capabilities.sense.contracts.units import unit_symbol
from yuzhou.kernel.errors import word

LETTERS = "".join(flag.letter for flag in DataFlag if flag is not DataFlag.NORMAL)


def word_alarm(alarm: Alarm) -> str:
    """Why an alarm rose, as a sentence: which value, which limit."""
    return word_reason(alarm.code, alarm.params, name=str(alarm.property_title), unit=alarm.unit)


def word_reason(code: str, params: Mapping[str, Any], *, name: str, unit: str) -> str:
    """A reason code with its parameters as a sentence about the named property."""
    if not code:
        return ""
    shown = {key: _quantity(value, unit) for key, value in params.items() if key in ("value", "limit")}
    duration = word_duration(float(params.get("seconds") or 0))
    shown["flag"] = _word_letter(params.get("flag", ""))
    return word(code, {"value": "", "limit": "", **params, **shown, "property": name, "duration": duration})


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
        _("Out of operation"),
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
    return f"{number} {unit_symbol(unit)}".rstrip()


def _word_letter(letter: str) -> str:
    """The letter of HJ 212 after what it stands for."""
    if len(letter) != 1 or letter not in LETTERS:
        return letter
    return f"{word_flag(DataFlag.from_letter(letter))} ({letter})"
