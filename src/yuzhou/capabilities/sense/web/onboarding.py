"""Entering a device by its profile, showing its credentials once, changing it, giving it a new secret."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Device, Profile
from yuzhou.capabilities.sense.contracts.protocols import protocol_of
from yuzhou.capabilities.sense.web.device_forms import BeginForm, EditDeviceForm, NewDeviceForm, initial_of_device
from yuzhou.capabilities.sense.web.profiles import form_page, may_define
from yuzhou.capabilities.sense.web.saving import attempt
from yuzhou.capabilities.sense.web.snippets import snippets
from yuzhou.kernel.actor import CITY_PATH, Actor, lies_within
from yuzhou.kernel.errors import NotFound
from yuzhou.kernel.parties.api import list_organisations
from yuzhou.kernel.places.api import district_of, get_place, list_children, list_districts
from yuzhou.ui.pages import confirm_page, render_page
from yuzhou.ui.parts import Confirm, Crumb, Fact

REGISTER = "sense.device:register"


def districts_of(actor: Actor, permission: str = REGISTER) -> list[tuple[str, Any]]:
    """The districts where the actor may do something, wholly or in a township; the city first for whom it is open."""
    scope = actor.scope(permission)
    found = [
        (place.path, place.title)
        for place in list_districts()
        if scope.covers(place_path=place.path) or any(lies_within(path, place.path) for path in scope.place_paths)
    ]
    return [(CITY_PATH, _("The whole city")), *found] if scope.covers(place_path=CITY_PATH) else found


def places_of(actor: Actor, district: str, permission: str = REGISTER) -> list[tuple[str, Any]]:
    """The places of a district where the actor may do something, the district itself first."""
    top = get_place(path=district)
    inside = [top, *(list_children(top.path) if district != CITY_PATH else [])]
    return [(place.path, place.title) for place in inside if actor.can(permission, place_path=place.path)]


@require_http_methods(["GET", "HEAD"])
def begin(request: HttpRequest) -> HttpResponse:
    """Ask what the device is, and where."""
    request.actor.require(REGISTER)
    profiles = [(one.key, f"{one.title} · {protocol_of(one.protocol).title}") for one in api.list_profiles(order="title_zh")]
    districts = districts_of(request.actor)
    asked = request.GET if {"profile", "district"} <= request.GET.keys() else None
    form = BeginForm(asked, profiles=profiles, districts=districts, initial=request.GET.dict())
    if form.is_bound and form.is_valid():
        return redirect("sense:device-enter", form.cleaned_data["profile"], form.cleaned_data["district"])
    crumbs = [Crumb(_("Devices"), reverse("sense:devices")), Crumb(_("Enter a device"))]
    context = {"form": form, "has_profiles": bool(profiles), "may_define": may_define(request)}
    return render_page(request, "sense/device_begin.html", context, title=_("Enter a device"), crumbs=crumbs)


@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest, key: str, district: str) -> HttpResponse:
    """Ask for the rest, and enter the device."""
    request.actor.require(REGISTER)
    profile = api.get_profile(key=key)
    protocol = protocol_of(profile.protocol)
    form = NewDeviceForm(request.POST or None, protocol=protocol, places=places_of(request.actor, district))
    if request.method == "POST" and form.is_valid():
        made = attempt(form, lambda: api.onboard_device(actor=request.actor, entry=form.entry(profile.key)))
        if made is not None:
            return credentials_page(request, profile, made.device, made.secret)
    crumbs = [
        Crumb(_("Devices"), reverse("sense:devices")),
        Crumb(_("Enter a device"), f"{reverse('sense:device-new')}?profile={key}"),
        Crumb(profile.title),
    ]
    title = _("Enter a device: {profile}").format(profile=profile.title)
    return form_page(request, form, title, _("Enter the device"), reverse("sense:device-new"), crumbs)


def credentials_page(request: HttpRequest, profile: Profile, device: Device, secret: str) -> HttpResponse:
    """Show a secret once, with what to enter in the device; neither browser nor proxy may keep the page."""
    protocol = protocol_of(profile.protocol)
    context = {
        "device": device,
        "profile": profile,
        "protocol": protocol,
        "secret": secret if protocol.makes_secret else "",
        "snippets": snippets(profile, device.identity, secret),
        "address": reverse("sense:device", args=[device.id]),
    }
    crumbs = [Crumb(_("Devices"), reverse("sense:devices")), Crumb(device.title)]
    title = _("The device is entered")
    response = render_page(request, "sense/credentials.html", context, title=title, crumbs=crumbs)
    add_never_cache_headers(response)
    return response


def _writable(request: HttpRequest, device_id: UUID) -> Device:
    found = api.get_device(actor=request.actor, device_id=device_id)
    request.actor.require(REGISTER, place_path=found.place_path)
    return found


def profile_of(device: Device) -> Profile:
    """The profile of a device; one that is not stored is known by its key alone."""
    known = api.find_profiles(keys=[device.profile]).get(device.profile) if device.profile else None
    return known or Profile(device.profile, device.title, device.protocol)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, device_id: UUID) -> HttpResponse:
    """Change a device, and how it is reached."""
    found = _writable(request, device_id)
    places = places_of(request.actor, district_of(found.place_path) or CITY_PATH)
    if found.place_path not in dict(places):
        places.append((found.place_path, _place_name(found.place_path)))
    firms = list_organisations(ids=[found.operator_id]) if found.operator_id else []
    form = EditDeviceForm(
        request.POST or None,
        protocol=protocol_of(found.protocol),
        known=found.connection,
        places=places,
        initial=initial_of_device(found, firms[0].uscc if firms else ""),
    )
    if request.method == "POST" and form.is_valid():
        changed = attempt(
            form,
            lambda: api.update_device(actor=request.actor, device_id=device_id, **_kept(form.changes(), found)),
        )
        if changed is not None:
            messages.success(request, _("The changes are saved."))
            return redirect("sense:device", device_id)
    back = reverse("sense:device", args=[device_id])
    crumbs = [Crumb(_("Devices"), reverse("sense:devices")), Crumb(found.title, back), Crumb(_("Change the device"))]
    return form_page(request, form, _("Change the device"), _("Save"), back, crumbs)


def _kept(changes: dict[str, Any], found: Device) -> dict[str, Any]:
    """The changes, with what the form does not show of the connection."""
    if "connection" not in changes:
        return changes
    shown = {field.name for field in protocol_of(found.protocol).connection}
    hidden = {name: value for name, value in found.connection.items() if name not in shown}
    return {**changes, "connection": hidden | changes["connection"]}


def _place_name(path: str) -> str:
    try:
        return str(get_place(path=path).title)
    except NotFound:
        return path


@require_http_methods(["GET", "HEAD", "POST"])
def rotate(request: HttpRequest, device_id: UUID) -> HttpResponse:
    """Give it a new secret; one that it brings itself is changed where the device is."""
    found = _writable(request, device_id)
    if not protocol_of(found.protocol).makes_secret:
        return redirect("sense:device-edit", device_id)
    if request.method == "POST":
        made = api.rotate_secret(actor=request.actor, device_id=device_id)
        return credentials_page(request, profile_of(found), made.device, made.secret)
    confirm = Confirm(
        _("Give the device a new secret?"),
        _("The old one is refused at once: the device reports again when the new one is entered in it."),
        _("Make a new secret"),
        reverse("sense:device", args=[device_id]),
        facts=[Fact(_("Device"), found.title), Fact(_("Identity"), found.identity, code=True)],
    )
    return confirm_page(request, confirm)
