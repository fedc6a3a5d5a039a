"""Naming a device in a form: type a part of its name or identity, choose from what is found."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Device

MOST = 12


def options_html(options: Iterable[tuple[str, Any]]) -> SafeString:
    """Options of a datalist: what is entered, and what is read beside it."""
    return format_html_join("", '<option value="{}">{}</option>', options)


class SuggestInput(forms.TextInput):
    """A line with suggestions, beside which anything may be typed."""

    def __init__(self, options: Iterable[tuple[str, Any]] = (), attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"} | (attrs or {}))
        self.options = list(options)

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        found = f"{name}-found"
        shown = super().render(name, value, {**(attrs or {}), "list": found, **self.search(found)}, renderer)
        return format_html('{}<datalist id="{}">{}</datalist>', shown, found, options_html(self.options))

    def search(self, found: str) -> dict[str, str]:
        """The attributes that fetch more suggestions."""
        return {}


class DeviceInput(SuggestInput):
    """The identity of a device, found by any part of its name or identity."""

    def search(self, found: str) -> dict[str, str]:
        return {
            "hx-get": reverse("sense:device-suggest"),
            "hx-trigger": "focus once, input changed delay:200ms",
            "hx-target": f"#{found}",
            "hx-swap": "innerHTML",
        }


@require_safe
def suggest(request: HttpRequest) -> HttpResponse:
    """Devices that the typed text finds, as options; the one parameter may bear any name."""
    request.actor.require("sense.device:read")
    text = str(next(iter(request.GET.values()), ""))[:128]
    found = api.list_devices(actor=request.actor, text=text, limit=MOST)
    return HttpResponse(options_html((device.identity, device.title) for device in found))


def find_device(request: HttpRequest, named: str, profile: str = "") -> Device | None:
    """The device of an identity that the actor may see; else the only one of that name."""
    named = named.strip()
    if not named:
        return None
    devices = list(api.list_devices(actor=request.actor, text=named, profile=profile or None, limit=50))
    titled = [device for device in devices if named in (device.title.zh, device.title.en)]
    exact = next((device for device in devices if device.identity == named), None)
    return exact or (titled[0] if len(titled) == 1 else None)
