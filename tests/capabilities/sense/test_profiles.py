"""Kinds of devices as data: defined, versioned, carried to their devices, shared as JSON."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.capabilities.sense.stage import RTD, SYSTEM, as_owner
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import (
    Bound,
    CommandField,
    CommandType,
    Definition,
    Device,
    Feed,
    Level,
    Limit,
    Profile,
    PropertySpec,
    RuleTemplate,
    SeriesSpec,
    Severity,
    Statistic,
)
from yuzhou.capabilities.sense.contracts.profile_notation import read_profile, write_profile
from yuzhou.capabilities.sense.models import DeviceRecord, ProfileRecord
from yuzhou.capabilities.sense.services.declared_profiles import declared_profiles, declared_version, load_declared_profiles
from yuzhou.kernel.actor import Actor, ActorKind, Grant
from yuzhou.kernel.audit.models import AuditEntry
from yuzhou.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from yuzhou.kernel.ids import uuid7
from yuzhou.kernel.text import Text
from yuzhou.kernel.transactions import acting_as

pytestmark = pytest.mark.django_db

HOT = Definition((Level(Severity.MAJOR, Limit(Feed("temperature", "rtd"), (Bound(high=40.0),))),))
SET_POINT = CommandField("value", Text("温度", "Value"), "number", -40, 20, "Cel")
METER = Profile(
    key="cold-store",
    title=Text("冷库温度计", "Cold store thermometer"),
    protocol="http",
    properties=(
        PropertySpec("temperature", Text("温度", "Temperature"), "Cel", low=-60, high=80),
        PropertySpec("door", Text("库门", "Door"), kind="boolean", names={0: Text("关", "closed"), 1: Text("开", "open")}),
        PropertySpec("mode", Text("工况", "Mode"), kind="enumeration", names={1: Text("制冷", "cooling")}, optional=True),
        PropertySpec("energy", Text("电量", "Energy"), "kW.h", kind="counter", source={"register": "holding", "address": 100}),
    ),
    commands=(
        CommandType(
            "set-point", Text("设定温度", "Set point"), (CommandField("value", Text("温度", "Value"), "number", -40, 20, "Cel"),)
        ),
    ),
    rules=(RuleTemplate("too-warm", Text("超温", "Too warm"), HOT),),
    silent_after_seconds=900,
)


def officer(place: str = "50", *permissions: str) -> Actor:
    held = permissions or ("sense.profile:define", "sense.rule:define", "sense.device:read", "sense.device:register")
    return Actor(ActorKind.PERSON, "officer", uuid7(), grants=(Grant("officer", frozenset(held), place_path=place),))


def define(profile: Profile, actor: Actor | None = None, **more: Any) -> Profile:
    actor = actor or officer()
    with acting_as(actor):
        return api.define_profile(actor=actor, profile=profile, **more)


@pytest.fixture
def meter(make_device: Callable[..., Device]) -> Callable[..., Device]:
    """Registers devices of the profile."""
    return lambda **more: make_device(**{"protocol": "http", "profile": "cold-store", "series": [], **more})


def series(device: Device) -> dict[str, tuple[str, str]]:
    with acting_as(SYSTEM):
        return {s.property: (s.unit, s.title.zh) for s in api.list_series(actor=SYSTEM, device_ids=[device.id])}


def test_a_profile_is_kept_as_it_was_defined() -> None:
    stored = define(METER)
    assert stored == replace(METER, version=1) == api.get_profile(key="cold-store")
    assert [p.key for p in api.list_profiles(protocol="http", text="冷库")] == ["cold-store"]
    assert api.list_profiles(protocol="hj212", text="冷库").total == 0
    with pytest.raises(NotFound):
        api.get_profile(key="other")


def test_a_profile_survives_being_shared_as_json() -> None:
    import json

    assert read_profile(json.loads(json.dumps(write_profile(METER)))) == METER


@pytest.mark.parametrize(
    "change",
    [
        {"format": "other"},
        {"title": "text"},
        {"properties": [{"name": "x"}]},
        {"properties": [{"name": "x", "title": {"zh": "x", "en": "x"}, "kind": "colour"}]},
        {"rules": [{"key": "x"}]},
        {"silent_after_seconds": "long"},
    ],
)
def test_what_is_no_profile_is_refused_in_words(change: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as caught:
        read_profile(write_profile(METER) | change)
    assert caught.value.code == "sense.profile-unreadable"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"key": "Cold Store"}, "key"),
        ({"title": Text("", "")}, "title"),
        ({"silent_after_seconds": 0}, "silent_after_seconds"),
        ({"properties": (METER.properties[0],) * 2}, "properties.temperature.name"),
        ({"properties": (replace(METER.properties[0], name="a b"),)}, "properties.a b.name"),
        ({"properties": (replace(METER.properties[0], name="x" * 65),)}, f"properties.{'x' * 65}.name"),
        ({"properties": (replace(METER.properties[0], unit="°C"),)}, "properties.temperature.unit"),
        ({"properties": (replace(METER.properties[0], low=90.0),)}, "properties.temperature.low"),
        ({"properties": (replace(METER.properties[2], names={}),)}, "properties.mode.names"),
        ({"commands": (replace(METER.commands[0], expires_after_seconds=0),)}, "commands.set-point.expires_after_seconds"),
    ],
)
def test_a_profile_that_makes_no_sense_is_refused(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        define(replace(METER, **change))
    assert (caught.value.code, caught.value.field) == ("sense.profile-invalid", field)


def test_only_who_may_define_for_the_whole_city_does() -> None:
    with pytest.raises(PermissionDenied):
        define(METER, officer("50.a"))
    with pytest.raises(PermissionDenied):
        define(METER, officer("50", "sense.device:register"))


def test_a_device_gets_what_its_profile_calls_for(meter: Callable[..., Device]) -> None:
    define(METER)
    device = meter()
    assert series(device) == {"temperature": ("Cel", "温度"), "door": ("1", "库门"), "energy": ("kW.h", "电量")}
    assert device.silent_after_seconds == 900
    with acting_as(SYSTEM):
        api.ensure_series(device_id=device.id, specs=[SeriesSpec("mode", RTD), SeriesSpec("temperature", Statistic.HOUR_AVG)])
        rules = api.list_rules(actor=SYSTEM, device_id=device.id)
    assert series(device)["mode"] == ("1", "工况")
    assert [rule.key for rule in rules] == ["cold-store/too-warm"]


def test_a_device_has_the_protocol_of_its_profile(meter: Callable[..., Device]) -> None:
    define(METER)
    with pytest.raises(Invalid) as caught:
        meter(protocol="hj212")
    assert caught.value.code == "sense.profile-protocol"


def test_a_change_reaches_the_devices(meter: Callable[..., Device]) -> None:
    define(METER)
    plain = meter()
    own = meter(series=[("temperature", RTD)], silent_after_seconds=60)  # named and measured in its own way
    temperature = replace(METER.properties[0], title=Text("库温", "Store temperature"), unit="[degF]")
    humidity = PropertySpec("humidity", Text("湿度", "Humidity"), "%")
    before = api.directory_version(protocol="http")
    changed = define(
        replace(METER, properties=(temperature, *METER.properties[1:], humidity), rules=(), silent_after_seconds=300),
        expected_version=1,
    )
    assert (changed.version, changed.find("humidity"), [rule.enabled for rule in changed.rules]) == (2, humidity, [False])
    assert series(plain)["temperature"] == ("[degF]", "库温")
    assert series(own)["temperature"] == ("mg/L", "temperature")
    assert series(plain)["humidity"] == series(own)["humidity"] == ("%", "湿度")
    with acting_as(SYSTEM):
        assert api.get_device(actor=SYSTEM, device_id=plain.id).silent_after_seconds == 300
        assert api.get_device(actor=SYSTEM, device_id=own.id).silent_after_seconds == 60
        assert not [rule for rule in api.list_rules(actor=SYSTEM, device_id=plain.id) if rule.enabled]
    assert api.directory_version(protocol="http") > before
    versions = api.profile_versions(key="cold-store")
    assert [(v.version, v.changed) for v in versions] == [
        (2, ("silent_after_seconds", "property temperature", "property humidity")),
        (1, ("new",)),
    ]
    with as_owner():
        act = AuditEntry.objects.filter(act="sense.profile:define").latest("at")
    assert act.details["changed"] == list(versions[0].changed)


def test_a_change_of_nothing_is_none() -> None:
    define(METER)
    assert define(METER).version == 1
    with pytest.raises(Conflict) as caught:
        define(METER, expected_version=7)
    assert caught.value.code == "sense.profile-changed"


def test_rules_stay_where_only_the_rest_is_edited() -> None:
    define(METER)
    kept = define(replace(METER, rules=(), notes="more"), keep_rules=True)
    assert [(rule.key, rule.enabled) for rule in kept.rules] == [("too-warm", True)]


def test_the_protocol_is_fixed_once_devices_have_it(meter: Callable[..., Device]) -> None:
    define(METER)
    define(replace(METER, protocol="mqtt"))
    define(METER)
    meter()
    with pytest.raises(Conflict) as caught:
        define(replace(METER, protocol="mqtt"))
    assert caught.value.code == "sense.profile-protocol-fixed"


def test_a_retired_profile_is_offered_no_more(meter: Callable[..., Device]) -> None:
    define(METER)
    device = meter()
    actor = officer()
    with acting_as(actor):
        assert api.retire_profile(actor=actor, key="cold-store").retired
        assert api.list_profiles(text="cold-store").total == 0
        assert api.list_profiles(text="cold-store", retired=True).total == 1
        assert not api.retire_profile(actor=actor, key="cold-store", retired=False).retired
    assert device.profile == "cold-store"


@pytest.mark.owner
def test_declared_profiles_are_loaded_and_read_only() -> None:
    declared = {profile.key: profile for profile in declared_profiles()}
    assert {"hj212-water", "hj212-air", "hj212-noise"} <= declared.keys()
    with acting_as(SYSTEM):
        load_declared_profiles()
        load_declared_profiles()
    water = api.get_profile(key="hj212-water")
    assert (water.origin, water.version) == ("environment", 1)
    cod = water.find("w01018")
    assert cod is not None
    assert (cod.title.zh, cod.unit, cod.optional) == ("化学需氧量", "mg/L", True)
    with pytest.raises(Conflict) as caught:
        define(replace(water, notes="mine"))
    assert caught.value.code == "sense.profile-declared"
    assert define(replace(water, key="my-water", origin="")).origin == ""
    assert len(declared_version()) == 64
    ProfileRecord.objects.create(
        key="gone", title_zh="x", protocol="http", silent_after_seconds=600, origin="left", changed_at="2026-01-01T00:00Z"
    )
    with acting_as(SYSTEM):
        load_declared_profiles()
    assert api.get_profile(key="gone").retired


def test_a_connection_keeps_its_secrets(meter: Callable[..., Device]) -> None:
    given = {"host": "10.0.0.9", "port": 502, "unit": 1, "password": "hush"}
    device = meter(connection=given)
    assert device.connection == given | {"password": "******"}
    with acting_as(SYSTEM):
        record = DeviceRecord.objects.get(id=device.id)
    assert "hush" not in str(record.connection)
    assert api.load_directory(protocol="http").devices[device.identity].connection == given

    def change(**connection: Any) -> Device:
        actor = officer()
        with acting_as(actor):
            return api.update_device(actor=actor, device_id=device.id, connection=connection)

    change(host="10.0.0.9", port=502, password="******")
    entry = api.load_directory(protocol="http").devices[device.identity]
    assert entry.connection == {"host": "10.0.0.9", "port": 502, "password": "hush"}
    assert change(host="10.0.0.9", port=502, password="").connection == {"host": "10.0.0.9", "port": 502}
    with pytest.raises(Invalid):
        change(host=object())


def test_the_directory_brings_the_profiles(meter: Callable[..., Device]) -> None:
    define(METER)
    meter()
    assert api.load_directory(protocol="http").profiles["cold-store"].properties == METER.properties
