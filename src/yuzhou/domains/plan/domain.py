"""Declares the plan (规划): what the city set out to make work, and how far it has come."""

from yuzhou.domains.plan.systems import SYSTEMS
from yuzhou.kernel.declarations import Domain
from yuzhou.kernel.text import Text

domain = Domain(
    key="plan",
    title=Text("规划", "Plan"),
    apps=("yuzhou.domains.plan",),
    plan_systems=SYSTEMS,
    api="yuzhou.domains.plan.http:router",
)
