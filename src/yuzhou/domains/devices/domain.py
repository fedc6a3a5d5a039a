"""Declares plain devices (通用设备): who looks after devices that belong to no field, and a demonstration of every door."""

from yuzhou.kernel.declarations import Domain, ListenPort, Mount, NavItem, Permission, Provider, Role, Service
from yuzhou.kernel.text import Text

OVERVIEW = "devices.overview:read"
OFFICER = (
    OVERVIEW,
    "sense.device:read",
    "sense.device:register",
    "sense.device:approve",
    "sense.reading:write",
    "sense.entity:write",
    "sense.entity:subscribe",
    "sense.profile:define",
    "sense.rule:define",
    "sense.interlock:define",
    "sense.alarm:read",
    "sense.alarm:acknowledge",
    "sense.alarm:comment",
    "sense.alarm:close",
    "sense.command:request",
    "sense.command:approve",
    "sense.command:lock",
)
FIRM = (OVERVIEW, "sense.device:read", "sense.entity:write", "sense.entity:subscribe", "sense.alarm:read", "sense.alarm:comment")

domain = Domain(
    key="devices",
    title=Text("通用设备", "Devices"),
    apps=("yuzhou.domains.devices",),
    uses=("sense",),
    permissions=(Permission(OVERVIEW, Text("查看设备总览", "See the overview of devices")),),
    mounts=(Mount("desk/devices/", "yuzhou.domains.devices.urls"),),
    navigation=(
        NavItem(Text("设备总览", "Overview of devices"), "devices:overview", permission=OVERVIEW, icon="antenna", order=30),
    ),
    roles=(
        Role("device-officer", Text("设备管理员", "Device officer"), "place", OFFICER),
        Role("device-firm", Text("设备运营单位", "Firm that runs devices"), "organisation", FIRM),
    ),
    device_profiles=("yuzhou.domains.devices.profiles:PROFILES",),
    demo=(Provider("devices", "yuzhou.domains.devices.demo.seed:seed_demonstration"),),
    services=(
        Service(
            "devices-simulator",
            ("simulate-devices",),
            demo_only=True,
            ports=(
                ListenPort("demoopcua", 14840, Text("模拟的 OPC UA 服务器", "Simulated OPC UA server")),
                ListenPort("demomodbus", 15020, Text("模拟的 Modbus 设备", "Simulated Modbus devices")),
            ),
        ),
    ),
    commands=(Provider("simulate-devices", "yuzhou.domains.devices.demo.simulate:run"),),
)
