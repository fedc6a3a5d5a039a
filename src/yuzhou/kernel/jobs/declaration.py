"""What the jobs declare."""

from yuzhou.kernel.declarations import NavItem, Part, PeriodicJob, Permission
from yuzhou.kernel.text import Text

jobs = Part(
    key="kernel.jobs",
    title=Text("作业", "Jobs"),
    permissions=(Permission("kernel.jobs:repair", Text("处置失败的作业", "Repair failed jobs")),),
    events=("yuzhou.kernel.jobs.events:JobFailed",),
    navigation=(NavItem(Text("作业", "Jobs"), "flow-jobs", permission="kernel.jobs:repair", icon="settings", order=940),),
    jobs=(PeriodicJob("kernel.purge-jobs", "40 3 * * *", "yuzhou.kernel.jobs.repair:purge_old"),),
)
