"""Declares the sensing capability (感知)."""

from yuzhou.kernel.declarations import Capability
from yuzhou.kernel.text import Text

capability = Capability(key="sense", title=Text("感知", "Sense"), apps=("yuzhou.capabilities.sense",))
