"""Declares the domain."""

from yuzhou.kernel.declarations import Domain
from yuzhou.kernel.text import Text

domain = Domain(key="plan", title=Text("规划", "Plan"), apps=("yuzhou.domains.plan",))
