"""The commands of one device: what it can be told, by group and with what became of it last; what it was told."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Command, CommandGroup, CommandLock, CommandType, Device
from yuzhou.capabilities.sense.web.command_words import GROUPS, LOCKS
from yuzhou.capabilities.sense.web.commands import command_table, command_url
from yuzhou.capabilities.sense.web.devices import device_page
from yuzhou.ui.display import show_time
from yuzhou.ui.parts import Note


@dataclass(frozen=True, slots=True)
class Offer:
    """A command that may be asked for, with its newest one. `at_once`: it needs neither values nor a second look."""

    title: str
    url: str
    at_once: bool
    last: Command | None
    last_url: str


@dataclass(frozen=True, slots=True)
class OfferGroup:
    """Commands of one kind."""

    title: str
    offers: list[Offer]


@require_safe
def commands(request: HttpRequest, device_id: UUID) -> HttpResponse:
    """What it can be told and what it was told."""
    device = api.get_device(actor=request.actor, device_id=device_id)
    may = request.actor.can("sense.command:request", place_path=device.place_path)
    text = request.GET.get("find", "").strip()
    alarm = quote(request.GET.get("alarm", ""))
    offered = api.command_types(protocol=device.protocol, profile=device.profile) if may else ()
    last = api.last_commands(actor=request.actor, device_id=device.id) if offered else {}
    context = {
        "table": command_table(request, device),
        "groups": _groups(device, [kind for kind in offered if _mentions(kind, text)], last, alarm),
        "offered": bool(offered),
        "find": text,
        "locks": [lock_note(one) for one in api.list_locks(actor=request.actor, device_ids=[device.id])],
        "guards": len(api.list_interlocks(actor=request.actor, device_id=device.id)),
    }
    return device_page(request, device, "sense/device_commands.html", context, "commands")


def _mentions(kind: CommandType, text: str) -> bool:
    words = f"{kind.name} {kind.title.zh} {kind.title.en}".lower()
    return all(word in words for word in text.lower().split())


def _groups(device: Device, offered: list[CommandType], last: Mapping[str, Command], alarm: str) -> list[OfferGroup]:
    found = [
        OfferGroup(
            str(GROUPS[group]), [_offer(device, kind, last.get(kind.name), alarm) for kind in offered if kind.group is group]
        )
        for group in CommandGroup
    ]
    return [group for group in found if group.offers]


def _offer(device: Device, kind: CommandType, last: Command | None, alarm: str) -> Offer:
    at_once = kind.group is CommandGroup.READ and not kind.fields
    url = reverse("sense:command-new", args=[device.id, kind.name]) + (f"?alarm={alarm}" if alarm else "")
    return Offer(str(kind.title), url, at_once, last, command_url(last) if last else "")


def lock_note(lock: CommandLock) -> Note:
    """Who locked the device, how long and why."""
    text = _("{by} locked it until {until}: {reason}. Only commands that read pass.").format(
        by=lock.locked_by, until=show_time(lock.until), reason=lock.reason
    )
    return Note(LOCKS[lock.kind], text, tone="warning")
