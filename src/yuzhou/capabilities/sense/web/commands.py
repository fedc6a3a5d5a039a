"""Commands: what devices were told, of one device and of all within reach."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Command, CommandGroup, CommandState, Device
from yuzhou.capabilities.sense.web.command_words import GROUPS, word_answer, word_asker, word_command, word_values
from yuzhou.capabilities.sense.web.rows import district_filter
from yuzhou.ui.pages import render_page
from yuzhou.ui.parts import Crumb, Empty
from yuzhou.ui.states import state_of
from yuzhou.ui.tables import Column, Filter, Slice, Table, TableQuery


def command_url(command: Command) -> str:
    """Where a command is shown."""
    return reverse("sense:command", args=[command.id])


def command_table(request: HttpRequest, device: Device | None = None, *, batch: UUID | None = None) -> Table:
    """Commands, newest first: of a device, of a batch, or all within reach."""

    def source(query: TableQuery) -> Slice:
        state, group = query.choices.get("state", ""), query.choices.get("group", "")
        found = api.list_commands(
            actor=request.actor,
            device_id=device.id if device else None,
            batch_id=batch,
            states=[CommandState(state)] if state in list(CommandState) else [],
            group=CommandGroup(group) if group in list(CommandGroup) else None,
            place_path=query.choices.get("district") or None,
            text=query.text,
            offset=query.offset,
            limit=query.limit or 10_000,
        )
        return Slice(list(found), found.total)

    states = Filter("state", _("State"), choices=[(state, state_of("command", state).label) for state in CommandState])
    groups = Filter("group", _("Kind"), choices=list(GROUPS.items()))
    empty = Empty(_("No commands yet"), _("What the device was told to do, and what it answered, stands here."), icon="send")
    return Table(
        request,
        _columns(with_device=device is None),
        source=source,
        filters=[states, groups] + ([] if device or batch else district_filter(request, "sense.device:read")),
        search=device is None,
        caption=_("Commands"),
        csv_name="commands",
        live=f"sense.command.{device.id}" if device else "",
        empty=empty,
    )


def _columns(*, with_device: bool) -> list[Column]:
    columns = [
        Column("name", _("Command"), kind="link", value=word_command, url=command_url, sortable=False),
        Column("device_title", _("Device"), kind="link", url=_device_url, sortable=False),
        Column("params", _("Values"), value=word_values, sortable=False, wide=True),
        Column("state", _("State"), kind="state", states="command", sortable=False),
        Column("answer", _("Answer, or why not"), value=word_answer, sortable=False, wide=True),
        Column("requested_by", _("Asked by"), value=word_asker, sortable=False),
        Column("requested_at", _("Requested at"), kind="time", seconds=True, sortable=False),
        Column("finished_at", _("Finished"), kind="time", seconds=True, sortable=False),
    ]
    return columns if with_device else [column for column in columns if column.key != "device_title"]


def _device_url(command: Command) -> str:
    return reverse("sense:device-commands", args=[command.device_id])


@require_safe
def all_commands(request: HttpRequest) -> HttpResponse:
    """Every command within reach."""
    request.actor.require("sense.device:read")
    context = {"table": command_table(request), "may_request": request.actor.can("sense.command:request")}
    return render_page(request, "sense/commands.html", context, title=_("Commands"), crumbs=[Crumb(_("Commands"))])
