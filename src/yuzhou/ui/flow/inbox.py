"""My notices, and how I want to be told."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from yuzhou.kernel.errors import Invalid, message_for
from yuzhou.kernel.notices import api
from yuzhou.ui.administration.acting import actor_of, for_people
from yuzhou.ui.flow.answering import act_and_return
from yuzhou.ui.pages import render_page
from yuzhou.ui.parts import Crumb, Empty, Note, Tab, Tabs
from yuzhou.ui.states import states_of
from yuzhou.ui.tables import Column, Table

PAGE = 50


@for_people()
@require_GET
def list_notices(request: HttpRequest) -> HttpResponse:
    """The inbox: what is unread, or everything."""
    shows_all = request.GET.get("all") == "1"
    page = _page_number(request)
    found = api.list_notices(actor=actor_of(request), only_unread=not shows_all, limit=PAGE + 1, offset=(page - 1) * PAGE)
    here = reverse("flow-notices")
    unread = api.count_notices(actor=actor_of(request))
    tabs = Tabs([Tab(_("Unread"), here, not shows_all, unread), Tab(_("All"), f"{here}?all=1", shows_all)], _("Notices"))
    context = {
        "tabs": tabs,
        "notices": found[:PAGE],
        "unread": unread,
        "query": "all=1&" if shows_all else "",
        "newer": page - 1,
        "older": page + 1 if len(found) > PAGE else 0,
        "empty": Empty(
            _("Nothing unread") if not shows_all else _("No notices yet"),
            _("What concerns your work is told here, and by the channels that you choose."),
            icon="bell",
        ),
    }
    return render_page(request, "ui/flow/notices.html", context, title=_("Notices"))


def _page_number(request: HttpRequest) -> int:
    asked = request.GET.get("page", "")
    return max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1


@for_people()
@require_POST
def open_notice(request: HttpRequest, notice: UUID) -> HttpResponse:
    """Note that it is read, and go where it leads."""
    found = api.get_notice(actor=actor_of(request), notice=notice)
    api.mark_read(actor=actor_of(request), notice=notice)
    is_ours = url_has_allowed_host_and_scheme(found.url, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return redirect(found.url if found.url and is_ours else "flow-notices")


@for_people()
@require_POST
def acknowledge(request: HttpRequest, notice: UUID) -> HttpResponse:
    """I take care of it."""
    return act_and_return(
        request,
        lambda: api.acknowledge(actor=actor_of(request), notice=notice),
        _("You take care of it."),
        reverse("flow-notices"),
    )


@for_people()
@require_POST
def put_back(request: HttpRequest, notice: UUID) -> HttpResponse:
    """Back among the unread."""
    back = reverse("flow-notices")
    return act_and_return(
        request, lambda: api.mark_unread(actor=actor_of(request), notice=notice), _("The notice is unread again."), back
    )


@for_people()
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Everything is read."""
    return act_and_return(
        request, lambda: api.mark_all_read(actor=actor_of(request)), _("All notices are read."), reverse("flow-notices")
    )


def severities() -> list[tuple[str, Any]]:
    """From which severity on, or never."""
    known = states_of("severity")
    levels = [(str(level.value), _("From “{level}” on").format(level=known[level.key].label)) for level in api.Severity]
    return [("", _("Never")), *levels]


class ChannelsForm(forms.Form):
    """How a person wants to be told."""

    email_from = forms.ChoiceField(label=gettext_lazy("By e-mail"), choices=severities, required=False)
    sms_from = forms.ChoiceField(label=gettext_lazy("By text message"), choices=severities, required=False)
    webhook_from = forms.ChoiceField(label=gettext_lazy("By webhook"), choices=severities, required=False)
    webhook_url = forms.CharField(
        label=gettext_lazy("Address of the webhook"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("A program of yours that is called with each notice, signed with a secret that is shown once."),
    )
    quiet_from = forms.TimeField(label=gettext_lazy("Quiet from"), required=False)
    quiet_to = forms.TimeField(
        label=gettext_lazy("Quiet to"),
        required=False,
        help_text=gettext_lazy("In city time. Critical notices come through; the others wait for the end."),
    )

    def settings(self) -> dict[str, Any]:
        """What `save_channels` takes."""
        values = dict(self.cleaned_data)
        for key in ("email_from", "sms_from", "webhook_from"):
            values[key] = api.Severity(int(values[key])) if values[key] else None
        return values

    @classmethod
    def of(cls, channels: api.Channels) -> "ChannelsForm":
        """The form with the present settings."""
        values = {key: getattr(channels, key) for key in cls.base_fields}
        for key in ("email_from", "sms_from", "webhook_from"):
            values[key] = str(values[key].value) if values[key] else ""
        return cls(initial=values)


@for_people()
def edit_channels(request: HttpRequest) -> HttpResponse:
    """The channels of the one who looks."""
    form = ChannelsForm(request.POST) if request.method == "POST" else ChannelsForm.of(api.get_channels(actor=actor_of(request)))
    secret = None
    if request.method == "POST" and form.is_valid():
        is_saved, secret = _save(request, form)
        if is_saved and secret is None:
            messages.success(request, _("Your settings are saved."))
            return redirect("flow-channels")
    return _channels_page(request, form, secret)


def _save(request: HttpRequest, form: ChannelsForm) -> tuple[bool, str | None]:
    try:
        with transaction.atomic():
            return True, api.save_channels(actor=actor_of(request), **form.settings())
    except Invalid as error:
        form.add_error(error.field if error.field in form.fields else None, message_for(error))
        return False, None


def _channels_page(request: HttpRequest, form: ChannelsForm, secret: str | None) -> HttpResponse:
    columns = [
        Column("at", _("Time"), kind="time"),
        Column("channel", _("Channel"), value=lambda failed: CHANNELS[failed.channel]),
        Column("attempts", _("Attempts"), kind="number"),
        Column("error", _("What went wrong"), wide=True),
    ]
    failed = api.list_failed_deliveries(actor=actor_of(request))
    context = {
        "form": form,
        "secret": Note(_("The secret of your webhook, shown only now"), secret, "good") if secret else None,
        "failed": Table(request, columns, failed, name="failed", search=False) if failed else None,
        "no_sms": not api.offers_sms(),
    }
    crumbs = [Crumb(_("Notices"), reverse("flow-notices")), Crumb(_("Channels"))]
    status = 422 if form.is_bound and form.errors else 200
    return render_page(request, "ui/flow/channels.html", context, title=_("How I am told"), crumbs=crumbs, status=status)


CHANNELS = {
    api.Channel.EMAIL: gettext_lazy("E-mail"),
    api.Channel.WEBHOOK: gettext_lazy("Webhook"),
    api.Channel.SMS: gettext_lazy("Text message"),
}


@for_people()
@require_POST
def send_trial(request: HttpRequest) -> HttpResponse:
    """A notice to oneself."""
    return act_and_return(
        request, lambda: api.send_trial(actor=actor_of(request)), _("A trial notice is on its way."), reverse("flow-channels")
    )
