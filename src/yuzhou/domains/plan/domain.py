"""Declares the plan (规划): what the city set out to make work, and how far it has come."""

from yuzhou.domains.plan.systems import SYSTEMS
from yuzhou.kernel.declarations import Domain, Face, Mount, NavItem
from yuzhou.kernel.text import Text

domain = Domain(
    key="plan",
    title=Text("规划", "Plan"),
    apps=("yuzhou.domains.plan",),
    plan_systems=SYSTEMS,
    mounts=(Mount("systems/", "yuzhou.domains.plan.urls"),),
    navigation=(NavItem(Text("规划系统", "Systems of the plan"), "plan:systems", face=Face.PORTAL, icon="list-check", order=80),),
    api="yuzhou.domains.plan.http:router",
)
