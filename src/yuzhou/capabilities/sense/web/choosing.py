"""Choosing nodes of an OPC UA server: for one device, or for its profile, so that the next of the kind needs no browsing."""

import json
import re
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Device, ErrandKind, Profile, PropertySpec, SeriesSpec, Statistic
from yuzhou.capabilities.sense.doors.connectors.settings import read_nodes
from yuzhou.capabilities.sense.web.connections import SECRET, called_device, connection_url
from yuzhou.kernel.errors import YuzhouError, message_for
from yuzhou.kernel.text import Text

MOST_AT_ONCE = 500
NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_.:/-]+")


def choice_of(child: dict[str, Any]) -> str:
    """A node as its checkbox carries it."""
    kept = {"node": child["node"], "name": name_of(child), "title": child["name"], "write": child["writable"]}
    return json.dumps(kept, ensure_ascii=False)


def name_of(child: dict[str, Any]) -> str:
    """A name for the property: that of the node, or the end of its id where the name has no Latin letters."""
    for text in (child["name"], child["node"].partition(";")[2].partition("=")[2], child["node"]):
        name = NOT_IN_NAMES.sub("_", text).strip("_")[:60]
        if name and NOT_IN_NAMES.sub("", text):
            return name
    return "node"


@require_POST
def browse(request: HttpRequest, device_id: UUID) -> HttpResponse:
    """Have the connector look below a node."""
    found = called_device(request, device_id, to_change=True)
    params = {"node": request.POST.get("node", "i=85")[:512]}
    errand = api.request_errand(actor=request.actor, device_id=found.id, kind=ErrandKind.BROWSE, params=params)
    return redirect("sense:errand", errand.id)


@require_POST
def choose(request: HttpRequest, device_id: UUID) -> HttpResponse:
    """Add the nodes that were ticked."""
    found = called_device(request, device_id, to_change=True)
    chosen = [one for text in request.POST.getlist("choose")[:MOST_AT_ONCE] if (one := _read(text)) is not None]
    profile = api.find_profiles(keys=[found.profile]).get(found.profile) if found.profile else None
    if not chosen:
        messages.warning(request, _("Nothing was ticked."))
        return redirect(connection_url(found.id))
    try:
        if request.POST.get("to") == "profile" and profile is not None:
            api.define_profile(actor=request.actor, profile=_extended(profile, chosen))
        else:
            _add_to_device(request, found, chosen)
    except YuzhouError as error:
        messages.error(request, message_for(error))
        return redirect(connection_url(found.id))
    number = len(chosen)
    messages.success(request, ngettext("{n} node was chosen.", "{n} nodes were chosen.", number).format(n=number))
    return redirect(connection_url(found.id))


def _read(text: str) -> dict[str, Any] | None:
    try:
        one = json.loads(text)
        return {"node": str(one["node"]), "name": str(one["name"]), "title": str(one["title"]), "write": one["write"] is True}
    except (ValueError, KeyError, TypeError):
        return None


def _extended(profile: Profile, chosen: list[dict[str, Any]]) -> Profile:
    known = {spec.name for spec in profile.properties}
    more = tuple(
        PropertySpec(one["name"], Text(one["title"], one["title"]), source={"node": one["node"], "write": one["write"]})
        for one in chosen
        if one["name"] not in known
    )
    return replace(profile, properties=profile.properties + more)


def _add_to_device(request: HttpRequest, found: Device, chosen: list[dict[str, Any]]) -> None:
    nodes = {one["name"]: one for one in found.connection.get("nodes") or []}
    for one in chosen:
        name, number = one["name"], 2
        while name in nodes and nodes[name]["node"] != one["node"]:
            name, number = f"{one['name']}-{number}", number + 1
        nodes[name] = {"name": name, "node": one["node"], "write": one["write"]}
    read_nodes(list(nodes.values()))
    _save(request, found, list(nodes.values()))
    titles = {one["node"]: one["title"] for one in chosen}
    specs = [
        SeriesSpec(name, Statistic.RTD, title=Text(titles[one["node"]], titles[one["node"]]))
        for name, one in nodes.items()
        if one["node"] in titles
    ]
    api.ensure_series(device_id=found.id, specs=specs)


def _save(request: HttpRequest, found: Device, nodes: list[dict[str, Any]]) -> None:
    settings = {**found.connection, "nodes": nodes}
    settings.pop(SECRET, None)
    api.update_device(actor=request.actor, device_id=found.id, connection=settings)


@require_POST
def forget(request: HttpRequest, device_id: UUID) -> HttpResponse:
    """Let go of nodes that were chosen; their readings stay."""
    found = called_device(request, device_id, to_change=True)
    names = set(request.POST.getlist("name"))
    _save(request, found, [one for one in found.connection.get("nodes") or [] if one.get("name") not in names])
    return redirect(reverse("sense:device-connection", args=[found.id]))
