"""What the notices declare."""

from yuzhou.kernel.declarations import NavItem, Part, PeriodicJob, Subscription, Ticker
from yuzhou.kernel.text import Text

notices = Part(
    key="kernel.notices",
    title=Text("通知", "Notices"),
    subscriptions=(
        Subscription("kernel.DeliveryDied@1", "yuzhou.kernel.notices.handlers:tell_of_dead_delivery"),
        Subscription("kernel.JobFailed@1", "yuzhou.kernel.notices.handlers:tell_of_failed_job"),
    ),
    navigation=(NavItem(Text("通知", "Notices"), "flow-notices", icon="bell", order=10),),
    tickers=(Ticker("kernel.notices", 2.0, "yuzhou.kernel.notices.ticking:tick"),),
    jobs=(PeriodicJob("kernel.purge-notices", "50 3 * * *", "yuzhou.kernel.notices.ticking:purge_read"),),
)
