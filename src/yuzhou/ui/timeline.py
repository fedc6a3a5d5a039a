"""What happened, in order."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from yuzhou.ui.parts import Empty


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened: when, what, by whom, and in whose words. `tone` as of states; `links`: files and the like."""

    at: datetime
    title: Any
    text: Any = ""
    by: Any = ""
    icon: str = "point"
    tone: str = "quiet"
    url: str = ""
    links: Sequence[tuple[Any, str]] = ()


@dataclass(frozen=True, slots=True)
class Timeline:
    """Entries in the order given: newest first reads best."""

    template: ClassVar[str] = "ui/parts/timeline.html"
    entries: Sequence[Entry]
    empty: Empty = field(default_factory=Empty)
