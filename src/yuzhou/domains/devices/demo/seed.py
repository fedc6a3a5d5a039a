"""Registers the simulated devices, their firm and their accounts. Idempotent."""

import os
from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from yuzhou.capabilities.sense import api as sense
from yuzhou.domains.devices.demo.cast import MODBUS_PORT, OPCUA_PORT, PASSWORD, DemoDevice, devices
from yuzhou.kernel.access.api import seed_account
from yuzhou.kernel.actor import CITY_PATH, Actor
from yuzhou.kernel.declarations import DemoNote
from yuzhou.kernel.errors import NotFound
from yuzhou.kernel.parties.api import OrganisationKind, complete_credit_code, get_organisation, register_organisation
from yuzhou.kernel.places.api import get_place
from yuzhou.kernel.text import Text
from yuzhou.kernel.transactions import acting_as, transaction_required

SEEDER = Actor.system("devices.demo")
OFFICER, FIRM = "demo-device-officer", "demo-device-firm"
FIRM_NAME = "样例设备运营一公司"


def cast() -> tuple[DemoDevice, ...]:
    """The devices, at the ports that `up` gave."""
    return devices(
        int(os.environ.get("YUZHOU_DEMOOPCUA_PORT", OPCUA_PORT)), int(os.environ.get("YUZHOU_DEMOMODBUS_PORT", MODBUS_PORT))
    )


@transaction_required
def seed_devices() -> None:
    """Register what is missing; a connection whose port changed follows it."""
    firm = _firm()
    profiles = sense.find_profiles(keys={one.profile for one in cast()})
    known = {(one.protocol, one.identity): one for one in sense.list_devices(actor=SEEDER, limit=10_000)}
    for one in cast():
        found = known.get((one.protocol, one.identity))
        if found is None and one.profile in profiles:
            sense.register_device(
                actor=SEEDER,
                protocol=one.protocol,
                identity=one.identity,
                secret=one.secret,
                title=one.title,
                profile=one.profile,
                place_path=get_place(code=one.district).path,
                operator_id=firm,
                connection=one.connection,
                silent_after_seconds=profiles[one.profile].silent_after_seconds,
                simulated=True,
                notes="模拟设备，数据并非真实测量。",
            )
        elif found is not None and found.simulated and one.connection and _port_moved(found.connection, one.connection):
            sense.update_device(actor=SEEDER, device_id=found.id, connection={**found.connection, **one.connection})
    account = partial(seed_account, actor=SEEDER, password=PASSWORD)
    account(username=OFFICER, display_name="演示设备管理员", role="device-officer", place_path=CITY_PATH)
    account(username=FIRM, display_name="演示设备运营员", role="device-firm", organisation=firm)


def _port_moved(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    return any(before.get(name) != now.get(name) for name in ("port", "endpoint"))


def seed_demonstration() -> DemoNote:
    """Seed, and say which accounts show it."""
    with acting_as(SEEDER):
        seed_devices()
    text = Text(f"{len(cast())} 台模拟设备已登记", f"{len(cast())} simulated devices registered")
    return DemoNote(text, ((OFFICER, get_place(path=CITY_PATH).name), (FIRM, FIRM_NAME)), PASSWORD)


def _firm() -> UUID:
    uscc = complete_credit_code("91500112", "MAYL0901").text
    try:
        return get_organisation(uscc=uscc).id
    except NotFound:
        return register_organisation(
            actor=SEEDER,
            uscc=uscc,
            name=FIRM_NAME,
            name_en="Sample Device Operations One",
            kind=OrganisationKind.ENTERPRISE,
            place_path=get_place(code="500112").path,
        ).id
