"""The small components: what a view hands to `{% part … %}`. Titles may be lazy translations or `Text`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Action:
    """A link that looks like a button; `primary` for the one that most people want."""

    title: Any
    url: str
    icon: str = ""
    primary: bool = False


@dataclass(frozen=True, slots=True)
class Empty:
    """What stands where nothing is: what it means, and what to do next."""

    template: ClassVar[str] = "ui/parts/empty.html"
    title: Any = ""
    text: Any = ""
    action: Action | None = None
    icon: str = "inbox"


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure with its name; `tone` as of states (`good`, `warning`, `critical` …); `trend` says how it moves."""

    template: ClassVar[str] = "ui/parts/tile.html"
    title: Any
    value: Any
    unit: str = ""
    tone: str = ""
    icon: str = ""
    url: str = ""
    trend: Any = ""


@dataclass(frozen=True, slots=True)
class Tiles:
    """A row of figures."""

    template: ClassVar[str] = "ui/parts/tiles.html"
    tiles: Sequence[Tile]


@dataclass(frozen=True, slots=True)
class Card:
    """A place to go, with an icon and a sentence."""

    template: ClassVar[str] = "ui/parts/card.html"
    title: Any
    text: Any = ""
    url: str = ""
    icon: str = "point"


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and its value; a value with `states` is shown as a badge, one with `url` as a link."""

    name: Any
    value: Any
    url: str = ""
    states: str = ""
    unit: str = ""
    code: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """A definition list: what a thing is."""

    template: ClassVar[str] = "ui/parts/facts.html"
    facts: Sequence[Fact]
    columns: int = 2


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab: an address of its own, so that it can be linked to and works without JavaScript."""

    title: Any
    url: str
    active: bool = False
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Tabs:
    """Tabs of one thing."""

    template: ClassVar[str] = "ui/parts/tabs.html"
    tabs: Sequence[Tab]
    label: Any = ""


@dataclass(frozen=True, slots=True)
class Crumb:
    """A step of the way to this page; the last has no address."""

    title: Any
    url: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """Long work: how far it is. `total` None: it cannot be said how much there is."""

    template: ClassVar[str] = "ui/parts/progress.html"
    title: Any
    done: float
    total: float | None = None
    note: Any = ""
    live_url: str = ""

    @property
    def percent(self) -> int | None:
        """How much is done, 0 to 100."""
        return None if not self.total else max(0, min(100, round(100 * self.done / self.total)))


@dataclass(frozen=True, slots=True)
class Note:
    """A box with a message on the page; `tone` as of states."""

    template: ClassVar[str] = "ui/parts/note.html"
    title: Any
    text: Any = ""
    tone: str = "notice"
    actions: Sequence[Action] = field(default=())


@dataclass(frozen=True, slots=True)
class Confirm:
    """A page that asks before an act that cannot be undone. The form on it posts to this same address."""

    title: Any
    text: Any
    button: Any
    back_url: str
    facts: Sequence[Fact] = ()
    danger: bool = True
