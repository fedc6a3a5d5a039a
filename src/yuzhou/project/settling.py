"""What a serving process does once before its first request, so that no request pays for it."""

import gc
from importlib import import_module

from django.conf import settings
from django.urls import get_resolver

YOUNG = 20_000  # new containers between two looks of the collector; a page of a thousand devices makes some thousands


def settle_process() -> None:
    """Import what requests will need, and take all that stands by then out of the garbage collector's sight.

    A full collection looks at everything that the imports made: about 190,000 objects, 0.1 s in which no thread goes on, and a
    list of some thousand rows brings one about. What was imported never becomes garbage.
    """
    import_module(settings.ROOT_URLCONF)
    _visit(get_resolver())
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])


def _visit(resolver: object) -> None:
    """Mounts are imported when they are first asked for."""
    for pattern in getattr(resolver, "url_patterns", ()):
        _visit(pattern)
