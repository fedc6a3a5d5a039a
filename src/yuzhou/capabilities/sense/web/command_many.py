"""One command for many devices: choose them by a filter, fill in once, look once more, follow how far it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import CommandBatch, CommandState, CommandType, DeviceState
from yuzhou.capabilities.sense.contracts.commands import FINISHED
from yuzhou.capabilities.sense.contracts.protocols import protocol_of
from yuzhou.capabilities.sense.web.command_forms import command_form, seal, unseal
from yuzhou.capabilities.sense.web.command_words import GROUPS, values_in_words
from yuzhou.capabilities.sense.web.commands import command_table
from yuzhou.capabilities.sense.web.rows import district_filter
from yuzhou.kernel.errors import Conflict, Invalid, NotFound, message_for
from yuzhou.ui.pages import render_page
from yuzhou.ui.parts import Crumb, Fact, Facts, Progress, Tile, Tiles
from yuzhou.ui.states import state_of

MOST = 1000
TOKEN, KEY, NOTE = "token", "key", "note"


@dataclass(frozen=True, slots=True)
class Choice:
    """The filter in the address, and the devices that it finds."""

    protocol: str
    profile: str
    district: str
    state: str
    text: str
    devices: list[UUID]

    @property
    def of(self) -> str:
        """The kind of device, as the address names it."""
        return f"{self.protocol}/{self.profile}"

    @property
    def query(self) -> str:
        """The filter as an address carries it."""
        asked = {"of": self.of, "district": self.district, "state": self.state, "q": self.text}
        return urlencode({name: value for name, value in asked.items() if value})


@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """Which devices, and what to tell them."""
    request.actor.require("sense.command:request")
    found = api.count_commandable(actor=request.actor)
    choice = _choice(request, found)
    kinds = api.command_types(protocol=choice.protocol, profile=choice.profile) if choice else ()
    districts = district_filter(request, "sense.command:request")
    context = {
        "choice": choice,
        "of": _kinds_of_devices(found),
        "districts": districts[0].choices if districts else [],
        "states": [(s.value, state_of("device", s).label) for s in DeviceState if s is not DeviceState.DISABLED],
        "groups": [
            (title, [(kind.title, f"{reverse('sense:command-many-new', args=[kind.name])}?{choice.query}") for kind in group])
            for key, title in GROUPS.items()
            if choice and (group := [kind for kind in kinds if kind.group is key])
        ],
        "too_many": choice is not None and len(choice.devices) > MOST,
        "most": MOST,
    }
    title = _("Command many devices")
    return render_page(request, "sense/commands_choose.html", context, title=title, crumbs=_crumbs(title))


def _kinds_of_devices(found: list[tuple[str, str, int]]) -> list[tuple[str, str]]:
    """What may be chosen, by the names that people know."""
    profiles = api.find_profiles(keys={profile for _protocol, profile, _number in found if profile})
    return [
        (f"{protocol}/{key}", f"{profiles[key].title if key in profiles else key or protocol_of(protocol).title} ({number})")
        for protocol, key, number in found
    ]


def _choice(request: HttpRequest, found: list[tuple[str, str, int]]) -> Choice | None:
    """What the address asks for; nothing where it names no kind of device and there are several."""
    named = request.GET.get("of", "")
    alone = found[0] if len(found) == 1 else ("", "", 0)
    protocol, profile, _number = next((one for one in found if f"{one[0]}/{one[1]}" == named), alone)
    if not protocol:
        return None
    district, state, text = (request.GET.get(name, "").strip() for name in ("district", "state", "q"))
    state = state if state in list(DeviceState) else ""
    devices = api.choose_commandable(
        actor=request.actor,
        protocol=protocol,
        profile=profile,
        place_path=district or None,
        state=DeviceState(state) if state else None,
        text=text,
    )
    return Choice(protocol, profile, district, state, text, devices)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, name: str) -> HttpResponse:
    """Fill in, look once more, send."""
    request.actor.require("sense.command:request")
    choice = _choice(request, api.count_commandable(actor=request.actor))
    kinds = api.command_types(protocol=choice.protocol, profile=choice.profile) if choice else ()
    kind = next((one for one in kinds if one.name == name), None)
    if choice is None or kind is None:
        raise NotFound("sense.command-unknown", name=name)
    if request.method == "POST" and TOKEN in request.POST:
        return _send(request, choice, kind)
    form = command_form(kind)(request.POST if request.method == "POST" else None)
    if (request.method == "POST" and form.is_valid()) or not kind.fields:
        return _ask_once_more(request, choice, kind, form.cleaned_data if kind.fields else {})
    context = {"form": form, "kind": kind, "number": len(choice.devices), "back": _back(choice)}
    return render_page(
        request,
        "sense/command_new.html",
        context,
        title=kind.title,
        crumbs=_crumbs(kind.title),
        status=422 if form.errors else 200,
    )


def _back(choice: Choice) -> str:
    return f"{reverse('sense:command-many')}?{choice.query}"


def _crumbs(title: Any) -> list[Crumb]:
    return [Crumb(_("Commands"), reverse("sense:commands")), Crumb(title)]


def _bound(request: HttpRequest, kind: CommandType) -> str:
    return f"{request.actor.id}:many:{kind.name}"


def _ask_once_more(request: HttpRequest, choice: Choice, kind: CommandType, values: Mapping[str, Any]) -> HttpResponse:
    shown = {field.name: "******" if field.kind == "secret" else values.get(field.name) for field in kind.fields}
    facts = [
        Fact(_("Devices"), len(choice.devices)),
        Fact(_("Command"), kind.title),
        Fact(_("Kind"), GROUPS[kind.group]),
        Fact(
            _("Values"), values_in_words({name: value for name, value in shown.items() if value not in (None, "")}, kind) or None
        ),
    ]
    carried = {"values": _plain(values), "devices": [str(one) for one in choice.devices], KEY: str(uuid4())}
    context = {
        "facts": Facts(facts, columns=1),
        "token": seal(carried, bound_to=_bound(request, kind)),
        "back": _back(choice),
        "kind": kind,
        "control": True,
        "many": True,
    }
    return render_page(request, "sense/command_confirm.html", context, title=kind.title, crumbs=_crumbs(kind.title))


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in values.items()}


def _send(request: HttpRequest, choice: Choice, kind: CommandType) -> HttpResponse:
    """To the devices that the person saw counted, not to those that the filter would find now."""
    try:
        carried = unseal(request.POST[TOKEN], bound_to=_bound(request, kind))
        batch = api.request_commands(
            actor=request.actor,
            device_ids=[UUID(one) for one in carried["devices"]],
            name=kind.name,
            params=carried["values"],
            note=request.POST.get(NOTE, ""),
            request_key=carried[KEY],
        )
    except (Conflict, Invalid) as error:
        messages.error(request, message_for(error))
        return redirect(_back(choice))
    return redirect("sense:command-batch", batch.id)


@require_safe
def batch(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """How far it is, and with which devices."""
    found = api.get_command_batch(actor=request.actor, batch_id=batch_id)
    if request.GET.get("part") == "progress":
        return render_page(request, "sense/command_progress.html", _progress(found))
    waiting = any(found.states.get(state) for state in (CommandState.AWAITING, CommandState.REQUESTED))
    context = {
        **_progress(found),
        "table": command_table(request, batch=found.id),
        "facts": Facts(
            [
                Fact(_("Asked by"), found.requested_by),
                Fact(_("Requested at"), found.requested_at),
                Fact(_("Why"), found.note or None),
                Fact(_("Values"), values_in_words(found.params, None) or None),
            ]
        ),
        "may_cancel": waiting and request.actor.can("sense.command:request"),
        "batch": found,
    }
    return render_page(request, "sense/command_batch.html", context, title=found.title, crumbs=_crumbs(found.title))


def _progress(found: CommandBatch) -> dict[str, Any]:
    url = f"{reverse('sense:command-batch', args=[found.id])}?part=progress"
    done = found.finished == found.total
    title = _("Finished") if done else _("Under way")
    note = ngettext("{finished} of {count} device", "{finished} of {count} devices", found.total).format(
        finished=found.finished, count=found.total
    )
    tiles = [
        Tile(state_of("command", state).label, found.states[state], tone=state_of("command", state).tone)
        for state in (*(s for s in CommandState if s not in FINISHED), *(s for s in CommandState if s in FINISHED))
        if found.states.get(state)
    ]
    return {
        "progress": Progress(title, found.finished, found.total, note),
        "tiles": Tiles(tiles),
        "live_url": "" if done else url,
    }


@require_POST
def cancel(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Take back what was not sent yet."""
    number = api.cancel_batch(actor=request.actor, batch_id=batch_id)
    messages.success(
        request, ngettext("{count} command was taken back.", "{count} commands were taken back.", number).format(count=number)
    )
    return redirect("sense:command-batch", batch_id)
