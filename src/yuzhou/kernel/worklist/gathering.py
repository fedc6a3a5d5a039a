"""Asking every part what waits for someone."""

import structlog
from django.db import transaction
from django.utils.translation import gettext

from yuzhou.kernel import registry
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.clock import now
from yuzhou.kernel.declarations import Part
from yuzhou.kernel.severity import Severity
from yuzhou.kernel.worklist.contracts import WorkItem
from yuzhou.kernel.worklist.rules import in_order

log = structlog.get_logger(__name__)


def waiting_for(actor: Actor) -> list[WorkItem]:
    """What waits for the actor in all parts, the most pressing first.

    A part that fails stands in the list as an item that says so; it never hides the work of the others.
    """
    if not actor.is_signed_in:
        return []
    found: list[WorkItem] = []
    for part, provider in registry.every("worklist"):
        try:
            with transaction.atomic():
                found += registry.resolve(provider.run)(actor)
        except Exception:  # whatever a part's provider raises
            log.exception("worklist provider failed", provider=provider.name)
            found.append(_unreadable(part, provider.name))
    return in_order(found, now())


def _unreadable(part: Part, provider: str) -> WorkItem:
    title = gettext("The tasks of {part} could not be read").format(part=part.title)
    return WorkItem(f"unreadable-{provider}", title, "", now(), part.key, severity=Severity.MAJOR)
