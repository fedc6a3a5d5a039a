"""Alarm reasons in words, in the active language."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yuzhou.capabilities.sense.contracts.alarms import Alarm
from yuzhou.capabilities.sense.contracts.readings import DataFlag
from yuzhou.capabilities.sense.contracts.units import unit_symbol
from yuzhou.kernel.errors import word
from yuzhou.kernel.text import Text

LETTERS = "".join(flag.letter for flag in DataFlag if flag is not DataFlag.NORMAL)


def word_alarm(alarm: Alarm) -> str:
    """Why an alarm rose, as a sentence: which value, which limit."""
    return word_reason(alarm.code, alarm.params, name=str(alarm.property_title), unit=alarm.unit)


def word_reason(code: str, params: Mapping[str, Any], *, name: str, unit: str) -> str:
    """A reason code with its parameters as a sentence about the named property."""
    if not code:
        return ""
    plain = code.startswith("sense.alarm.ratio") or params.get("aggregate") == "count"
    unit = "" if plain else f"{unit_symbol(unit) or '1'}/h" if params.get("aggregate") == "slope" else unit
    shown = {key: _quantity(value, unit) for key, value in params.items() if key in ("value", "limit", "range")}
    duration = word_duration(float(params.get("seconds") or 0))
    shown["flag"] = _word_letter(params.get("flag", ""))
    shown["aggregate"] = word_aggregate(params.get("aggregate", ""))
    shown["other"] = word_other(params.get("against", ""))
    shown["share"] = f"{float(params.get('share') or 0):.0%}"
    shown["names"] = str(Text(params.get("names_zh", ""), params.get("names_en", "")))
    return word(code, {"value": "", "limit": "", **params, **shown, "property": name, "duration": duration})


def word_aggregate(aggregate: str) -> str:
    """What a window comes to, in words."""
    return {
        "mean": _("mean"),
        "min": _("minimum"),
        "max": _("maximum"),
        "sum": _("sum"),
        "count": _("number of readings"),
        "slope": _("trend"),
        "deviation": _("standard deviation"),
        "range": _("range"),
        "missing-share": _("missing part"),
    }.get(aggregate, aggregate)


def word_other(against: str) -> str:
    """What a value is held against, in words."""
    return {
        "device": _("the other device"),
        "mean": _("the mean of the other devices"),
        "min": _("the lowest of the other devices"),
        "max": _("the highest of the other devices"),
        "sum": _("the sum of the other devices"),
        "count": _("the number of the other devices"),
    }.get(against, against)


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
