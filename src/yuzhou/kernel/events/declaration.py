"""What the outbox declares."""

from yuzhou.kernel.declarations import Part, PeriodicJob, Permission
from yuzhou.kernel.text import Text

events = Part(
    key="kernel.events",
    title=Text("事件", "Events"),
    permissions=(Permission("kernel.events:repair", Text("处置投递失败的事件", "Repair dead deliveries")),),
    events=("yuzhou.kernel.events.events:DeliveryDied",),
    jobs=(PeriodicJob("kernel.purge-events", "20 3 * * *", "yuzhou.kernel.events.repair:purge_finished"),),
)
