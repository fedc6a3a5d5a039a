"""What the outbox declares."""

from yuzhou.kernel.declarations import NavItem, Part, PeriodicJob, Permission, Provider
from yuzhou.kernel.text import Text

REPAIR = "kernel.events:repair"
TITLE = Text("事件投递", "Event deliveries")

events = Part(
    key="kernel.events",
    title=Text("事件", "Events"),
    permissions=(Permission(REPAIR, Text("处置投递失败的事件", "Repair dead deliveries")),),
    events=("yuzhou.kernel.events.events:DeliveryDied",),
    navigation=(NavItem(TITLE, "flow-deliveries", permission=REPAIR, icon="route", order=930),),
    jobs=(PeriodicJob("kernel.purge-events", "20 3 * * *", "yuzhou.kernel.events.repair:purge_finished"),),
    commands=(Provider("events", "yuzhou.kernel.events.command:run"),),
)
