"""What the calendar declares."""

from yuzhou.kernel.declarations import Part, Provider
from yuzhou.kernel.text import Text

calendar = Part(
    key="kernel.calendar",
    title=Text("工作日历", "Working days"),
    commands=(Provider("calendar", "yuzhou.kernel.calendar.command:run"),),
)
