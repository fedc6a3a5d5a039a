"""The desk's search and the city's map: what the parts declare, as far as the actor may see."""

import sys
from collections.abc import Callable
from types import ModuleType
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.utils.translation import override

from yuzhou.kernel import registry
from yuzhou.kernel.actor import Actor, ActorKind, Grant
from yuzhou.kernel.declarations import Domain, MapLayer, Provider
from yuzhou.kernel.errors import PermissionDenied
from yuzhou.kernel.text import Text
from yuzhou.ui.city_map import visible_layers
from yuzhou.ui.search import MOST_OF_ONE, find

from .test_pages import assert_nothing_inline

pytestmark = pytest.mark.django_db
READ = "environment.outlet:read"


def person(*permissions: str, place: str = "50") -> Actor:
    grants = (Grant(role="some", permissions=frozenset(permissions), place_path=place),)
    return Actor(kind=ActorKind.PERSON, id=uuid4(), name="sample", grants=grants)


def broken(actor: Actor, text: str) -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM nowhere")
    return []


def working(actor: Actor, text: str) -> list[tuple[str, str]]:
    return [(f"<b>{text}</b> below {place}", f"/found/{place}") for place in sorted(actor.scope(READ).place_paths)]


def refusing(actor: Actor, text: str) -> list[tuple[str, str]]:
    raise PermissionDenied("kernel.permission-denied", permission="x")


def many(actor: Actor, text: str) -> list[tuple[str, str]]:
    return [(str(number), "/") for number in range(MOST_OF_ONE + 5)]


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts parts with search providers beside the installed ones; each named function is a part of its own."""
    module = ModuleType("yuzhou_search_test_part")
    monkeypatch.setitem(sys.modules, module.__name__, module)

    def install(*functions: Callable[..., object]) -> None:
        parts = []
        for function in functions:
            name = function.__name__
            setattr(module, name, function)
            run = Provider(name, f"{module.__name__}:{name}")
            parts.append(Domain(key=name, title=Text(f"样例{name}", f"Sample {name}"), search=(run,)))
        present = registry.parts()
        monkeypatch.setattr(registry, "parts", lambda: (*present, *parts))

    return install


@pytest.fixture
def signed_in(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Client]:
    """A browser of someone who is signed in."""

    def sign_in(actor: Actor, language: str = "en") -> Client:
        monkeypatch.setattr("yuzhou.project.middleware.actor_for_request", lambda request: actor)
        return Client(headers={"accept-language": language})

    return sign_in


def test_a_failing_part_is_said_and_hides_nothing(installed: Callable[..., None]) -> None:
    installed(broken, working, refusing, many)
    with override("en"):
        answers = {str(answer.title): answer for answer in find(person(READ, place="50.0106"), "abc")}
    assert answers["Sample broken"].failed
    assert not answers["Sample broken"].hits
    assert [hit.url for hit in answers["Sample working"].hits] == ["/found/50.0106"]
    assert "Sample refusing" not in answers, "what the actor may not ask for is not a failure"
    assert len(answers["Sample many"].hits) == MOST_OF_ONE


def test_each_finds_only_within_the_own_scope(installed: Callable[..., None]) -> None:
    installed(working)
    found = [
        [hit.url for answer in find(actor, "abc") for hit in answer.hits] for actor in (person(READ, place="50.0107"), person())
    ]
    assert found == [["/found/50.0107"], []]


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "This part could not be searched completely"), ("zh-hans", "这一部分未能完整搜索")],
)
def test_results_are_grouped_by_part_and_escaped(
    installed: Callable[..., None], signed_in: Callable[..., Client], language: str, said: str
) -> None:
    installed(broken, working)
    response = signed_in(person(READ), language).get("/desk/search", {"q": " abc "})
    html = response.content.decode()
    assert response.status_code == 200
    assert_nothing_inline(html, "/desk/search")
    assert said in html
    assert '<a href="/found/50">&lt;b&gt;abc&lt;/b&gt; below 50</a>' in html
    assert html.count('role="search"') == 1, "the page's own form stands for the header's"


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "What are you looking for?"), (" a ", "at least two"), ("zzzz", "Nothing found for “zzzz”"), ("<i>", "“&lt;i&gt;”")],
)
def test_empty_short_and_vain_searches_say_so(signed_in: Callable[..., Client], text: str, said: str) -> None:
    assert said in signed_in(person(READ)).get("/desk/search", {"q": text}).content.decode()


def test_the_box_stands_in_the_header_with_its_label(signed_in: Callable[..., Client]) -> None:
    html = signed_in(person(), "zh-hans").get("/desk/").content.decode()
    assert 'role="search" action="/desk/search"' in html
    assert '<span class="visually-hidden">搜索工作台</span>' in html
    assert 'href="/desk/search" aria-label="搜索"' in html


@pytest.mark.parametrize("address", ["/desk/search?q=abc", "/desk/map"])
def test_both_ask_who_is_there(client: Client, address: str) -> None:
    assert client.get(address).status_code == 302


def test_layers_are_shown_to_those_who_may_see_them(monkeypatch: pytest.MonkeyPatch) -> None:
    layers = tuple(
        MapLayer(name, Text(name, name), "ui-style-points", permission=name or None) for name in ("a.b:see", "c.d:see", "")
    )
    monkeypatch.setattr(registry, "parts", lambda: (Domain(key="x", title=Text("x", "x"), map_layers=layers),))
    assert [layer.name for _part, layer in visible_layers(person("c.d:see"))] == ["c.d:see", ""]
    assert visible_layers(Actor.public()) == []


@pytest.mark.parametrize(("language", "title"), [("en", "City map"), ("zh-hans", "城市地图")])
def test_the_map_draws_every_layer_with_its_legend(
    monkeypatch: pytest.MonkeyPatch, signed_in: Callable[..., Client], language: str, title: str
) -> None:
    more = Domain(key="x", title=Text("x", "x"), map_layers=(MapLayer("y", Text("样例层", "Sample layer"), "ui-style-points"),))
    present = registry.parts()
    monkeypatch.setattr(registry, "parts", lambda: (*present, more))
    html = signed_in(person(READ), language).get("/desk/map").content.decode()
    assert_nothing_inline(html, "/desk/map")
    assert f"<h1>{title}</h1>" in html
    assert 'data-layer="/desk/environment/outlets.geojson"' in html
    assert 'data-layer="/style/points.json"' in html
    assert html.count("data-legend=") == 2
    assert html.count('<a href="/desk/map" aria-current="page"') == 2, "in both forms of the menu"


def test_without_a_layer_there_is_no_entry_and_the_page_says_why(signed_in: Callable[..., Client]) -> None:
    html = signed_in(person()).get("/desk/map").content.decode()
    assert "No layer for you yet" in html
    assert 'href="/desk/map"' not in html
