"""Declares the environment (环境): outlets of factories, what they let out, and who answers for it."""

from yuzhou.domains.environment.permissions import MAKE_REPORT, READ, READ_REPORT, REGISTER, SET_LIMIT
from yuzhou.kernel.declarations import Domain, PeriodicJob, Permission, Provider, Role, Service
from yuzhou.kernel.text import Text

OFFICER = (
    READ,
    REGISTER,
    SET_LIMIT,
    READ_REPORT,
    MAKE_REPORT,
    "sense.device:read",
    "sense.device:register",
    "sense.rule:define",
    "sense.alarm:read",
    "sense.alarm:acknowledge",
    "sense.alarm:comment",
    "sense.alarm:close",
    "sense.command:request",
    "kernel.organisation:register",
)
FIRM = (READ, READ_REPORT, "sense.device:read", "sense.alarm:read", "sense.alarm:comment")

domain = Domain(
    key="environment",
    title=Text("环境", "Environment"),
    apps=("yuzhou.domains.environment",),
    uses=("sense",),
    permissions=(
        Permission(READ, Text("查看排污口", "Read outlets")),
        Permission(REGISTER, Text("登记、修改和关闭排污口", "Register, change and close outlets")),
        Permission(SET_LIMIT, Text("设定排放限值", "Set limits")),
        Permission(READ_REPORT, Text("查看日报", "Read daily reports")),
        Permission(MAKE_REPORT, Text("生成日报", "Make daily reports")),
    ),
    roles=(
        Role("environment-officer", Text("区县环境监察员", "District environment officer"), "place", OFFICER),
        Role("environment-city", Text("市环境监察员", "City environment officer"), "place", OFFICER),
        Role("environment-firm", Text("企业环保负责人", "Firm's environment manager"), "organisation", FIRM),
    ),
    jobs=(
        PeriodicJob("environment.daily-reports", "20 0 * * *", "yuzhou.domains.environment.tasks:make_daily_reports"),
        PeriodicJob("environment.late-reports", "20 6,12,18 * * *", "yuzhou.domains.environment.tasks:remake_recent_reports"),
    ),
    subject_types={"outlet": Text("排污口", "Outlet")},
    services=(Service("simulator", ("simulate",), demo_only=True),),
    commands=(Provider("simulate", "yuzhou.domains.environment.demo.simulate:run"),),
)
