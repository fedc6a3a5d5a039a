"""Declares the environment (环境): outlets of factories, what they let out, and who answers for it."""

from yuzhou.domains.environment.permissions import MAKE_REPORT, READ, READ_REPORT, REGISTER, SET_LIMIT
from yuzhou.kernel.declarations import (
    Domain,
    EntityModel,
    Face,
    MapLayer,
    Mount,
    NavItem,
    PeriodicJob,
    Permission,
    Provider,
    Role,
    Service,
    SubjectKind,
    Subscription,
    Widget,
    makes,
)
from yuzhou.kernel.text import Text

OFFICER = (
    READ,
    REGISTER,
    SET_LIMIT,
    READ_REPORT,
    MAKE_REPORT,
    "sense.device:read",
    "sense.device:register",
    "sense.reading:write",
    "sense.entity:write",
    "sense.entity:subscribe",
    "sense.device:approve",
    "sense.profile:define",
    "sense.rule:define",
    "sense.alarm:read",
    "sense.alarm:acknowledge",
    "sense.alarm:comment",
    "sense.alarm:close",
    "sense.command:request",
    "sense.command:approve",
    "sense.command:lock",
    "sense.interlock:define",
    "kernel.organisation:register",
)
FIRM = (READ, READ_REPORT, "sense.device:read", "sense.entity:subscribe", "sense.alarm:read", "sense.alarm:comment")

WEB = "yuzhou.domains.environment.web"
PROOF = "tests/domains/environment/test_acceptance.py"
HANDLERS = "yuzhou.domains.environment.handlers"

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
        Role("environment-city", Text("市环境监察员", "City environment officer"), "place", (*OFFICER, "sense.retention:set")),
        Role("environment-firm", Text("企业环保负责人", "Firm's environment manager"), "organisation", FIRM),
    ),
    mounts=(
        Mount("desk/environment/", "yuzhou.domains.environment.urls"),
        Mount("environment/", "yuzhou.domains.environment.portal_urls"),
    ),
    navigation=(
        NavItem(Text("污染源监测", "Pollutant monitoring"), "environment:overview", permission=READ, icon="map", order=20),
        NavItem(Text("排污口", "Outlets"), "environment:outlets", permission=READ, icon="building-factory-2", order=21),
        NavItem(Text("环境日报", "Daily reports"), "environment:reports", permission=READ_REPORT, icon="report", order=22),
        NavItem(Text("污染源监测", "Pollutant monitoring"), "environment-portal:public", face=Face.PORTAL, icon="leaf", order=20),
    ),
    widgets=(
        Widget("environment-states", Text("排污口状态", "Outlets"), f"{WEB}.widgets:show_states", permission=READ, order=10),
        Widget(
            "environment-alarms", Text("待关闭的报警", "Alarms to close"), f"{WEB}.widgets:show_alarms", permission=READ, order=11
        ),
        Widget("environment-map", Text("排污口地图", "Map of outlets"), f"{WEB}.widgets:show_map", permission=READ, order=12),
    ),
    map_layers=(
        MapLayer(
            "outlets", Text("排污口", "Outlets"), "environment:outlets-geojson", permission=READ, states="environment-outlet"
        ),
    ),
    api="yuzhou.domains.environment.http:router",
    subscriptions=(
        Subscription("sense.AlarmRaised@1", f"{HANDLERS}:tell_of_alarm"),
        Subscription("sense.AlarmAcknowledged@1", f"{HANDLERS}:settle_acknowledged"),
        Subscription("sense.AlarmCleared@1", f"{HANDLERS}:settle_cleared"),
        Subscription("sense.AlarmClosed@1", f"{HANDLERS}:settle_closed"),
    ),
    worklist=(Provider("environment-answers", f"{WEB}.desk:alarms_to_answer"),),
    search=(Provider("outlets", f"{WEB}.desk:find_outlets"),),
    jobs=(
        PeriodicJob("environment.daily-reports", "20 0 * * *", "yuzhou.domains.environment.tasks:make_daily_reports"),
        PeriodicJob("environment.late-reports", "20 6,12,18 * * *", "yuzhou.domains.environment.tasks:remake_recent_reports"),
    ),
    makes=(
        makes("I3", part="reporting", test=f"{PROOF}::test_a_logger_reports_and_those_see_it_who_may"),
        makes("I3", part="limits", test=f"{PROOF}::test_a_limit_is_in_force_from_its_day"),
        makes("I3", part="exceedance-warning", test=f"{PROOF}::test_an_hourly_mean_above_the_limit_is_warned_of_and_acted_on"),
        makes("I3", part="missing-warning", test=f"{PROOF}::test_missing_and_frozen_data_are_warned_of"),
        makes("I3", part="validity", test=f"{PROOF}::test_flags_tell_which_values_are_valid"),
        makes("I3", part="daily-report", test=f"{PROOF}::test_the_day_of_an_outlet_and_its_district_is_reported"),
    ),
    entity_models=(EntityModel("outlet", "Outlet", Text("排污口", "Outlet")),),
    device_profiles=("yuzhou.domains.environment.profiles:LOGGERS",),
    subjects=(SubjectKind("outlet", Text("排污口", "Outlet"), "environment:outlet", f"{WEB}.desk:name_outlets", sites="outlet"),),
    subject_types={"outlet": Text("排污口", "Outlet")},
    demo=(Provider("city", "yuzhou.domains.environment.demo.city:seed_demonstration"),),
    services=(Service("simulator", ("simulate",), demo_only=True),),
    commands=(Provider("simulate", "yuzhou.domains.environment.demo.simulate:run"),),
)
