"""Declares the domain."""

from yuzhou.kernel.declarations import Domain
from yuzhou.kernel.text import Text

domain = Domain(key="environment", title=Text("环境", "Environment"), apps=("yuzhou.domains.environment",))
