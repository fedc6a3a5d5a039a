"""Rules as people see them."""

from dataclasses import dataclass
from uuid import UUID

from yuzhou.capabilities.sense.rules.definition import Definition
from yuzhou.kernel.text import Text


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with its aim: one device, or every device of a profile, as far as it has the series that the rule looks at."""

    id: UUID
    key: str
    title: Text
    definition: Definition
    device_id: UUID | None = None
    profile: str = ""
    enabled: bool = True
