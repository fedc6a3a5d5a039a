"""The menus, gathered from what the parts declare and shown as far as the actor may go."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse

from yuzhou.kernel import registry
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.declarations import Face, NavItem

OWN = ""
KERNEL = "kernel"
OWN_BELOW = 100  # entries of the kernel below this order are everybody's own, such as the inbox; those above administer


@dataclass(frozen=True, slots=True)
class Link:
    """An entry of a menu with its address."""

    title: Any
    url: str
    icon: str
    active: bool


@dataclass(frozen=True, slots=True)
class Group:
    """The entries of one part under its title; a person's own entries have none."""

    title: Any
    links: tuple[Link, ...]
    is_of_kernel: bool = False


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
    """A face's menu, the entry that `path` lies below marked: a person's own entries, each part's, administration last."""
    entries = sorted(_entries(actor, face), key=lambda entry: entry[1].order)
    here = max((url for _, _, url in entries if path == url or path.startswith(url.rstrip("/") + "/")), key=len, default="")
    by_part: dict[str, tuple[Any, list[Link]]] = {OWN: ("", [])}
    for part, item, url in entries:
        key, title = (OWN, "") if part.key == KERNEL and item.order < OWN_BELOW else (part.key, part.title)
        by_part.setdefault(key, (title, []))[1].append(Link(item.title, url, item.icon, url == here))
    if KERNEL in by_part:
        by_part[KERNEL] = by_part.pop(KERNEL)
    return [Group(title, tuple(links), key in (OWN, KERNEL)) for key, (title, links) in by_part.items() if links]
