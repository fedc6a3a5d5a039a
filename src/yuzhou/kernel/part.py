"""The kernel's own declaration: what each of its apps declares in its `declaration` module, put together as one part.

The registry finds it by name, so that it can stand above the apps that it gathers.
"""

from dataclasses import fields
from typing import Any

from yuzhou.kernel.declarations import Part
from yuzhou.kernel.events.declaration import events
from yuzhou.kernel.jobs.declaration import jobs
from yuzhou.kernel.places.declaration import places
from yuzhou.kernel.text import Text

DECLARATIONS = (
    places,
    events,
    jobs,
)


def _gather(name: str) -> tuple[Any, ...]:
    """The items of one kind from every app's declaration, in their order."""
    return tuple(item for declaration in DECLARATIONS for item in getattr(declaration, name))


kernel_part = Part(
    key="kernel",
    title=Text("内核", "Kernel"),
    api="yuzhou.kernel.http:router",
    **{field.name: _gather(field.name) for field in fields(Part) if field.default == ()},
)
