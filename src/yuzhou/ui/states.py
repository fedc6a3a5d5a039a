"""States as people see them: a word, a colour and an icon, never a colour alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _


class Tone(StrEnum):
    """What a state means to the one who looks; each has one colour everywhere, on badges, maps and charts."""

    GOOD = "good"
    BUSY = "busy"
    NOTICE = "notice"
    WARNING = "warning"
    CRITICAL = "critical"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class State:
    """How one state is shown; `label` may be a lazy translation or a `Text`."""

    label: Any
    tone: Tone
    icon: str


_kinds: dict[str, dict[str, State]] = {}


def declare_states(kind: str, states: Mapping[str, State]) -> None:
    """Give a kind of state (`outlet`, `alarm` …) the look of its values; a later call adds to it."""
    _kinds.setdefault(kind, {}).update({key_of(value): state for value, state in states.items()})


def key_of(value: Any) -> str:
    """The plain text of a state; of an enum its `key` where it has one, else its value."""
    return str(getattr(value, "key", value.value) if isinstance(value, Enum) else value)


def state_of(kind: str, value: Any) -> State:
    """How a value is shown; an undeclared one is shown as it is, in grey."""
    key = key_of(value)
    return _kinds.get(kind, {}).get(key) or State(key, Tone.QUIET, "point")


def states_of(kind: str) -> dict[str, State]:
    """All declared values of a kind, for legends and choices."""
    return dict(_kinds.get(kind, {}))


declare_states(
    "severity",
    {
        "info": State(_("Information"), Tone.NOTICE, "info-circle"),
        "minor": State(_("Minor"), Tone.NOTICE, "info-circle"),
        "warning": State(_("Warning"), Tone.WARNING, "alert-triangle"),
        "major": State(_("Major"), Tone.WARNING, "alert-triangle"),
        "critical": State(_("Critical"), Tone.CRITICAL, "alert-octagon"),
    },
)
declare_states(
    "alarm",
    {
        "raised": State(_("Unanswered"), Tone.CRITICAL, "bell"),
        "open": State(_("Pending"), Tone.CRITICAL, "bell"),
        "acknowledged": State(_("Acknowledged"), Tone.BUSY, "eye"),
        "cleared": State(_("Back to normal"), Tone.NOTICE, "trending-down"),
        "closed": State(_("Closed"), Tone.QUIET, "circle-check"),
        "shelved": State(_("Shelved"), Tone.QUIET, "bell-off"),
    },
)
declare_states(
    "outlet",
    {
        "normal": State(_("Normal"), Tone.GOOD, "circle-check"),
        "alarm": State(_("In alarm"), Tone.CRITICAL, "alert-octagon"),
        "exceeding": State(_("Above limit"), Tone.CRITICAL, "trending-up"),
        "warning": State(_("Warning"), Tone.WARNING, "alert-triangle"),
        "silent": State(_("No data"), Tone.WARNING, "plug-connected-x"),
        "flagged": State(_("Flagged"), Tone.NOTICE, "flag"),
        "maintenance": State(_("In maintenance"), Tone.BUSY, "tool"),
        "stopped": State(_("Stopped"), Tone.QUIET, "player-pause"),
        "new": State(_("Not reported yet"), Tone.QUIET, "circle-dashed"),
    },
)
declare_states(
    "device",
    {
        "online": State(_("Online"), Tone.GOOD, "wifi"),
        "offline": State(_("Offline"), Tone.WARNING, "wifi-off"),
        "active": State(_("Active"), Tone.GOOD, "circle-check"),
        "new": State(_("Not reported yet"), Tone.QUIET, "circle-dashed"),
        "disabled": State(_("Disabled"), Tone.QUIET, "ban"),
        "retired": State(_("Retired"), Tone.QUIET, "archive"),
    },
)
declare_states(
    "system",
    {
        "works": State(_("Works"), Tone.GOOD, "circle-check"),
        "in-part": State(_("In part"), Tone.BUSY, "progress"),
        "planned": State(_("Planned"), Tone.QUIET, "circle-dashed"),
    },
)
declare_states(
    "job",
    {
        "waiting": State(_("Waiting"), Tone.QUIET, "clock"),
        "running": State(_("Running"), Tone.BUSY, "loader"),
        "done": State(_("Done"), Tone.GOOD, "circle-check"),
        "failed": State(_("Failed"), Tone.CRITICAL, "circle-x"),
        "dead": State(_("Given up"), Tone.CRITICAL, "circle-x"),
    },
)
declare_states(
    "account",
    {
        "active": State(_("Active"), Tone.GOOD, "circle-check"),
        "invited": State(_("Invited"), Tone.BUSY, "mail"),
        "applied": State(_("Applied"), Tone.BUSY, "clock"),
        "accepted": State(_("Accepted"), Tone.GOOD, "circle-check"),
        "refused": State(_("Refused"), Tone.CRITICAL, "circle-x"),
        "locked": State(_("Locked"), Tone.CRITICAL, "lock"),
        "expired": State(_("Expired"), Tone.QUIET, "clock-exclamation"),
        "revoked": State(_("Revoked"), Tone.QUIET, "ban"),
    },
)
declare_states(
    "boolean",
    {"True": State(_("Yes"), Tone.GOOD, "check"), "False": State(_("No"), Tone.QUIET, "minus")},
)
