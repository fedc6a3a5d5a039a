"""Changing many devices at once: ticked in the list or all that its filter finds; asked once more, then told what did not go."""

from collections.abc import Iterator
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import DeviceAct, DeviceBatch, DeviceBatchStatus, DeviceFault
from yuzhou.capabilities.sense.web.device_table import ACTS, CHOICES, device_columns, device_filter
from yuzhou.capabilities.sense.web.newest import with_values
from yuzhou.capabilities.sense.web.rows import device_rows
from yuzhou.kernel.errors import Invalid, NotFound, message_for, word
from yuzhou.ui.pages import render_page
from yuzhou.ui.parts import Crumb, Fact, Facts, Note, Progress
from yuzhou.ui.tables import Column, Table

EXPORT = "export"


@require_POST
def choose(request: HttpRequest) -> HttpResponseBase:
    """Keep what was chosen and show it once more; a file of it is given at once."""
    asked = {name: value for name in CHOICES if (value := request.POST.get(name, "").strip())}
    takes_all = request.POST.get("which") == "all"
    back = f"{reverse('sense:devices')}?{urlencode(asked)}"
    act = request.POST.get("act", "")
    try:
        chosen = [] if takes_all else list(_ticked(request))
        if act == EXPORT:
            return redirect(f"{back}&format=csv") if takes_all else _file(request, chosen)
        if act not in list(DeviceAct):
            raise Invalid("sense.device-act-unknown", field="act")
        batch = api.choose_devices(
            actor=request.actor,
            act=DeviceAct(act),
            profile=request.POST.get("to_profile", ""),
            device_ids=chosen,
            wanted=device_filter(asked, asked.get("q", "")[:200]) if takes_all else None,
        )
    except (Invalid, NotFound) as error:
        messages.error(request, message_for(error))
        return redirect(back)
    return redirect("sense:device-batch", batch.id)


def _ticked(request: HttpRequest) -> Iterator[UUID]:
    for text in request.POST.getlist("device"):
        try:
            yield UUID(text)
        except ValueError as error:
            raise NotFound("sense.device-unknown") from error


def _file(request: HttpRequest, chosen: list[UUID]) -> HttpResponseBase:
    found = api.find_devices(actor=request.actor, device_ids=chosen)
    rows = with_values(request, device_rows(found.values()))
    if not rows:
        raise Invalid("sense.devices-none", field="device")
    return Table(request, device_columns(request), rows, order="title", csv_name="devices").csv_response()


@require_safe
def batch(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """What is to be done with how many, how far it is, and what did not go."""
    found = api.get_device_batch(actor=request.actor, batch_id=batch_id)
    profile = api.find_profiles(keys=[found.profile]).get(found.profile) if found.profile else None
    facts = [
        Fact(_("What is done"), ACTS[found.act]),
        *([Fact(_("Device profile"), profile.title if profile else found.profile)] if found.profile else []),
        Fact(_("Devices"), found.total),
        *([Fact(_("Changed"), found.done - found.unchanged - found.fault_count)] if _is_begun(found) else []),
        *([Fact(_("Were so before"), found.unchanged)] if found.unchanged else []),
        *([Fact(_("Not changed"), found.fault_count)] if found.fault_count else []),
    ]
    context = {
        "found": found,
        "facts": Facts(facts),
        "note": _note(found),
        "progress": Progress(_("Under way"), found.done, found.total) if _is_begun(found) else None,
        "runs": found.status is DeviceBatchStatus.RUNNING,
        "may_start": not _is_begun(found),
        "danger": found.act is DeviceAct.SUSPEND,
        "faults": fault_table(request, found) if found.faults else None,
    }
    title = _("Change many devices")
    crumbs = [Crumb(_("Devices"), reverse("sense:devices")), Crumb(title)]
    return render_page(request, "sense/device_batch.html", context, title=title, crumbs=crumbs)


def _is_begun(found: DeviceBatch) -> bool:
    return found.status is not DeviceBatchStatus.CHOSEN


def _note(found: DeviceBatch) -> Note:
    match found.status:
        case DeviceBatchStatus.RUNNING:
            return Note(_("The devices are being changed. You may leave this page: the work goes on."), "", "busy")
        case DeviceBatchStatus.DONE if found.fault_count:
            return Note(_("Some devices stayed as they were; why stands below."), "", "warning")
        case DeviceBatchStatus.DONE:
            return Note(_("All is done"), "", "good")
    effect = _("They are not let in any more, their alarms are cleared, and commands that wait are refused.")
    return Note(_("Nothing is changed yet."), effect if found.act is DeviceAct.SUSPEND else "", "notice")


def fault_table(request: HttpRequest, found: DeviceBatch) -> Table:
    """Which devices stayed as they were, and why, in words."""
    columns = [
        Column("identity", _("Device"), kind="link", url=_address),
        Column("problem", _("Why not"), value=lambda fault: word(fault.code, dict(fault.params)), wide=True),
    ]
    return Table(request, columns, found.faults, caption=_("Not changed"), order="identity", csv_name="not-changed")


def _address(fault: DeviceFault) -> str | None:
    return reverse("sense:device", args=[fault.device_id]) if fault.identity else None


@require_POST
def start(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Do it."""
    api.start_device_batch(actor=request.actor, batch_id=batch_id)
    return redirect("sense:device-batch", batch_id)
