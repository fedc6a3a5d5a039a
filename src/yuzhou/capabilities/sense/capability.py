"""Declares the sensing capability (感知)."""

from yuzhou.kernel.declarations import (
    Capability,
    ListenPort,
    MapLayer,
    Mount,
    NavItem,
    PeriodicJob,
    Permission,
    Provider,
    Service,
    SubjectKind,
    Ticker,
)
from yuzhou.kernel.text import Text

capability = Capability(
    key="sense",
    title=Text("设备监测", "Devices and alarms"),
    apps=("yuzhou.capabilities.sense",),
    events=tuple(
        f"yuzhou.capabilities.sense.events:{name}"
        for name in (
            "AlarmRaised",
            "AlarmSeverityChanged",
            "AlarmCleared",
            "AlarmAcknowledged",
            "AlarmClosed",
            "DeviceSilent",
            "DeviceOffline",
            "DeviceReturned",
            "CommandFinished",
        )
    ),
    mounts=(
        Mount("desk/sense/", "yuzhou.capabilities.sense.urls"),
        Mount("ngsi-ld/v1/", "yuzhou.capabilities.sense.http.ngsild.urls"),
    ),
    api="yuzhou.capabilities.sense.http:router",
    navigation=(
        NavItem(Text("报警", "Alarms"), "sense:alarms", permission="sense.alarm:read", icon="bell", order=20),
        NavItem(Text("指令", "Commands"), "sense:commands", permission="sense.device:read", icon="send", order=42),
        NavItem(Text("设备", "Devices"), "sense:devices", permission="sense.device:read", icon="antenna", order=40),
        NavItem(
            Text("设备类型", "Device profiles"), "sense:profiles", permission="sense.device:read", icon="list-details", order=41
        ),
        NavItem(Text("报警规则", "Alarm rules"), "sense:rules", permission="sense.device:read", icon="adjustments", order=43),
        NavItem(
            Text("数据保留", "Retention of data"), "sense:retention", permission="sense.retention:set", icon="archive", order=46
        ),
        NavItem(
            Text("实体订阅", "Subscriptions"), "sense:subscriptions", permission="sense.entity:subscribe", icon="bell", order=44
        ),
        NavItem(Text("被拒报文", "Refused frames"), "sense:quarantine", permission="sense.device:read", icon="ban", order=45),
    ),
    map_layers=(
        MapLayer(
            "devices", Text("移动设备", "Moving devices"), "sense:positions", permission="sense.device:read", states="device"
        ),
    ),
    worklist=(
        Provider("provisioning", "yuzhou.capabilities.sense.web.provisioning:waiting_devices"),
        Provider("alarms", "yuzhou.capabilities.sense.web.desk:waiting_alarms"),
        Provider("commands", "yuzhou.capabilities.sense.web.command_tasks:waiting_commands"),
    ),
    search=(Provider("devices", "yuzhou.capabilities.sense.web.desk:search"),),
    subjects=(
        SubjectKind("device", Text("设备", "Device"), "sense:device", "yuzhou.capabilities.sense.web.desk:name_devices"),
        SubjectKind("alarm", Text("报警", "Alarm"), "sense:alarm", "yuzhou.capabilities.sense.web.desk:name_alarms"),
        SubjectKind("rule", Text("报警规则", "Alarm rule")),
        SubjectKind("entity", Text("实体", "Entity")),
        SubjectKind("context", Text("JSON-LD 上下文", "JSON-LD context")),
        SubjectKind("profile", Text("设备类型", "Device profile"), "sense:profile"),
        SubjectKind("interlock", Text("联锁", "Interlock")),
        SubjectKind("command", Text("指令", "Command"), "sense:command"),
        SubjectKind("command-batch", Text("批量指令", "Command to many devices"), "sense:command-batch"),
        SubjectKind("provision-key", Text("自注册密钥", "Provision key")),
        SubjectKind("provision-request", Text("自注册申请", "Provision request")),
    ),
    tickers=(
        Ticker("sense.watch", 10, "yuzhou.capabilities.sense.tasks:watch"),
        Ticker("sense.take-measurements", 1, "yuzhou.capabilities.sense.tasks:take_in"),
        Ticker("sense.sum-up", 60, "yuzhou.capabilities.sense.tasks:sum_up"),
    ),
    jobs=(
        PeriodicJob("sense.tidy-onboarding", "40 3 * * *", "yuzhou.capabilities.sense.tasks:tidy_onboarding"),
        PeriodicJob("sense.keep-house", "20 3 * * *", "yuzhou.capabilities.sense.tasks:keep_house"),
    ),
    reference_data=(
        Provider(
            "profiles",
            "yuzhou.capabilities.sense.services.declared_profiles:load_declared_profiles",
            "yuzhou.capabilities.sense.services.declared_profiles:declared_version",
        ),
        Provider(
            "entity-models",
            "yuzhou.capabilities.sense.services.entities.projecting:load_entity_models",
            "yuzhou.capabilities.sense.services.entities.projecting:declared_version",
        ),
    ),
    permissions=(
        Permission("sense.device:read", Text("查看设备与数据", "See devices and readings")),
        Permission("sense.reading:write", Text("为设备上报数据", "Send readings for devices")),
        Permission("sense.entity:write", Text("写入实体（NGSI-LD）", "Write entities (NGSI-LD)")),
        Permission("sense.entity:subscribe", Text("订阅实体变化（NGSI-LD）", "Subscribe to entities (NGSI-LD)")),
        Permission("sense.device:register", Text("登记和变更设备", "Register and change devices")),
        Permission("sense.device:approve", Text("审批自注册的设备", "Approve devices that ask for themselves")),
        Permission("sense.profile:define", Text("设定设备类型", "Define kinds of devices")),
        Permission("sense.rule:define", Text("设定报警规则", "Define alarm rules")),
        Permission("sense.alarm:read", Text("查看报警", "See alarms")),
        Permission("sense.alarm:acknowledge", Text("确认报警", "Acknowledge alarms")),
        Permission("sense.alarm:comment", Text("评论或答复报警", "Comment on or answer alarms")),
        Permission("sense.alarm:close", Text("关闭报警", "Close alarms")),
        Permission("sense.command:request", Text("向设备下发指令", "Send commands to devices")),
        Permission("sense.command:approve", Text("复核需双人确认的指令", "Approve commands that need two persons")),
        Permission("sense.command:lock", Text("锁定设备、暂停下发指令", "Lock devices out from commands")),
        Permission("sense.retention:set", Text("设定数据保留期限与证据保全", "Set how long data are kept, and legal holds")),
        Permission("sense.interlock:define", Text("设定指令联锁", "Define interlocks of commands")),
    ),
    services=(
        Service(
            "http-door",
            ("http-door",),
            ports=(ListenPort("httpdoor", 9280, Text("设备数据接入（HTTP）", "Device readings (HTTP)")),),
        ),
        Service(
            "gateway", ("gateway",), ports=(ListenPort("hj212", 9212, Text("数采仪接入（HJ 212）", "Data loggers (HJ 212)")),)
        ),
        Service("connectors", ("connectors",)),
        Service("mqtt-door", ("mqtt-door",)),
        Service("notifier", ("notifier",)),
        Service(
            "vehicles",
            ("vehicles",),
            ports=(
                ListenPort("gb32960", 32960, Text("新能源汽车接入（GB/T 32960）", "Electric vehicles (GB/T 32960)")),
                ListenPort("jt808", 8808, Text("道路运输车辆接入（JT/T 808）", "Road vehicles (JT/T 808)")),
            ),
        ),
    ),
    device_profiles=(
        "yuzhou.capabilities.sense.doors.gb32960.profile:PROFILES",
        "yuzhou.capabilities.sense.doors.jt808.profile:TERMINAL",
    ),
    commands=(
        Provider("gateway", "yuzhou.capabilities.sense.doors.hj212.gateway:run"),
        Provider("http-door", "yuzhou.capabilities.sense.doors.http.door:run"),
        Provider("connectors", "yuzhou.capabilities.sense.doors.connectors.process:run"),
        Provider("vehicles", "yuzhou.capabilities.sense.doors.vehicles.process:run"),
        Provider("notifier", "yuzhou.capabilities.sense.doors.notifier.process:run"),
        Provider("mqtt-door", "yuzhou.capabilities.sense.doors.mqtt.door:run"),
    ),
)
