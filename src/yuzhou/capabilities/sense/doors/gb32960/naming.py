"""How the properties that come in any number are called and measured: motors, packs, cells, probes."""

import re

from yuzhou.capabilities.sense.contracts import SeriesSpec, Statistic
from yuzhou.kernel.text import Text

_OF_MOTOR: dict[str, tuple[str, str, str]] = {
    "state": ("状态", "state", "1"),
    "controller_temperature": ("控制器温度", "controller temperature", "Cel"),
    "speed": ("转速", "speed", "/min"),
    "torque": ("转矩", "torque", "N.m"),
    "temperature": ("温度", "temperature", "Cel"),
    "voltage": ("控制器输入电压", "controller input voltage", "V"),
    "current": ("控制器直流母线电流", "controller DC current", "A"),
}
_OF_PACK: dict[str, tuple[str, str, str]] = {
    "voltage": ("电压", "voltage", "V"),
    "current": ("电流", "current", "A"),
    "cells": ("单体总数", "number of cells", "1"),
    "cell": ("单体电压", "cell voltage", "V"),
    "probe": ("温度探针", "temperature probe", "Cel"),
}
_NUMBERED = re.compile(r"(motor|pack)\.(\d+)\.([a-z_]+)(?:\.(\d+))?|fuelcell\.probe\.(\d+)")


def describe(name: str) -> SeriesSpec:
    """How the series of a property that comes in any number is called and measured (motors, packs, cells, probes)."""
    match = _NUMBERED.fullmatch(name)
    if match is None:
        return SeriesSpec(name, Statistic.RTD)
    whose, which, what, place, probe = match.groups()
    if probe:
        return SeriesSpec(name, Statistic.RTD, "Cel", Text(f"燃料电池温度探针 {probe}", f"Fuel cell temperature {probe}"))
    zh, en, unit = (_OF_MOTOR if whose == "motor" else _OF_PACK)[what]
    whose_zh, whose_en = ("驱动电机", "Motor") if whose == "motor" else ("电池子系统", "Pack")
    place_zh, place_en = (f" {place}", f" {place}") if place else ("", "")
    return SeriesSpec(name, Statistic.RTD, unit, Text(f"{whose_zh} {which} {zh}{place_zh}", f"{whose_en} {which} {en}{place_en}"))
