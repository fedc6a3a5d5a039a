"""The connection of a device that we call: how it stands, its settings, a test in words."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import ConnectionNote, Device, Errand, ErrandKind, ErrandState
from yuzhou.capabilities.sense.contracts.protocols import OPCUA_SECURITIES
from yuzhou.capabilities.sense.doors.connectors.settings import CLOCKS, read_modbus, read_opcua
from yuzhou.capabilities.sense.web.devices import device_page
from yuzhou.kernel.errors import Invalid, NotFound, word
from yuzhou.ui.pages import render_page
from yuzhou.ui.parts import Crumb, Fact, Facts

REGISTER = "sense.device:register"
READERS = {"modbus": read_modbus, "opcua": read_opcua}
SECRET = "password"  # noqa: S105 - the name of a field


def is_called(device: Device) -> bool:
    """Whether we call the device, so that it has a connection to show."""
    return device.protocol in READERS


class ModbusForm(forms.Form):
    """How a Modbus device is reached."""

    host = forms.CharField(label=gettext_lazy("Host"), max_length=253)
    port = forms.IntegerField(label=gettext_lazy("Port"), min_value=1, max_value=65535, initial=502)
    unit = forms.IntegerField(label=gettext_lazy("Unit number of the device"), min_value=0, max_value=255, initial=1)
    interval = forms.FloatField(label=gettext_lazy("Seconds between polls"), min_value=0.1, max_value=86400, initial=5)
    gap = forms.IntegerField(
        label=gettext_lazy("Registers that may be read over"), min_value=0, max_value=124, initial=8, required=False
    )
    keep_frames = forms.BooleanField(label=gettext_lazy("Keep the answers as raw frames"), initial=True, required=False)


class OpcUaForm(forms.Form):
    """How an OPC UA server is reached."""

    endpoint = forms.CharField(label=gettext_lazy("Endpoint (opc.tcp://…)"), max_length=500)
    security = forms.ChoiceField(label=gettext_lazy("Security"), choices=OPCUA_SECURITIES)
    user = forms.CharField(label=gettext_lazy("User name"), required=False, max_length=200)
    password = forms.CharField(
        label=gettext_lazy("Password"),
        required=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Leave empty to keep the one that is stored. It goes when the endpoint or the user changes."),
    )
    sampling = forms.FloatField(label=gettext_lazy("Seconds between samples"), min_value=0.1, max_value=86400, initial=1)
    publishing = forms.FloatField(label=gettext_lazy("Seconds between messages"), min_value=0.1, max_value=86400, initial=1)
    deadband = forms.FloatField(label=gettext_lazy("Smallest change that is told"), min_value=0, initial=0, required=False)
    history = forms.BooleanField(label=gettext_lazy("Fill gaps from the server's history"), initial=True, required=False)
    clock = forms.ChoiceField(
        label=gettext_lazy("Whose clock counts"),
        choices=list(zip(CLOCKS, (gettext_lazy("The device's"), gettext_lazy("Ours")), strict=True)),
    )


FORMS = {"modbus": ModbusForm, "opcua": OpcUaForm}


def connection_url(device_id: UUID) -> str:
    """Where the connection of a device is shown."""
    return reverse("sense:device-connection", args=[device_id])


def called_device(request: HttpRequest, device_id: UUID, *, to_change: bool = False) -> Device:
    """The device, if it is one that we call."""
    found = api.get_device(actor=request.actor, device_id=device_id)
    if not is_called(found):
        raise NotFound("sense.device-unknown")
    if to_change:
        request.actor.require(REGISTER, place_path=found.place_path)
    return found


@require_http_methods(["GET", "HEAD", "POST"])
def connection(request: HttpRequest, device_id: UUID) -> HttpResponse:
    """How it stands; its settings, for those who may change them."""
    found = called_device(request, device_id, to_change=request.method == "POST")
    may_change = request.actor.can(REGISTER, place_path=found.place_path)
    form = FORMS[found.protocol](request.POST or None, initial=dict(found.connection) | {SECRET: ""})
    if request.method == "POST" and form.is_valid() and _saved(request, found, form):
        messages.success(request, _("Saved. The connector takes it on within seconds."))
        return redirect(connection_url(found.id))
    note = api.get_connection_note(actor=request.actor, device_id=found.id)
    context = {
        "facts": Facts(_facts(found, note)),
        "refused": _refused(note),
        "form": form if may_change else None,
        "may_browse": may_change and found.protocol == "opcua" and bool(found.connection),
        "may_test": may_change and bool(found.connection),
        "nodes": found.connection.get("nodes") or [],
    }
    return device_page(request, found, "sense/connection.html", context, "connection")


def _saved(request: HttpRequest, found: Device, form: forms.Form) -> bool:
    given = {name: value for name, value in form.cleaned_data.items() if value not in (None, "") or name == "user"}
    settings = {**found.connection, **given}
    if not form.cleaned_data.get(SECRET):
        settings.pop(SECRET, None)  # what is stored stays
    try:
        READERS[found.protocol](settings)
        saved = api.update_device(actor=request.actor, device_id=found.id, connection=settings)
        if SECRET in found.connection and SECRET not in saved.connection:
            messages.warning(request, _("The address or the user is another: the stored password is gone, enter it again."))
    except Invalid as error:
        field = error.params.get("field") or getattr(error, "field", None)
        form.add_error(field if field in form.fields else None, word(error.code, {"field": field, **error.params}))
        return False
    return True


def _facts(found: Device, note: ConnectionNote | None) -> list[Fact]:
    if not found.connection:
        return [Fact(_("Connection"), _("Not set up yet"))]
    if note is None:
        return [Fact(_("Connection"), _("The connector has not looked at it yet"))]
    facts = [
        Fact(_("Connection"), note.state.value, states="connection"),
        Fact(_("Since"), note.at),
    ]
    if note.code:
        facts.append(Fact(_("Why"), word_code(note.code, note.params)))
    titles = {
        "requests": _("Requests in a round"),
        "properties": _("Properties read"),
        "nodes": _("Nodes subscribed"),
        "clock_ahead": _("Clock ahead of ours"),
    }
    for name, title in titles.items():
        if name in note.details:
            facts.append(Fact(title, note.details[name], unit="s" if name == "clock_ahead" else ""))
    if note.details.get("text"):
        facts.append(Fact(_("No numbers"), ", ".join(note.details["text"])))
    return facts


def _refused(note: ConnectionNote | None) -> list[tuple[str, str]]:
    refused = note.details.get("refused", {}) if note else {}
    return [(name, word_code(code, {})) for name, code in refused.items()]


def word_code(code: str, params: Any) -> str:
    """A code of a connector in words; where its sentence wants more than is known, the code itself."""
    try:
        return word(code, dict(params))
    except (KeyError, IndexError, ValueError):
        return code


@require_POST
def test(request: HttpRequest, device_id: UUID) -> HttpResponse:
    """Have the saved connection tested."""
    found = called_device(request, device_id, to_change=True)
    errand = api.request_errand(actor=request.actor, device_id=found.id, kind=ErrandKind.TEST, params={})
    return redirect("sense:errand", errand.id)


@require_POST
def accept(request: HttpRequest, device_id: UUID) -> HttpResponse:
    """Take the certificate that the server showed in a test for right."""
    found = called_device(request, device_id, to_change=True)
    settings = {**found.connection, "certificate": request.POST.get("certificate", "")[:64]}
    settings.pop(SECRET, None)
    api.update_device(actor=request.actor, device_id=found.id, connection=settings)
    messages.success(request, _("The certificate is accepted."))
    return redirect(connection_url(found.id))


@require_safe
def errand(request: HttpRequest, errand_id: UUID) -> HttpResponse:
    """How far it is; what was found. A page asks again every second until it is over."""
    found = api.get_errand(actor=request.actor, errand_id=errand_id)
    device = called_device(request, found.device_id, to_change=True)
    context = {"errand": found, "device": device, "is_open": is_open(found), "steps": _steps(found), **results(found, device)}
    if request.headers.get("HX-Request"):
        name = "errand_children" if found.kind is ErrandKind.BROWSE else "errand_test"
        return render_page(request, f"sense/{name}.html", context)
    title = _("Test of the connection") if found.kind is ErrandKind.TEST else _("Nodes of the server")
    crumbs = [
        Crumb(_("Devices"), reverse("sense:devices")),
        Crumb(device.title, reverse("sense:device", args=[device.id])),
        Crumb(_("Connection"), connection_url(device.id)),
        Crumb(title),
    ]
    template = "sense/browse.html" if found.kind is ErrandKind.BROWSE else "sense/errand.html"
    return render_page(request, template, context, title=title, crumbs=crumbs)


def is_open(found: Errand) -> bool:
    """Whether it is still under way."""
    return found.state in (ErrandState.WAITING, ErrandState.RUNNING)


def _steps(found: Errand) -> list[tuple[bool, str]]:
    return [(step.good, word_code(step.code, step.params)) for step in found.steps]


def results(found: Errand, device: Device) -> dict[str, Any]:
    """What the pages show of the result."""
    shown = next((s.params.get("certificate") for s in found.steps if "certificate" in s.params), "")
    return {
        "values": found.result.get("values", []),
        "certificate": shown if shown and shown != device.connection.get("certificate") else "",
        "children": _children(found.result.get("children", []), device),
    }


def _children(children: list[dict[str, Any]], device: Device) -> list[dict[str, Any]]:
    from yuzhou.capabilities.sense.web.choosing import choice_of

    chosen = {node.get("node") for node in device.connection.get("nodes") or []}
    return [child | {"choice": choice_of(child), "is_chosen": child["node"] in chosen} for child in children]
