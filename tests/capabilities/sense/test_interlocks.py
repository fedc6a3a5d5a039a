"""Interlocks as pure rules: what lets a command go and what does not."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capabilities.sense.stage import T0
from yuzhou.capabilities.sense.contracts import (
    ChangeLimit,
    CommandField,
    CommandGroup,
    CommandType,
    Exclusive,
    Interlock,
    OnlyIf,
    Pause,
    TwoPersons,
    ValueLimit,
    command_type_of,
    interlock_of,
    json_of_command_type,
    json_of_interlock,
)
from yuzhou.capabilities.sense.rules.interlocks import Past, Seen, Situation, judge, needs_two_persons
from yuzhou.kernel.errors import Invalid
from yuzhou.kernel.ids import uuid7
from yuzhou.kernel.text import Text


def ago(seconds: float, name: str = "open", under_way: bool = False, **params: Any) -> Past:
    return Past(name, params, T0 - timedelta(seconds=seconds), under_way)


def seen(value: float, age: float = 0, *, valid: bool = True) -> Seen:
    return Seen("MN1", value, T0 - timedelta(seconds=age), valid)


def codes(one: Interlock, *past: Past, values: tuple[Seen, ...] = (), **params: Any) -> list[str]:
    found = judge([one], Situation("open", params, T0, past, {one: values}))
    return [refused.code.removeprefix("sense.interlock.") for refused in found]


@pytest.mark.parametrize(
    ("value", "expected"),
    [(9.9, ["below"]), (10, []), (20, []), (20.1, ["above"]), (float("nan"), ["below"]), ("x", []), (None, [])],
)
def test_a_value_lies_within_its_limits(value: Any, expected: list[str]) -> None:
    assert codes(ValueLimit("level", 10, 20), level=value) == expected


def test_a_value_changes_only_so_much_in_so_long() -> None:
    one = ChangeLimit("level", 5, 60)
    assert codes(one, ago(30, level=10), level=16) == ["change"]
    assert codes(one, ago(30, level=10), level=15) == []
    assert codes(one, ago(61, level=10), level=99) == []
    assert codes(one, ago(5, level=10), ago(50, level=4), level=10) == ["change"]  # two steps within a minute are one leap
    assert codes(one, ago(5, "close", level=10), level=99) == []


def test_a_change_is_measured_from_a_reading_where_one_is_named() -> None:
    one = ChangeLimit("level", 5, 60, "level-now")
    assert codes(one, values=(seen(10),), level=16) == ["change"]
    assert codes(one, values=(seen(12),), level=16) == []
    assert codes(one, values=(seen(12, 61),), level=16) == ["stale"]
    assert codes(one, level=16) == ["unknown"]


def test_a_pause_is_kept() -> None:
    assert codes(Pause(60), ago(59)) == ["pause"]
    assert codes(Pause(60), ago(60)) == []
    assert codes(Pause(60), ago(10, "close")) == []
    assert codes(Pause(60, ("close",)), ago(10, "close")) == ["pause"]


@pytest.mark.parametrize(
    ("operator", "value", "holds"),
    [
        ("<", 4.9, True),
        ("<", 5, False),
        ("<=", 5, True),
        ("=", 5, True),
        ("=", 5.1, False),
        ("!=", 5, False),
        (">=", 5, True),
        (">", 5, False),
    ],
)
def test_a_condition_holds_or_not(operator: Any, value: float, holds: bool) -> None:
    assert codes(OnlyIf("level", operator, 5), values=(seen(value),)) == ([] if holds else ["condition"])


def test_a_condition_never_holds_by_what_is_old_invalid_or_missing() -> None:
    one = OnlyIf("level", "<", 5, fresh_seconds=60)
    assert codes(one, values=(seen(1, 60),)) == []
    assert codes(one, values=(seen(1, 61),)) == ["stale"]
    assert codes(one, values=(seen(1, valid=False),)) == ["invalid"]
    assert codes(one, values=(seen(float("nan")),)) == ["invalid"]
    assert codes(one) == ["unknown"]
    assert codes(one, values=(seen(1), seen(9))) == ["condition"]  # of several devices each must hold


def test_two_commands_exclude_each_other() -> None:
    one = Exclusive(("close", "drain"))
    assert codes(one, ago(1, "close", under_way=True)) == ["exclusive"]
    assert codes(one, ago(1, "close")) == []
    assert codes(one, ago(1, "open", under_way=True)) == []


def test_two_persons_are_a_need_and_no_refusal() -> None:
    assert codes(TwoPersons()) == []
    assert needs_two_persons([Pause(1), TwoPersons()])
    assert not needs_two_persons([Pause(1)])


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_more_limits_never_let_more_through(value: float, a: float, b: float) -> None:
    """What a device adds to its profile can only narrow."""
    wide, narrow = ValueLimit("x", low=min(a, b)), ValueLimit("x", low=max(a, b))
    situation = Situation("open", {"x": value}, T0)
    assert len(judge([wide, narrow], situation)) >= len(judge([wide], situation))
    assert bool(judge([wide, narrow], situation)) == (value < max(a, b))


EVERY: list[Interlock] = [
    ValueLimit("x", high=3.5),
    ChangeLimit("x", 1, 60, "level"),
    Pause(5, ("a", "b")),
    OnlyIf("level", ">=", 3, device=uuid7(), statistic="hour-avg"),
    OnlyIf("level", "<", 3, same_site=True),
    Exclusive(("a",)),
    TwoPersons(),
]


@pytest.mark.parametrize("one", EVERY, ids=lambda one: one.kind)
def test_interlocks_are_kept_as_json(one: Interlock) -> None:
    assert interlock_of(json_of_interlock(one)) == one


@pytest.mark.parametrize(
    "kept",
    [
        {},
        {"kind": "magic"},
        {"kind": "value", "field": "x"},
        {"kind": "value", "field": "x", "low": 2, "high": 1},
        {"kind": "value", "field": "x", "low": float("inf")},
        {"kind": "value", "low": 1},
        {"kind": "pause", "seconds": 0},
        {"kind": "pause", "seconds": 5, "after": "open"},
        {"kind": "change", "field": "x", "most": -1, "seconds": 5},
        {"kind": "condition", "property": "p", "operator": "~", "value": 1},
        {"kind": "condition", "property": "p", "operator": "<", "value": 1, "fresh_seconds": 0},
        {"kind": "condition", "property": "p", "operator": "<", "value": 1, "device": str(uuid7()), "same_site": True},
        {"kind": "condition", "property": "p", "operator": "<", "value": 1, "device": "x"},
        {"kind": "exclusive", "commands": []},
        {"kind": "two-persons", "more": 1},
    ],
)
def test_what_cannot_be_meant_is_refused(kept: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        interlock_of(kept)


def test_command_types_are_kept_as_json() -> None:
    fields = (
        CommandField("x", Text("开度", "Opening"), "number", 0, 100, "%"),
        CommandField("mode", Text("模式", "Mode"), "choice", choices=(("a", Text("自动", "Auto")),), required=False),
    )
    kind = CommandType(
        "open",
        Text("开阀", "Open"),
        fields,
        False,
        60,
        CommandGroup.CONTROL,
        tuple(EVERY),
        {"register": "holding", "address": 100},
    )
    assert command_type_of(json_of_command_type(kind)) == kind
    assert command_type_of({"name": "go"}).title == Text("go", "go")
    for wrong in (
        {},
        {"name": ""},
        {"name": "a/b"},
        {"name": "a", "group": "x"},
        {"name": "a", "fields": [{"name": "x", "kind": "y"}]},
    ):
        with pytest.raises(Invalid):
            command_type_of(wrong)
