"""The kernel's own declaration: what each of its apps declares in its `declaration` module, put together as one part.

The registry finds it by name, so that it can stand above the apps that it gathers.
"""

from dataclasses import fields
from typing import Any

from yuzhou.kernel.access.declaration import access
from yuzhou.kernel.audit.declaration import audit
from yuzhou.kernel.calendar.declaration import calendar
from yuzhou.kernel.declarations import Part, Role
from yuzhou.kernel.events.declaration import events
from yuzhou.kernel.files.declaration import files
from yuzhou.kernel.jobs.declaration import jobs
from yuzhou.kernel.keys.declaration import keys
from yuzhou.kernel.notices.declaration import notices
from yuzhou.kernel.parties.declaration import parties
from yuzhou.kernel.places.declaration import places
from yuzhou.kernel.text import Text

DECLARATIONS = (
    keys,
    calendar,
    files,
    access,
    places,
    parties,
    events,
    audit,
    jobs,
    notices,
)


def _gather(name: str) -> tuple[Any, ...]:
    """The items of one kind from every app's declaration, in their order."""
    return tuple(item for declaration in DECLARATIONS for item in getattr(declaration, name))


def _city_administrator() -> Role:
    """The role that holds every permission of the kernel."""
    return Role(
        key="city-administrator",
        title=Text("市级管理员", "City administrator"),
        holder="place",
        permissions=tuple(permission.key for permission in _gather("permissions")),
    )


def _kernel_part() -> Part:
    lists = {field.name: _gather(field.name) for field in fields(Part) if field.default == ()}
    lists["roles"] = (_city_administrator(), *lists["roles"])
    return Part(key="kernel", title=Text("平台管理", "Administration"), api="yuzhou.kernel.http:router", **lists)


kernel_part = _kernel_part()
