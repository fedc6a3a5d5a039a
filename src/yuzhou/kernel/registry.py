"""The parts that are installed, found by entry points; nothing here names one."""

from collections.abc import Iterator
from functools import lru_cache
from importlib.metadata import entry_points
from pkgutil import resolve_name
from typing import Any

from yuzhou.kernel.declarations import Capability, Domain, Part, PlanSystem, Role

KERNEL_PART = "yuzhou.kernel.part:kernel_part"
CAPABILITIES = "yuzhou.capabilities"
DOMAINS = "yuzhou.domains"


@lru_cache(maxsize=1)
def parts() -> tuple[Part, ...]:
    """The kernel's own part, then the capabilities, then the domains, each group in the order of keys."""
    found: list[Part] = [resolve_name(KERNEL_PART)]
    for group in (CAPABILITIES, DOMAINS):
        loaded = [entry.load() for entry in entry_points(group=group)]
        found += sorted(loaded, key=lambda part: part.key)
    return tuple(found)


def capabilities() -> tuple[Capability, ...]:
    """The installed capabilities."""
    return tuple(part for part in parts() if isinstance(part, Capability))


def domains() -> tuple[Domain, ...]:
    """The installed domains."""
    return tuple(part for part in parts() if isinstance(part, Domain))


def resolve(name: str) -> Any:
    """The object that `module:attribute` names."""
    return resolve_name(name)


def django_apps() -> list[str]:
    """The Django apps of all installed parts."""
    return [app for part in parts() for app in part.apps]


def roles() -> dict[str, Role]:
    """Every declared role by key."""
    return {role.key: role for part in parts() for role in part.roles}


def permissions() -> dict[str, str]:
    """Every declared permission with the key of the part that declares it."""
    return {permission.key: part.key for part in parts() for permission in part.permissions}


def plan_systems() -> dict[str, PlanSystem]:
    """Every system of the plan by key."""
    return {system.key: system for domain in domains() for system in domain.plan_systems}


def every(attribute: str) -> Iterator[tuple[Part, Any]]:
    """Each declared item of one kind (`jobs`, `widgets`, …) with its part."""
    for part in parts():
        for item in getattr(part, attribute, ()):
            yield part, item
