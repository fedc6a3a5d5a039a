"""Commands: what a device was told, and telling it something."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Command, CommandField, CommandType, Device
from yuzhou.kernel.errors import Invalid, NotFound, message_for, word
from yuzhou.ui.pages import render_page
from yuzhou.ui.parts import Crumb, Empty
from yuzhou.ui.tables import Column, Slice, Table, TableQuery


def command_table(request: HttpRequest, device: Device) -> Table:
    """The commands of a device, newest first."""
    kinds = {kind.name: kind for kind in api.command_types(protocol=device.protocol)}

    def source(query: TableQuery) -> Slice:
        found = api.list_commands(
            actor=request.actor,
            device_id=device.id,
            offset=query.offset,
            limit=query.limit or 10_000,
        )
        return Slice(list(found), found.total)

    columns = [
        Column("requested_at", _("Requested at"), kind="time", seconds=True, sortable=False),
        Column("name", _("Command"), value=lambda row: kinds[row.name].title if row.name in kinds else row.name, sortable=False),
        Column("params", _("Values"), value=lambda row: _values(row, kinds.get(row.name)), sortable=False),
        Column("state", _("State"), kind="state", states="command", sortable=False),
        Column("answer", _("The device's answer"), value=_answer, sortable=False, wide=True),
        Column("finished_at", _("Finished"), kind="time", seconds=True, sortable=False),
        Column("requested_by", _("By"), sortable=False),
    ]
    empty = Empty(_("No commands yet"), _("What the device was told to do, and what it answered, stands here."), icon="send")
    return Table(
        request,
        columns,
        source=source,
        search=False,
        caption=_("Commands"),
        csv_name="commands",
        live=f"sense.command.{device.id}",
        empty=empty,
    )


def _values(row: Command, kind: CommandType | None) -> str:
    fields = {field.name: field for field in kind.fields} if kind else {}
    words = [(fields.get(name), name, value) for name, value in row.params.items()]
    return ", ".join(f"{f.title} {value} {f.unit}".rstrip() if f else f"{name} = {value}" for f, name, value in words)


def _answer(row: Command) -> str:
    return " ".join(
        str(part) for part in (_word_answer(row), ", ".join(f"{k} = {v}" for k, v in (row.answer or {}).items())) if part
    )


def _word_answer(row: Command) -> str:
    """The answer's code in words where the door has them."""
    code = f"{row.protocol}.{row.answer_code}"
    worded = word(code, {}) if row.answer_code else ""
    return row.answer_code if worded == code else worded


def command_form(kind: CommandType) -> type[forms.Form]:
    """A form with the command's fields."""
    return type("CommandForm", (forms.Form,), {field.name: _field(field) for field in kind.fields})


def _field(field: CommandField) -> forms.Field:
    shared: dict[str, Any] = {"label": f"{field.title} ({field.unit})" if field.unit else field.title, "required": field.required}
    match field.kind:
        case "integer":
            return forms.IntegerField(min_value=_whole(field.low), max_value=_whole(field.high), **shared)
        case "number":
            return forms.FloatField(min_value=field.low, max_value=field.high, **shared)
        case "moment":
            return forms.DateTimeField(widget=forms.DateTimeInput(), **shared)
        case "choice":
            return forms.ChoiceField(choices=list(field.choices), **shared)
        case "text":
            return forms.CharField(max_length=200, **shared)
        case "secret":
            return forms.CharField(max_length=200, widget=forms.PasswordInput(attrs={"autocomplete": "off"}), **shared)


def _whole(bound: float | None) -> int | None:
    return None if bound is None else int(bound)


@require_http_methods(["GET", "HEAD", "POST"])
def new_command(request: HttpRequest, device_id: UUID, name: str) -> HttpResponse:
    """Tell a device to do something."""
    actor = request.actor
    device = api.get_device(actor=actor, device_id=device_id)
    actor.require("sense.command:request", place_path=device.place_path)
    kind = next((kind for kind in api.command_types(protocol=device.protocol) if kind.name == name), None)
    if kind is None:
        raise NotFound("sense.command-unknown", name=name)
    form = command_form(kind)(request.POST or None)
    if request.method == "POST" and (not kind.fields or form.is_valid()):
        try:
            api.request_command(actor=actor, device_id=device.id, name=name, params=form.cleaned_data if kind.fields else {})
        except Invalid as error:
            form.add_error(error.field if error.field in form.fields else None, message_for(error))
        else:
            messages.success(request, _("The command waits for the device."))
            return redirect("sense:device-commands", device.id)
    back = reverse("sense:device-commands", args=[device.id])
    crumbs = [
        Crumb(_("Devices"), reverse("sense:devices")),
        Crumb(device.title, reverse("sense:device", args=[device.id])),
        Crumb(kind.title),
    ]
    context = {"form": form, "device": device, "kind": kind, "back": back}
    return render_page(
        request, "sense/command.html", context, title=kind.title, crumbs=crumbs, status=422 if form.errors else 200
    )
