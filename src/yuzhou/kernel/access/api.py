"""The door to accounts, roles and actors."""

from django.http import HttpRequest

from yuzhou.kernel.actor import Actor

__all__ = ["actor_for_request"]


def actor_for_request(request: HttpRequest) -> Actor:
    """The actor behind a request: the signed-in person, the machine of a token, or the public."""
    return Actor.public()
