"""Secrets of connections, at whatever depth: sealed, masked, kept and given to the door alone."""

import json
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from hypothesis import given
from hypothesis import strategies as st

from tests.capabilities.sense.stage import SYSTEM
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.models import DeviceRecord
from yuzhou.capabilities.sense.rules.secret_fields import MASK, TooDeep, kept_secrets, split_secrets, with_secrets
from yuzhou.capabilities.sense.services.secrets import open_connection
from yuzhou.kernel.errors import Invalid
from yuzhou.kernel.text import Text
from yuzhou.kernel.transactions import acting_as

DEEP: dict[str, Any] = {
    "host": "10.0.0.9",
    "password": "top",
    "broker": {"url": "x", "auth": {"user": "u", "token": "deep"}},
    "users": [{"name": "a", "password": "first"}, {"name": "b", "password": "second"}],
    "keys": {"tls_private_key": {"kty": "EC", "d": "number"}},
}
NAMES = st.sampled_from(["host", "password", "a/token", "/secret", "~", "sealed_by", "private_key"])
TREES = st.recursive(
    st.sampled_from(["a", "//", 1]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=2),
    max_leaves=6,
)


def test_secrets_are_found_by_name_at_every_depth() -> None:
    plain, secrets = split_secrets(DEEP)
    assert secrets == {
        "password": "top",
        "/broker/auth/token": "deep",
        "/users/0/password": "first",
        "/users/1/password": "second",
        "/keys/tls_private_key": {"kty": "EC", "d": "number"},
    }
    for word in ("top", "deep", "first", "second", "number"):
        assert word not in json.dumps(plain)
    assert with_secrets(plain, secrets) == DEEP
    deep: Any = "x"
    for _ in range(20):
        deep = {"a": deep}
    with pytest.raises(TooDeep):
        split_secrets(deep)


@given(st.dictionaries(NAMES, TREES, max_size=3))
def test_what_is_taken_out_goes_back_to_its_place(connection: dict[str, Any]) -> None:
    plain, secrets = split_secrets(connection)
    again, _ = split_secrets(with_secrets(plain, secrets))
    assert again == plain
    assert split_secrets(with_secrets(plain, secrets))[1] == secrets


def test_what_stays_when_a_connection_is_replaced() -> None:
    _, before = split_secrets(DEEP)
    replaced = {"host": "new", "broker": {"auth": {"user": "v"}}, "users": [{"name": "b"}, {"name": "c", "password": MASK}]}
    plain, fresh = split_secrets(replaced)
    assert kept_secrets(before, fresh, plain) == {"password": "top", "/broker/auth/token": "deep", "/users/1/password": "second"}
    plain, fresh = split_secrets({"password": "", "broker": {"auth": {"token": "newer"}}})
    assert kept_secrets(before, fresh, plain) == {"/broker/auth/token": "newer"}


def device(connection: dict[str, Any]) -> Any:
    with acting_as(SYSTEM):
        return api.register_device(
            actor=SYSTEM,
            protocol="modbus",
            identity="M1",
            secret="",
            title=Text("样例", "Sample"),
            profile="",
            place_path="50.a",
            connection=connection,
        )


@pytest.mark.django_db
def test_the_desk_sees_masks_the_table_nothing_and_the_door_all() -> None:
    made = device(DEEP)
    assert made.connection["broker"] == {"url": "x", "auth": {"user": "u", "token": MASK}}
    assert [user["password"] for user in made.connection["users"]] == [MASK, MASK]
    with acting_as(SYSTEM):
        record = DeviceRecord.objects.get(id=made.id)
    for word in ("top", "deep", "first", "number"):
        assert word not in json.dumps(record.connection)
    entry = api.load_directory(protocol="modbus").devices["M1"]
    assert entry.connection == DEEP
    with acting_as(SYSTEM):  # as a form sends it back, with another pause
        api.update_device(actor=SYSTEM, device_id=made.id, connection={**made.connection, "interval": 9})
    assert api.load_directory(protocol="modbus").devices["M1"].connection == {**DEEP, "interval": 9}
    with acting_as(SYSTEM), pytest.raises(Invalid):
        api.update_device(actor=SYSTEM, device_id=made.id, connection={"sealed": []})


@pytest.mark.django_db
@pytest.mark.owner
def test_connections_stored_before_are_sealed_by_the_migration() -> None:
    made = device({"host": "h", "password": "top"})
    record = DeviceRecord.objects.get(id=made.id)
    record.connection = {**record.connection, "broker": {"token": "deep"}}
    record.save()
    import_module("yuzhou.capabilities.sense.migrations.0022_nested_secrets").seal_nested(apps, None)
    assert "deep" not in json.dumps(DeviceRecord.objects.get(id=made.id).connection)
    entry = api.load_directory(protocol="modbus").devices["M1"]
    assert entry.connection == {"host": "h", "password": "top", "broker": {"token": "deep"}}


@pytest.mark.django_db
@pytest.mark.parametrize("change", [{"endpoint": "opc.tcp://other:4840"}, {"user": "another"}, {"port": 4841}, {"sampling": 5}])
def test_a_secret_goes_nowhere_but_where_it_was_meant_for(make_device: Any, change: dict[str, Any]) -> None:
    device = make_device()
    settings = {"endpoint": "opc.tcp://plant:4840", "user": "reader", "port": 4840, "password": "old"}
    with acting_as(SYSTEM):
        api.update_device(actor=SYSTEM, device_id=device.id, connection=settings)
        api.update_device(actor=SYSTEM, device_id=device.id, connection=settings | {"password": MASK} | change)
        told = open_connection(DeviceRecord.objects.get(id=device.id))
    assert told.get("password") == ("old" if "sampling" in change else None)
