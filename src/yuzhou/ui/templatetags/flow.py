"""What the head of every desk page asks of the notices."""

from django import template

from yuzhou.kernel.actor import Actor, ActorKind
from yuzhou.kernel.notices.api import count_notices

register = template.Library()


@register.simple_tag(takes_context=True)
def unread_notices(context: template.Context) -> int | None:
    """How many notices the one who looks has not read; None for those who have no inbox."""
    actor = getattr(context.get("request"), "actor", None) or Actor.public()
    return count_notices(actor=actor) if actor.kind is ActorKind.PERSON else None
