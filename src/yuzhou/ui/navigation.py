"""The menus, gathered from what the parts declare and shown as far as the actor may go."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse

from yuzhou.kernel import registry
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.declarations import Face, NavItem


@dataclass(frozen=True, slots=True)
class Link:
    """An entry of a menu with its address."""

    title: Any
    url: str
    icon: str
    active: bool


@dataclass(frozen=True, slots=True)
class Group:
    """The entries of one part under its title."""

    title: Any
    links: tuple[Link, ...]


def may_follow(actor: Actor, item: NavItem) -> bool:
    """Whether an entry is for this actor."""
    return item.permission is None or actor.can(item.permission)


def _address(item: NavItem) -> str | None:
    try:
        return reverse(item.url_name)
    except NoReverseMatch:
        return None


def _entries(actor: Actor, face: Face) -> Iterator[tuple[Any, NavItem, str]]:
    for part, item in registry.every("navigation"):
        if item.face is face and may_follow(actor, item) and (url := _address(item)):
            yield part, item, url


def groups(actor: Actor, face: Face, path: str) -> list[Group]:
    """The menu of a face: each part's entries by their order, the one that `path` lies below marked."""
    entries = sorted(_entries(actor, face), key=lambda entry: entry[1].order)
    here = max((url for _, _, url in entries if path == url or path.startswith(url.rstrip("/") + "/")), key=len, default="")
    by_part: dict[str, tuple[Any, list[Link]]] = {}
    for part, item, url in entries:
        by_part.setdefault(part.key, (part.title, []))[1].append(Link(item.title, url, item.icon, url == here))
    return [Group(title, tuple(links)) for title, links in by_part.values()]
