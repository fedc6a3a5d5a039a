"""Menus: only what the actor may follow, a person's own entries first, administration last."""

from yuzhou.kernel.actor import Actor, ActorKind, Grant
from yuzhou.kernel.declarations import Face
from yuzhou.ui.navigation import groups


def person(*permissions: str) -> Actor:
    grants = (Grant(role="some", permissions=frozenset(permissions), place_path="50"),)
    return Actor(kind=ActorKind.PERSON, name="sample", grants=grants)


def urls(actor: Actor, path: str = "/desk/") -> list[str]:
    return [link.url for group in groups(actor, Face.DESK, path) for link in group.links]


def test_what_may_not_be_followed_is_not_shown() -> None:
    assert "/desk/admin/people/" not in urls(person())
    assert "/desk/admin/people/" in urls(person("kernel.account:see"))


def test_own_entries_come_first_and_administration_last() -> None:
    shown = groups(person("kernel.account:see", "environment.outlet:read"), Face.DESK, "/desk/")
    assert not str(shown[0].title)
    assert [link.url for link in shown[0].links] == ["/desk/notices/"]
    assert any(link.url == "/desk/admin/people/" for link in shown[-1].links)


def test_the_entry_that_the_page_lies_below_is_marked() -> None:
    actor = person("kernel.account:see")
    marked = [link.url for group in groups(actor, Face.DESK, "/desk/admin/people/new/") for link in group.links if link.active]
    assert marked == ["/desk/admin/people/"]


def test_the_portal_shows_nothing_of_the_desk() -> None:
    assert all(
        "/desk/" not in link.url for group in groups(person("kernel.account:see"), Face.PORTAL, "/") for link in group.links
    )
