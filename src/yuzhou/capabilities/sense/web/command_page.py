"""One command: what it is, what became of it step by step, and what can still be done with it."""

from functools import partial
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Command, CommandState, CommandStep
from yuzhou.capabilities.sense.contracts.commands import FINISHED
from yuzhou.capabilities.sense.web.command_words import (
    GROUPS,
    STEPS,
    kind_of,
    word_answer,
    word_asker,
    word_code,
    word_command,
    word_values,
)
from yuzhou.capabilities.sense.web.rows import place_names
from yuzhou.kernel.errors import Conflict, Invalid, message_for, word
from yuzhou.ui.pages import render_page
from yuzhou.ui.parts import Crumb, Fact, Facts
from yuzhou.ui.timeline import Entry, Timeline


class RejectForm(forms.Form):
    """Why not."""

    text = forms.CharField(label=gettext_lazy("Why not"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


@require_safe
def command(request: HttpRequest, command_id: UUID) -> HttpResponse:
    """One command."""
    return _page(request, api.get_command(actor=request.actor, command_id=command_id), RejectForm())


def _page(request: HttpRequest, found: Command, reject: forms.Form, status: int = 200) -> HttpResponse:
    may = partial(request.actor.can, place_path=found.place_path)
    awaits = found.state is CommandState.AWAITING
    is_other = request.actor.id != found.requested_by_id
    again = f"{reverse('sense:command-new', args=[found.device_id, found.name])}?again={found.id}"
    is_open = found.state in (CommandState.AWAITING, CommandState.REQUESTED)
    context = {
        "command": found,
        "facts": _facts(found),
        "timeline": _timeline(request, found),
        "may_approve": awaits and is_other and may("sense.command:approve"),
        "own": awaits and not is_other,
        "reject_form": reject,
        "may_cancel": is_open and may("sense.command:request"),
        "again_url": again if found.state in FINISHED and kind_of(found) and may("sense.command:request") else "",
        "live": f"sense.command.{found.device_id}",
    }
    title = word_command(found)
    crumbs = [Crumb(_("Commands"), reverse("sense:commands")), Crumb(title)]
    return render_page(request, "sense/command.html", context, title=title, crumbs=crumbs, status=status)


def _facts(found: Command) -> Facts:
    facts = [
        Fact(_("State"), found.state, states="command"),
        Fact(_("Kind"), GROUPS[found.group]),
        Fact(_("Device"), found.device_title, url=reverse("sense:device-commands", args=[found.device_id])),
        Fact(_("Place"), place_names([found.place_path])[found.place_path]),
        Fact(_("Values"), word_values(found) or None),
        Fact(_("Answer, or why not"), word_answer(found) or None),
        Fact(_("Asked by"), word_asker(found)),
        Fact(_("Approved by"), found.approved_by or None),
        Fact(_("Expires at"), found.expires_at),
    ]
    if found.note:
        facts.append(Fact(_("Why"), found.note))
    if found.alarm_id:
        facts.append(Fact(_("Because of"), _("an alarm"), url=reverse("sense:alarm", args=[found.alarm_id])))
    if found.retry_of:
        facts.append(Fact(_("Asked for again after"), _("this command"), url=reverse("sense:command", args=[found.retry_of])))
    if found.batch_id:
        facts.append(
            Fact(
                _("One of many"), _("the same command to many devices"), url=reverse("sense:command-batch", args=[found.batch_id])
            )
        )
    return Facts(facts)


def _timeline(request: HttpRequest, found: Command) -> Timeline:
    steps = api.command_history(actor=request.actor, command_id=found.id)
    return Timeline([_entry(found, step) for step in reversed(steps)])


def _entry(found: Command, step: CommandStep) -> Entry:
    title, icon, tone = STEPS[step.act]
    code = word(step.code, dict(step.params)) if step.code.startswith("sense.") else word_code(found.protocol, step.code)
    by = "" if step.actor_name.startswith("sense.") else step.actor_name
    return Entry(step.at, title, " ".join(part for part in (code, step.text) if part), by, icon, tone)


@require_POST
def approve(request: HttpRequest, command_id: UUID) -> HttpResponse:
    """Let it go, as the second person."""
    try:
        api.approve_command(actor=request.actor, command_id=command_id)
        messages.success(request, _("Approved: the command waits for the device."))
    except (Conflict, Invalid) as error:
        messages.error(request, message_for(error))
    return redirect("sense:command", command_id)


@require_POST
def reject(request: HttpRequest, command_id: UUID) -> HttpResponse:
    """Refuse it, as the second person."""
    form = RejectForm(request.POST)
    if not form.is_valid():
        return _page(request, api.get_command(actor=request.actor, command_id=command_id), form, 422)
    try:
        api.reject_command(actor=request.actor, command_id=command_id, text=form.cleaned_data["text"])
        messages.success(request, _("The command will not be sent."))
    except (Conflict, Invalid) as error:
        messages.error(request, message_for(error))
    return redirect("sense:command", command_id)


@require_POST
def cancel(request: HttpRequest, command_id: UUID) -> HttpResponse:
    """Take it back."""
    try:
        api.cancel_command(actor=request.actor, command_id=command_id)
        messages.success(request, _("The command will not be sent."))
    except Conflict as error:
        messages.error(request, message_for(error))
    return redirect("sense:command", command_id)
