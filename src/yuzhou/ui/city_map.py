"""The city's map with the layers of all parts that the actor may see."""

from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from yuzhou.kernel import registry
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.declarations import MapLayer, Part
from yuzhou.kernel.requests import Request
from yuzhou.ui.maps import Layer, MapView
from yuzhou.ui.pages import render_page
from yuzhou.ui.parts import Crumb, Empty


def visible_layers(actor: Actor) -> list[tuple[Part, MapLayer]]:
    """The declared layers that the actor may see, each with its part."""
    if not actor.is_signed_in:
        return []
    return [
        (part, layer) for part, layer in registry.every("map_layers") if layer.permission is None or actor.can(layer.permission)
    ]


def city_map(request: Request) -> HttpResponse:
    """All layers on one map; the same points stand below it as a list."""
    if not request.actor.is_signed_in:
        return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
    shown = visible_layers(request.actor)
    context: dict[str, Any] = {"map": _view(shown)} if shown else {"empty": _nothing()}
    crumbs = [Crumb(_("My desk"), "/desk/"), Crumb(_("City map"))]
    return render_page(request, "ui/city_map.html", context, title=_("City map"), crumbs=crumbs)


def _view(shown: list[tuple[Part, MapLayer]]) -> MapView:
    layers = [Layer(reverse(layer.url_name), layer.title, states=layer.states) for _part, layer in shown]
    subjects = dict.fromkeys(part.key for part, _layer in shown)
    return MapView(_("City map"), layers, districts=reverse("places:districts"), live=" ".join(subjects))


def _nothing() -> Empty:
    return Empty(_("No layer for you yet"), _("Your roles let you see none of the map's layers."), icon="map")
