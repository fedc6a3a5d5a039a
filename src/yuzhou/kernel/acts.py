"""The floor beneath the audit log: any part records an act here, and the audit app, which stands above, supplies the sink.

Fails closed: an act that cannot be recorded does not happen.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from yuzhou.kernel.actor import Actor
from yuzhou.kernel.errors import YuzhouError, declare_message, gettext_noop


class Sink(Protocol):
    """Where acts go; it writes in the caller's transaction."""

    def __call__(self, *, actor: Actor, act: str, subject: str, details: Mapping[str, Any]) -> None: ...


_sink: Sink | None = None


def set_sink(sink: Sink | None) -> Sink | None:
    """Name the sink (the audit app does so when it is ready); returns the one before, so that a test can put it back."""
    global _sink
    before, _sink = _sink, sink
    return before


def record(*, actor: Actor, act: str, subject: str, details: Mapping[str, Any] | None = None) -> None:
    """Record that the actor did `part.noun:verb` to the subject (a URN), in the running transaction.

    `details` holds JSON values and no secrets. Raises YuzhouError("kernel.no-audit") where no sink is set.
    """
    if _sink is None:
        raise YuzhouError("kernel.no-audit")
    _sink(actor=actor, act=act, subject=subject, details=details or {})


declare_message("kernel.no-audit", gettext_noop("The act cannot be recorded, so it was not done."))
