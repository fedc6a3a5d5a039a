"""The pages of both doors are true: their worked frames, what they refuse, what a vehicle reports."""

import re
from pathlib import Path

import pytest

from yuzhou.capabilities.sense.doors.gb32960 import frames as gb32960
from yuzhou.capabilities.sense.doors.gb32960 import messages as gb32960_messages
from yuzhou.capabilities.sense.doors.gb32960.compiled import compile_layout
from yuzhou.capabilities.sense.doors.gb32960.decoding import Decoder
from yuzhou.capabilities.sense.doors.gb32960.naming import describe
from yuzhou.capabilities.sense.doors.gb32960.profile import VEHICLE
from yuzhou.capabilities.sense.doors.gb32960.requests import TYPES
from yuzhou.capabilities.sense.doors.gb32960.settings import VehicleSettings
from yuzhou.capabilities.sense.doors.gb32960.words import Reply, Version
from yuzhou.capabilities.sense.doors.jt808 import frames as jt808
from yuzhou.capabilities.sense.doors.jt808 import messages as jt808_messages
from yuzhou.capabilities.sense.doors.jt808 import positions
from yuzhou.capabilities.sense.doors.jt808.profile import TERMINAL
from yuzhou.capabilities.sense.doors.jt808.requests import REQUESTS
from yuzhou.capabilities.sense.doors.jt808.settings import TerminalSettings
from yuzhou.capabilities.sense.rules.ucum import is_unit

DOCS = Path(__file__).parents[5] / "docs" / "doors"
PAGES = {name: (DOCS / f"{name}.md").read_text(encoding="utf-8") for name in ("gb32960", "jt808")}
SOURCES = {"gb32960": gb32960_messages, "jt808": jt808_messages}
WHOLE = (1, 2, 1, 1, 3, 1, 4, 5, 6, 7, 0, 0, 0, 0, 8, 1, 1, 1, 2, 9, 1, 1, 2)
"""A report with every item of 2016, a motor, a pack of two cells and two probes."""


def frames_of(page: str) -> list[bytes]:
    return [bytes.fromhex(text) for text in re.findall(r"`((?:23 23|7e)(?: [0-9a-f]{2})+)`", page)]


def test_the_worked_frame_of_gb32960() -> None:
    wire, answered = frames_of(PAGES["gb32960"])
    (frame,) = gb32960.Splitter().feed(wire)
    assert isinstance(frame, gb32960.Frame)
    values = Decoder().decode(frame.version, frame.data).as_mapping()
    assert (frame.vin, values["longitude"], values["latitude"]) == ("LSAMPLE0000000001", 106.551556, 29.56301)
    assert (values["alarm.level"], values["alarm.insulation"]) == (2, 1)
    assert gb32960.answer(frame, Reply.OK, frame.data[:6]) == answered


def test_the_worked_frame_of_jt808() -> None:
    wire, answered = frames_of(PAGES["jt808"])
    (frame,) = jt808.Splitter().feed(wire)
    assert isinstance(frame, jt808.Frame)
    values = positions.read_position(frame.body, (0, 0)).as_mapping()
    assert (frame.identity, frame.serial) == ("13800000001", 0x7E)
    assert (values["alarm.sos"], values["speed"], values["mileage"]) == (1, 65.5, 12_345.6)
    (answer,) = jt808.Splitter().feed(answered)
    assert isinstance(answer, jt808.Frame)
    assert (answer.message, answer.serial, answer.body.hex()) == (0x8001, 5, "007e020000")


@pytest.mark.parametrize("protocol", PAGES)
def test_every_reason_is_on_its_page(protocol: str) -> None:
    source = Path(str(SOURCES[protocol].__file__)).read_text(encoding="utf-8")
    declared = set(re.findall(rf'"{protocol}\.([a-z-]+)"', source)) - {
        "no-answer",
        "unknown-request",
        "nothing-to-set",
        "text-too-long",
    }
    refused = PAGES[protocol].split("## What is refused")[1].split("## Commands")[0]
    assert declared == set(re.findall(r"`([a-z-]+)`", refused)) & declared
    table = "\n".join(line.split("|")[1] for line in refused.splitlines() if line.startswith("| `"))
    assert set(re.findall(r"`([a-z-]+)`", table)) == declared


def test_every_command_and_setting_is_on_its_page() -> None:
    for page, names in ((PAGES["gb32960"], TYPES), (PAGES["jt808"], REQUESTS)):
        assert [name for name in names if f"`{name}`" not in page] == []
    for page, settings in ((PAGES["gb32960"], VehicleSettings), (PAGES["jt808"], TerminalSettings)):
        own = set(settings.__dataclass_fields__) - set(settings.__mro__[1].__dataclass_fields__)  # type: ignore[attr-defined]  # a dataclass
        assert [name for name in own if f"`{name.upper()}`" not in page] == []


def test_all_that_a_vehicle_reports_has_a_title_and_a_unit() -> None:
    """By the profile, or where there may be any number of it by its name."""
    names = compile_layout(Version.V2016, WHOLE).names
    lacking = [name for name in names if VEHICLE.find(name) is None and not describe(name).title.zh]
    assert lacking == []
    assert all(is_unit(describe(name).unit) for name in names if describe(name).unit)


def test_all_that_a_terminal_reports_is_in_its_profile() -> None:
    items = b"\x01\x04\0\0\0\0\x02\x02\0\0\x03\x02\0\0\x04\x02\0\0\x05\x02\1\1\x06\x02\0\0\x11\x05\0\0\0\0\0\x12\x06\0\0\0\0\0\0"
    items += b"\x13\x07\0\0\0\0\0\0\0\x25\x04\0\0\0\0\x2a\x02\0\0\x2b\x04\0\0\0\0\x30\x01\0\x31\x01\0"
    body = bytes(22) + bytes.fromhex("261123083005") + items
    read = positions.read_position(body)
    assert not read.skipped
    assert [name for name in read.names if TERMINAL.find(name) is None] == []


@pytest.mark.parametrize("profile", [VEHICLE, TERMINAL], ids=lambda profile: profile.key)
def test_units_are_ucum_and_rules_look_at_properties_that_are(profile: object) -> None:
    assert [spec.name for spec in profile.properties if not is_unit(spec.unit)] == []  # type: ignore[attr-defined]  # a profile
    for template in profile.rules:  # type: ignore[attr-defined]  # a profile
        for level in template.definition.levels:
            assert profile.find(level.when.feed.property) is not None  # type: ignore[attr-defined]  # a profile
