"""Checks of what the installed parts declare, as Django system checks: a part that does not fit is refused at start."""

import re
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import croniter
from django.apps import apps
from django.core import checks
from django.urls import NoReverseMatch, reverse
from pydantic import BaseModel

from yuzhou.kernel import registry
from yuzhou.kernel.declarations import Part

PERMISSION_KEY = re.compile(r"[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*:[a-z][a-z0-9-]*")
EVENT_NAME = re.compile(r"([a-z][a-z0-9-]*)\.[A-Z][A-Za-z0-9]*@[1-9][0-9]*")

UNIQUE = {
    "permissions": "key",
    "roles": "key",
    "jobs": "name",
    "tickers": "name",
    "services": "name",
    "commands": "name",
    "widgets": "name",
    "map_layers": "name",
    "worklist": "name",
    "search": "name",
    "reference_data": "name",
    "demo": "name",
    "health": "name",
    "plan_systems": "key",
}
RUNS = ("jobs", "tickers", "widgets", "worklist", "search", "reference_data", "demo", "commands", "health")
GUARDED = ("navigation", "widgets", "map_layers")
LINKED = ("navigation", "map_layers")

Found = Iterator[checks.CheckMessage]


def register() -> None:
    """Make Django run the checks at start and at `manage check`."""
    checks.register(check_parts)


def check_parts(**_options: Any) -> list[checks.CheckMessage]:
    """Everything that is wrong with the installed parts."""
    return [found for check in CHECKS for found in check()]


def _error(number: int, part: Part | None, message: str) -> checks.Error:
    return checks.Error(message, obj=f"part {part.key}" if part else "registry", id=f"yuzhou.E{number:03}")


def keys_are_unique() -> Found:
    """No two parts share a key, nor two declared things of a kind a name."""
    yield from _duplicates("part", ((part, part.key) for part in registry.parts()))
    for attribute, key in UNIQUE.items():
        yield from _duplicates(attribute, ((part, getattr(item, key)) for part, item in registry.every(attribute)))


def _duplicates(kind: str, named: Iterator[tuple[Part, str]]) -> Found:
    seen: dict[str, Part] = {}
    for part, name in named:
        if name in seen:
            yield _error(1, part, f"{kind}: {name} is already declared by {seen[name].key}")
        seen.setdefault(name, part)


def code_resolves() -> Found:
    """Every dotted name leads to something that can be called, every module of URLs imports."""
    for attribute in RUNS:
        for part, item in registry.every(attribute):
            yield from _resolves(part, item.run)
    for part, subscription in registry.every("subscriptions"):
        yield from _resolves(part, subscription.handler)
    for part, name in registry.every("device_profiles"):
        yield from _imports(part, registry.resolve, name)
    for part, mount in registry.every("mounts"):
        yield from _imports(part, import_module, mount.urls)
    for part in registry.parts():
        if part.api:
            yield from _imports(part, registry.resolve, part.api)
        for app in part.apps:
            if not apps.is_installed(app):
                yield _error(2, part, f"the Django app {app} is not installed")


def _resolves(part: Part, name: str) -> Found:
    try:
        found = registry.resolve(name)
    except Exception as error:  # whatever importing a part's module raises
        yield _error(2, part, f"{name} does not resolve: {error!r}")
        return
    if not callable(found):
        yield _error(2, part, f"{name} cannot be called")


def _imports(part: Part, load: Callable[[str], Any], name: str) -> Found:
    try:
        load(name)
    except Exception as error:  # whatever importing a part's module raises
        yield _error(2, part, f"{name} does not import: {error!r}")


def permissions_are_declared() -> Found:
    """Permissions are well named, and roles and pages ask for declared ones only."""
    known = registry.permissions()
    for key, owner in known.items():
        if not PERMISSION_KEY.fullmatch(key) or key.partition(".")[0] != owner:
            yield _error(3, None, f"the permission {key} of {owner} is not named {owner}.noun:verb")
    for part, role in registry.every("roles"):
        for key in role.permissions:
            if key not in known:
                yield _error(3, part, f"the role {role.key} holds {key}, which no part declares")
    for attribute in GUARDED:
        for part, item in registry.every(attribute):
            if item.permission is not None and item.permission not in known:
                yield _error(3, part, f"{attribute}: {item.title.en} needs {item.permission}, which no part declares")


def links_resolve() -> Found:
    """Every named URL of menus and layers exists."""
    for attribute in LINKED:
        for part, item in registry.every(attribute):
            try:
                reverse(item.url_name)
            except NoReverseMatch as error:
                yield _error(4, part, f"{attribute}: {item.url_name}: {error}")


def events_fit() -> Found:
    """Events are well named, once, by their own part; and subscriptions listen to something."""
    names: dict[str, Part] = {}
    for part, path in registry.every("events"):
        try:
            kind = registry.resolve(path)
        except Exception as error:  # whatever importing a part's module raises
            yield _error(5, part, f"the event {path} does not resolve: {error!r}")
            continue
        name = getattr(kind, "name", "")
        matched = EVENT_NAME.fullmatch(name) if isinstance(name, str) else None
        if not (isinstance(kind, type) and issubclass(kind, BaseModel)) or matched is None or matched[1] != part.key:
            yield _error(5, part, f"the event {path} is not an Event named {part.key}.NounVerbed@version")
        elif name in names:
            yield _error(5, part, f"the event {name} is already declared by {names[name].key}")
        names[name] = part
    for part, subscription in registry.every("subscriptions"):
        if subscription.event not in names:
            yield _error(6, part, f"{subscription.handler} listens to {subscription.event}, which no part declares")


def claims_name_the_plan() -> Found:
    """`makes(…)` names systems of the plan and their parts, and `uses` names capabilities."""
    systems = registry.plan_systems()
    for part, claim in registry.every("makes"):
        system = systems.get(claim.system)
        if system is None:
            yield _error(7, part, f"makes {claim.system}, which the plan does not have")
        elif claim.part not in system.parts:
            yield _error(7, part, f"makes {claim.system} part {claim.part}, which is none of {', '.join(system.parts)}")
    known = {capability.key for capability in registry.capabilities()}
    for domain in registry.domains():
        for key in set(domain.uses) - known:
            yield _error(7, domain, f"uses the capability {key}, which is not installed")


def times_are_readable() -> Found:
    """Cron lines parse, and tickers have a pace."""
    for part, job in registry.every("jobs"):
        if not croniter.croniter.is_valid(job.cron):
            yield _error(8, part, f"the job {job.name} has no cron line: {job.cron}")
    for part, ticker in registry.every("tickers"):
        if ticker.every_seconds <= 0:
            yield _error(8, part, f"the ticker {ticker.name} has no pace")


CHECKS: tuple[Callable[[], Found], ...] = (
    keys_are_unique,
    code_resolves,
    permissions_are_declared,
    links_resolve,
    events_fit,
    claims_name_the_plan,
    times_are_readable,
)
