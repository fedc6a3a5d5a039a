"""How grave a thing is, the same for alarms, notices and tasks."""

from enum import IntEnum


class Severity(IntEnum):
    """提示, 一般, 重要, 紧急."""

    NOTICE = 1
    WARNING = 2
    MAJOR = 3
    CRITICAL = 4

    @property
    def key(self) -> str:
        """The name under which pages show it."""
        return "info" if self is Severity.NOTICE else self.name.lower()
