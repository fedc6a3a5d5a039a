"""The kernel's own declaration: administration of people, organisations, roles and tokens."""

from yuzhou.kernel.declarations import Part
from yuzhou.kernel.text import Text

kernel_part = Part(key="kernel", title=Text("内核", "Kernel"))
