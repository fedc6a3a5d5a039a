"""The request as every view gets it: with the actor behind it."""

from django.http import HttpRequest

from yuzhou.kernel.actor import Actor


class Request(HttpRequest):
    """What views annotate their request with; the middleware puts `actor` on Django's own request."""

    actor: Actor
