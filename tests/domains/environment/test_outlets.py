"""Registering, seeing, changing and closing outlets, as far as one may."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from yuzhou.capabilities.sense import api as sense
from yuzhou.capabilities.sense.contracts import DeviceState
from yuzhou.domains.environment.contracts import FactorEntry, LimitEntry, Outlet
from yuzhou.domains.environment.rules.alarms import AlarmKind, kind_of
from yuzhou.domains.environment.rules.limits import Averaging, limit_on
from yuzhou.domains.environment.selectors.outlets import get_outlet, list_outlets
from yuzhou.domains.environment.services.limits import end_limit, set_limit
from yuzhou.domains.environment.services.outlets import close_outlet, set_factors, update_outlet
from yuzhou.kernel import clock
from yuzhou.kernel.actor import CITY_PATH, Actor
from yuzhou.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from yuzhou.kernel.transactions import acting_as

from .conftest import SYSTEM, make_firm, person

pytestmark = pytest.mark.django_db
Register = Callable[..., Outlet]


def test_site_logger_series_limits_and_rules_come_together(outlet: Outlet, officer: Actor) -> None:
    with acting_as(officer):
        device = sense.get_device(actor=officer, device_id=outlet.device_id)
        rules = sense.list_rules(actor=officer, device_id=outlet.device_id)
        series = sense.list_series(actor=officer, device_ids=[outlet.device_id])
    assert (device.identity, device.state, device.site_id) == (outlet.mn, DeviceState.OFFLINE, outlet.id)
    assert {one.property for one in series} == {"w00000", "w01018"}
    assert next(one.unit for one in series if one.property == "w01018") == "mg/L"
    kinds = sorted(str(kind_of(rule.key)) for rule in rules)
    assert kinds == ["flagged", "flagged", "frozen", "frozen", "limit", "missing"]
    assert [item.code for item in outlet.factors] == ["w00000", "w01018"]
    assert outlet.factors[1].limits[0].basis == "样例许可"


def test_nothing_is_left_of_a_refused_registration(register: Register, officer: Actor, outlet: Outlet) -> None:
    with pytest.raises(Conflict):
        register(officer, name="样例水务九厂 二号排口")
    with acting_as(SYSTEM):
        assert [one.name for one in list_outlets(actor=SYSTEM)] == [outlet.name]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"mn": "码" * 5}, "mn"),
        ({"mn": "DE50011200000000000000F"}, "mn"),
        ({"password": "12345"}, "password"),
        ({"system_type": "31"}, "system_type"),
        ({"silent_after_minutes": 0}, "silent_after_minutes"),
        ({"factors": ()}, "factors"),
        ({"factors": (FactorEntry("a21026"),)}, "factors"),
        ({"factors": (FactorEntry("w01018"), FactorEntry("w01018"))}, "factors"),
        ({"factors": (FactorEntry("w01018", limits=(LimitEntry(None),)),)}, "upper"),
        ({"factors": (FactorEntry("w01001", limits=(LimitEntry(6.0, 9.0),)),)}, "lower"),
        ({"lon": 121.5}, "lon"),
        ({"name": " "}, "name"),
    ],
)
def test_a_wrong_entry_is_refused_at_its_field(register: Register, officer: Actor, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        register(officer, **changes)
    assert refusal.value.field == field


def test_an_unusual_mn_is_taken_once_confirmed(register: Register, officer: Actor) -> None:
    assert register(officer, mn="Y80110010000010", confirmed_mn=True).mn == "Y80110010000010"


def test_an_officer_acts_in_the_own_district_only(register: Register, yubei: str, wanzhou: str, outlet: Outlet) -> None:
    stranger = person("environment-officer", place_path=wanzhou)
    with pytest.raises(PermissionDenied):
        register(stranger, mn="DE50011200000000000000F2")
    with acting_as(stranger):
        assert list_outlets(actor=stranger) == []
        with pytest.raises(NotFound):
            get_outlet(actor=stranger, outlet=outlet.id)
        with pytest.raises(NotFound):
            update_outlet(actor=stranger, outlet=outlet.id, name="样例")


def test_the_city_sees_all_a_firm_its_own_and_a_township_what_lies_in_it(
    register: Register, yubei: str, wanzhou: str, outlet: Outlet, firm: UUID
) -> None:
    other_firm = make_firm(wanzhou, "MAYL9002", "样例造纸九厂")
    city = person("environment-city", place_path=CITY_PATH)
    elsewhere = register(city, place_path=wanzhou, operator=other_firm, mn="DE50010100000000000000F2", lon=108.4, lat=30.8)
    member = person("environment-firm", organisation=firm)
    township = person("environment-officer", place_path=f"{yubei}.999")
    for actor, seen in ((city, {outlet.id, elsewhere.id}), (member, {outlet.id}), (township, set())):
        with acting_as(actor):
            assert {one.id for one in list_outlets(actor=actor)} == seen
    with acting_as(member), pytest.raises(PermissionDenied):
        member.require("environment.outlet:register")


def test_the_database_itself_hides_what_is_out_of_reach(outlet: Outlet, wanzhou: str) -> None:
    from yuzhou.domains.environment.models import LimitRecord, OutletFactorRecord, OutletRecord

    stranger = person("environment-officer", place_path=wanzhou)
    with acting_as(stranger):
        assert [model.objects.count() for model in (OutletRecord, OutletFactorRecord, LimitRecord)] == [0, 0, 0]


def test_a_new_limit_ends_the_one_before_and_the_rule_keeps_both(outlet: Outlet, officer: Actor) -> None:
    today = clock.local_day(clock.now())
    later = today + timedelta(days=30)
    with acting_as(officer):
        changed = set_limit(actor=officer, outlet=outlet.id, code="w01018", entry=LimitEntry(60.0, valid_from=later))
        rules = sense.list_rules(actor=officer, device_id=outlet.device_id)
    limits = changed.factors[1].limits
    assert [(limit.upper, limit.valid_to) for limit in limits] == [(100.0, later), (60.0, None)]
    assert limit_on(limits, "w01018", today) is limits[0]
    (rule,) = [rule for rule in rules if kind_of(rule.key) is AlarmKind.LIMIT]
    (level, grave) = rule.definition.levels
    assert [bound.high for bound in level.when.bounds] == [100.0, 60.0]
    assert [bound.high for bound in grave.when.bounds] == [200.0, 120.0]
    assert level.when.bounds[0].valid_to == level.when.bounds[1].valid_from == clock.day_bounds(later)[0]
    with acting_as(officer), pytest.raises(Conflict):
        set_limit(actor=officer, outlet=outlet.id, code="w01018", entry=LimitEntry(50.0, valid_from=today))


def test_a_limit_can_end_without_another(outlet: Outlet, officer: Actor) -> None:
    on = clock.local_day(clock.now()) + timedelta(days=5)
    with acting_as(officer):
        ended = end_limit(actor=officer, outlet=outlet.id, code="w01018", averaging=Averaging.HOUR, on=on)
        with pytest.raises(NotFound):
            end_limit(actor=officer, outlet=outlet.id, code="w00000", averaging=Averaging.HOUR, on=on)
    assert ended.factors[1].limits[0].valid_to == on


def test_factors_come_and_go_with_their_rules(outlet: Outlet, officer: Actor) -> None:
    with acting_as(officer):
        changed = set_factors(actor=officer, outlet=outlet.id, entries=(FactorEntry("w00000"), FactorEntry("w21003")))
        rules = sense.list_rules(actor=officer, device_id=outlet.device_id)
    assert [item.code for item in changed.factors] == ["w00000", "w21003"]
    live = {rule.key.split(":", 2)[2] for rule in rules if rule.enabled}
    assert live == {"missing", "frozen:w00000", "frozen:w21003", "flagged:w00000", "flagged:w21003"}


def test_changes_reach_the_logger(outlet: Outlet, officer: Actor) -> None:
    with acting_as(officer):
        changed = update_outlet(actor=officer, outlet=outlet.id, name="样例水务九厂 南排口", silent_after_minutes=60)
        device = sense.get_device(actor=officer, device_id=outlet.device_id)
    assert (changed.name, device.silent_after_seconds, device.title.zh) == ("样例水务九厂 南排口", 3600, "样例水务九厂 南排口")


def test_a_closed_outlet_is_let_in_no_more_and_leaves_the_list(outlet: Outlet, officer: Actor) -> None:
    with acting_as(officer):
        closed = close_outlet(actor=officer, outlet=outlet.id, reason="样例停产")
        assert closed.closed_on == clock.local_day(clock.now())
        assert not sense.get_device(actor=officer, device_id=outlet.device_id).enabled
        assert not any(rule.enabled for rule in sense.list_rules(actor=officer, device_id=outlet.device_id))
        assert list_outlets(actor=officer) == []
        assert [one.id for one in list_outlets(actor=officer, with_closed=True)] == [outlet.id]
        with pytest.raises(Conflict):
            set_limit(actor=officer, outlet=outlet.id, code="w01018", entry=LimitEntry(50.0))


def test_the_logger_of_a_closed_outlet_may_go_on_at_another(register: Register, officer: Actor, outlet: Outlet) -> None:
    with acting_as(officer):
        close_outlet(actor=officer, outlet=outlet.id, reason="登记有误")
    other = register(officer, name="样例水务九厂 二号排口")
    assert (other.mn, other.device_id != outlet.device_id) == (outlet.mn, True)
    with acting_as(SYSTEM), pytest.raises(Conflict):
        sense.update_device(actor=SYSTEM, device_id=outlet.device_id, enabled=True)
