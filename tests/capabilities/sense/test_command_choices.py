"""Numbers that stand for states are chosen and shown by the names of the states."""

from typing import Any

import pytest

from yuzhou.capabilities.sense.contracts import CommandField, CommandType, Profile, PropertySpec
from yuzhou.capabilities.sense.services import command_types
from yuzhou.capabilities.sense.web.command_forms import command_form
from yuzhou.capabilities.sense.web.command_words import values_in_words
from yuzhou.kernel.errors import Invalid
from yuzhou.kernel.text import Text

BREAKER = Text("断路器", "Breaker")
SPEC = PropertySpec("breaker", BREAKER, kind="boolean", names={0: Text("分闸", "Open"), 1: Text("合闸", "Closed")})
SWITCH = CommandType("switch", Text("分合闸", "Switch"), (CommandField("breaker", BREAKER, "integer", 0, 1),))
METER = Profile("meter", Text("仪表", "Meter"), "modbus", (SPEC,), (SWITCH,))


@pytest.fixture
def switch(monkeypatch: pytest.MonkeyPatch) -> CommandType:
    monkeypatch.setattr(command_types, "find_profiles", lambda keys: {METER.key: METER})
    found = command_types.find_command_type(protocol="modbus", profile="meter", name="switch")
    assert found is not None
    return found


def test_states_are_a_choice(switch: CommandType) -> None:
    form = command_form(switch)({"breaker": "0"})
    assert form.is_valid()
    assert form.cleaned_data == {"breaker": 0}
    assert "合闸" in str(form["breaker"]) or "Closed" in str(form["breaker"])
    assert not command_form(switch)({"breaker": ""}).is_valid(), "nothing is chosen for anybody"


@pytest.mark.parametrize("value", [0, 0.0, False, "0"])
def test_values_and_answers_are_named(switch: CommandType, value: Any) -> None:
    assert values_in_words({"breaker": value}, switch) == f"{BREAKER} {SPEC.names[0]}"


def test_only_named_states_pass(switch: CommandType) -> None:
    assert command_types.check_params(switch, {"breaker": 1.0})[0] == {"breaker": 1}
    with pytest.raises(Invalid):
        command_types.check_params(switch, {"breaker": 2})
