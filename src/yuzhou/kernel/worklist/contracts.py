"""What waits for someone, whichever part it comes from."""

from dataclasses import dataclass
from datetime import datetime

from yuzhou.kernel.severity import Severity
from yuzhou.kernel.text import Text


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One thing that waits for a person's act.

    `key` is unique within its part; `title` is worded for the reader (of a code: `errors.word`); `url` is where to act;
    `subject` is a URN; `place` names the place as the reader knows it.
    """

    key: str
    title: str | Text
    url: str
    since: datetime
    part: str
    due: datetime | None = None
    severity: Severity = Severity.NOTICE
    subject: str = ""
    place: str | Text = ""

    @property
    def where(self) -> str | Text:
        """The place."""
        return self.place

    def is_overdue(self, moment: datetime) -> bool:
        """Whether it should have been done by then."""
        return self.due is not None and self.due < moment
