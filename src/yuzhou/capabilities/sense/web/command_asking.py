"""Telling a device something: fill in, look once more at what changes anything, send."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Command, CommandCause, CommandGroup, CommandState, CommandType, Device
from yuzhou.capabilities.sense.web.command_device import lock_note
from yuzhou.capabilities.sense.web.command_forms import command_form, seal, unseal
from yuzhou.capabilities.sense.web.command_words import GROUPS, kinds_of, values_in_words, word_answer
from yuzhou.capabilities.sense.web.commands import command_url
from yuzhou.kernel.errors import Conflict, Invalid, NotFound, message_for, word
from yuzhou.ui.pages import render_page
from yuzhou.ui.parts import Crumb, Fact, Facts, Note

TOKEN, KEY, HIDDEN = "token", "key", "******"


@dataclass(frozen=True, slots=True)
class Asking:
    """What is being asked of which device, and why."""

    device: Device
    kind: CommandType
    alarm_id: UUID | None = None
    again: Command | None = None

    @property
    def back(self) -> str:
        """Where people came from."""
        if self.again:
            return command_url(self.again)
        return reverse("sense:alarm", args=[self.alarm_id]) if self.alarm_id else self.commands

    @property
    def commands(self) -> str:
        """The commands of the device."""
        return reverse("sense:device-commands", args=[self.device.id])

    @property
    def is_harmless(self) -> bool:
        """Reading needs no second look."""
        return self.kind.group is CommandGroup.READ


@require_http_methods(["GET", "HEAD", "POST"])
def new_command(request: HttpRequest, device_id: UUID, name: str) -> HttpResponse:
    """Tell a device to do something."""
    asking = _asking(request, device_id, name)
    if request.method == "POST" and TOKEN in request.POST:
        return _confirmed(request, asking)
    form_class = command_form(asking.kind)
    given = {key: value for key, value in asking.again.params.items() if value != HIDDEN} if asking.again else {}
    form = form_class(request.POST if request.method == "POST" else None, initial=given)
    if request.method == "POST" and (not asking.kind.fields or form.is_valid()):
        values = form.cleaned_data if asking.kind.fields else {}
        try:
            return _send(request, asking, values, str(uuid4())) if asking.is_harmless else _ask_once_more(request, asking, values)
        except (Invalid, Conflict) as error:
            field = getattr(error, "field", None)
            form.is_valid()
            form.add_error(field if field in form.fields else None, message_for(error))
    elif request.method != "POST" and not asking.kind.fields:
        return _ask_once_more(request, asking, {})
    locks = [] if asking.is_harmless else api.list_locks(actor=request.actor, device_ids=[asking.device.id])
    context = {
        "form": form,
        "device": asking.device,
        "kind": asking.kind,
        "back": asking.back,
        "harmless": asking.is_harmless,
        "online": asking.device.state == "online",
        "locks": [lock_note(one) for one in locks],
    }
    return _page(request, asking, "sense/command_new.html", context, status=422 if form.errors else 200)


def _asking(request: HttpRequest, device_id: UUID, name: str) -> Asking:
    actor = request.actor
    device = api.get_device(actor=actor, device_id=device_id)
    actor.require("sense.command:request", place_path=device.place_path)
    kind = kinds_of(device).get(name)
    if kind is None:
        raise NotFound("sense.command-unknown", name=name)
    alarm, again = _uuid(request.GET.get("alarm")), _uuid(request.GET.get("again"))
    if alarm and api.get_alarm(actor=actor, alarm_id=alarm).device_id != device.id:
        alarm = None
    before = api.get_command(actor=actor, command_id=again) if again else None
    if before and (before.device_id, before.name) != (device.id, name):
        before = None
    return Asking(device, kind, alarm, before)


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _bound(request: HttpRequest, asking: Asking) -> str:
    return f"{request.actor.id}:{asking.device.id}:{asking.kind.name}"


def _ask_once_more(request: HttpRequest, asking: Asking, values: dict[str, Any]) -> HttpResponse:
    """What will be sent, what forbids it, and a button."""
    device, kind = asking.device, asking.kind
    plain = {field.name: HIDDEN if field.kind == "secret" else values.get(field.name) for field in kind.fields}
    shown = {name: value for name, value in plain.items() if value not in (None, "")}
    reasons, two = api.check_command(actor=request.actor, device_id=device.id, name=kind.name, params=values)
    facts = [
        Fact(_("Device"), device.title),
        Fact(_("State"), device.state, states="device"),
        Fact(_("Command"), kind.title),
        Fact(_("Kind"), GROUPS[kind.group]),
        *([Fact(_("Values"), values_in_words(shown, kind))] if shown else []),
    ]
    context = {
        "facts": Facts(facts, columns=1),
        "refusals": [Note(_("This cannot go now"), word(one.code, dict(one.params)), tone="critical") for one in reasons],
        "two": Note(_("A second person must approve it"), _("It waits for an hour, then it expires."), tone="warning")
        if two
        else None,
        "token": seal({**values, KEY: str(uuid4())}, bound_to=_bound(request, asking)),
        "control": kind.group is CommandGroup.CONTROL,
        "back": asking.back,
        "kind": kind,
    }
    return _page(request, asking, "sense/command_confirm.html", context)


def _confirmed(request: HttpRequest, asking: Asking) -> HttpResponse:
    try:
        values = unseal(request.POST[TOKEN], bound_to=_bound(request, asking))
        return _send(request, asking, values, values.pop(KEY), request.POST.get("note", ""))
    except (Conflict, Invalid) as error:
        messages.error(request, message_for(error))
        return redirect(request.get_full_path())


def _send(request: HttpRequest, asking: Asking, values: dict[str, Any], key: str, note: str = "") -> HttpResponse:
    """Ask for it; a second press of the button asks for nothing more (`key`)."""
    if asking.again:
        command = api.retry_command(
            actor=request.actor, command_id=asking.again.id, params=values, request_key=key, keep_refused=True
        )
    else:
        command = api.request_command(
            actor=request.actor,
            device_id=asking.device.id,
            name=asking.kind.name,
            params=values,
            request_key=key,
            cause=CommandCause(alarm_id=asking.alarm_id, note=note),
            keep_refused=True,
        )
    if command.state is CommandState.REFUSED:
        messages.error(request, word_answer(command))
    elif command.state is CommandState.AWAITING:
        messages.success(request, _("The command waits for a second person."))
    elif asking.device.state == "online":
        messages.success(request, _("The device is online: the command is sent at once."))
    else:
        messages.success(request, _("The command waits for the device."))
    return redirect(asking.commands if asking.is_harmless else command_url(command))


def _page(request: HttpRequest, asking: Asking, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    crumbs = [
        Crumb(_("Devices"), reverse("sense:devices")),
        Crumb(asking.device.title, asking.commands),
        Crumb(asking.kind.title),
    ]
    return render_page(request, template, context, title=asking.kind.title, crumbs=crumbs, status=status)
