"""Alarms: the list, and one with what people do about it."""

from datetime import timedelta
from functools import partial
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Alarm, AlarmState, Attachment, CloseReason, Command, Severity
from yuzhou.capabilities.sense.contracts.wording import word_alarm, word_reason
from yuzhou.capabilities.sense.web.attachments import FilesField, FilesInput, attachment_links
from yuzhou.capabilities.sense.web.command_words import word_answer, word_asker, word_command, word_values
from yuzhou.capabilities.sense.web.commands import command_url
from yuzhou.capabilities.sense.web.rows import alarm_rows, district_filter, ordered, place_names
from yuzhou.capabilities.sense.web.states import ACTS, REASONS, word_statistic
from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import Conflict, Invalid, TooMany, message_for
from yuzhou.ui.charts import TimeChart
from yuzhou.ui.pages import render_page
from yuzhou.ui.parts import Crumb, Empty, Fact, Facts
from yuzhou.ui.states import state_of
from yuzhou.ui.subjects import site_subject
from yuzhou.ui.tables import Column, Filter, Slice, Table, TableQuery
from yuzhou.ui.timeline import Entry, Timeline

AROUND = timedelta(hours=12)
OPEN = "open"


class CommentForm(forms.Form):
    """A word on an alarm."""

    text = forms.CharField(label=gettext_lazy("Comment"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    attachments = FilesField(
        label=gettext_lazy("Attachments"),
        required=False,
        widget=FilesInput(attrs={"multiple": True}),
        help_text=gettext_lazy("Up to five documents or pictures, 10 MB each."),
    )


class CloseForm(forms.Form):
    """Why an alarm is closed."""

    reason = forms.ChoiceField(
        label=gettext_lazy("Reason for closing"),
        choices=[("", gettext_lazy("Choose a reason")), *((key.value, label) for key, label in REASONS.items())],
    )
    text = forms.CharField(
        label=gettext_lazy("Explanation"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


def alarm_table(request: HttpRequest, *, device_id: UUID | None = None, name: str = "", page_size: int = 25) -> Table:
    """The alarms that the actor may see, of all devices or of one."""
    shown_states = list(AlarmState)

    def source(query: TableQuery) -> Slice:
        states = query.choices.get("state", "")
        chosen = (
            [AlarmState.RAISED, AlarmState.ACKNOWLEDGED] if states == OPEN else [s for s in shown_states if s.value == states]
        )
        severity = query.choices.get("severity", "")
        columns = {
            "raised": "raised_at",
            "severity": "severity",
            "state": "state",
            "device": "device__title_zh",
            "cleared": "cleared_at",
        }
        found = api.list_alarms(
            actor=request.actor,
            states=chosen,
            min_severity=Severity(int(severity)) if severity in "1234" and severity else None,
            place_path=query.choices.get("district") or None,
            device_ids=[device_id] if device_id else None,
            text=query.text,
            order=ordered(query.sort, query.descending, columns, "-raised_at"),
            offset=query.offset,
            limit=query.limit or 10_000,
        )
        return Slice(alarm_rows(found), found.total)

    columns = [
        Column("severity", _("Severity"), kind="state", states="severity"),
        Column("state", _("State"), kind="state", states="alarm", value=lambda row: row.alarm.state),
        Column(
            "rule",
            _("Alarm"),
            kind="link",
            heading=True,
            value=lambda row: row.alarm.rule_title,
            url=lambda row: alarm_url(row.alarm),
            sortable=False,
        ),
        Column("reason", _("Cause"), sortable=False, wide=True),
        Column(
            "device",
            _("Device"),
            kind="link",
            value=lambda row: row.alarm.device_title,
            url=lambda row: reverse("sense:device", args=[row.alarm.device_id]),
        ),
        Column("place", _("Place"), kind="place", sortable=False),
        Column("raised", _("Raised at"), kind="time", value=lambda row: row.alarm.raised_at),
        Column("cleared", _("Back to normal at"), kind="time", value=lambda row: row.alarm.cleared_at),
    ]
    if device_id:
        columns = [column for column in columns if column.key not in ("device", "place")]
    states = [(OPEN, _("Standing")), *((state, state_of("alarm", state).label) for state in shown_states)]
    severities = [(int(s), _("{severity} or graver").format(severity=state_of("severity", s.key).label)) for s in Severity]
    filters = [Filter("state", _("State"), choices=states), Filter("severity", _("Severity"), choices=severities)]
    if not device_id:
        filters += district_filter(request, "sense.alarm:read")
    return Table(
        request,
        columns,
        source=source,
        filters=filters,
        name=name,
        caption=_("Alarms"),
        order="-raised",
        page_size=page_size,
        csv_name="alarms",
        live="sense.alarm",
        empty=Empty(_("No alarms"), _("When a rule is broken, the alarm appears here."), icon="bell"),
    )


def alarm_url(alarm: Alarm) -> str:
    """Where an alarm is shown."""
    return reverse("sense:alarm", args=[alarm.id])


@require_safe
def alarms(request: HttpRequest) -> HttpResponse:
    """The list."""
    request.actor.require("sense.alarm:read")
    return render_page(
        request, "sense/alarms.html", {"table": alarm_table(request)}, title=_("Alarms"), crumbs=[Crumb(_("Alarms"))]
    )


@require_safe
def alarm(request: HttpRequest, alarm_id: UUID) -> HttpResponse:
    """One alarm."""
    found = api.get_alarm(actor=request.actor, alarm_id=alarm_id)
    return _page(request, found, CommentForm(), CloseForm())


def _page(request: HttpRequest, found: Alarm, comment: forms.Form, close: forms.Form, status: int = 200) -> HttpResponse:
    actor = request.actor
    may = partial(actor.can, place_path=found.place_path, organisation=found.operator_id)
    is_closed = found.state is AlarmState.CLOSED
    context = {
        "alarm": found,
        "reason": word_alarm(found),
        "facts": _facts(request, found),
        "chart": _chart(found),
        "timeline": _timeline(request, found),
        "comment_form": comment if may("sense.alarm:comment") else None,
        "close_form": close if may("sense.alarm:close") and not is_closed else None,
        "commands_url": f"{reverse('sense:device-commands', args=[found.device_id])}?alarm={found.id}"
        if actor.can("sense.command:request", place_path=found.place_path)
        else "",
        "may_acknowledge": may("sense.alarm:acknowledge") and found.acknowledged_at is None and not is_closed,
    }
    crumbs = [Crumb(_("Alarms"), reverse("sense:alarms")), Crumb(found.rule_title)]
    return render_page(request, "sense/alarm.html", context, title=found.rule_title, crumbs=crumbs, status=status)


def _rule_url(request: HttpRequest, found: Alarm) -> str:
    """The page of the rule that was broken; nothing where it is gone or may not be seen."""
    rules = api.find_rules(actor=request.actor, device_id=found.device_id, limit=1000)
    return next((reverse("sense:rule", args=[rule.id]) for rule in rules if rule.key == found.rule_key), "")


def _facts(request: HttpRequest, found: Alarm) -> Facts:
    site = site_subject(request.actor, found.site_id)
    return Facts(
        [
            Fact(_("State"), found.state, states="alarm"),
            Fact(_("Severity"), found.severity.key, states="severity"),
            Fact(_("Gravest"), found.peak_severity.key, states="severity"),
            Fact(_("Rule"), found.rule_title, url=_rule_url(request, found)),
            Fact(_("Device"), found.device_title, url=reverse("sense:device", args=[found.device_id])),
            *([Fact(site.kind, site.name, url=site.url)] if site else []),
            Fact(_("Place"), place_names([found.place_path])[found.place_path]),
            Fact(_("Measured"), f"{found.property_title} ({word_statistic(found.statistic)})"),
            Fact(_("Raised at"), found.raised_at),
            Fact(_("Acknowledged at"), found.acknowledged_at),
            Fact(_("Back to normal at"), found.cleared_at),
            Fact(_("Closed at"), found.closed_at),
            Fact(_("Reason for closing"), REASONS[found.close_reason] if found.close_reason else None),
        ]
    )


def _chart(found: Alarm) -> TimeChart:
    end = min((found.cleared_at or now()) + AROUND, now())
    query = {
        "series": found.series_id,
        "start": (found.raised_at - AROUND).isoformat(),
        "end": end.isoformat(),
    }
    return TimeChart(
        url=f"{reverse('sense:chart')}?{urlencode(query)}",
        title=_("{property} around the alarm").format(property=found.property_title),
        csv_url=f"{reverse('sense:readings-csv')}?{urlencode(query)}",
    )


def _timeline(request: HttpRequest, found: Alarm) -> Timeline:
    entries = []
    for entry in api.alarm_history(actor=request.actor, alarm_id=found.id):
        title, icon, tone = ACTS[entry.act]
        said = word_reason(entry.code, entry.params or {}, name=str(found.property_title), unit=found.unit)
        closed_for = REASONS.get(CloseReason(entry.params["reason"])) if entry.params and "reason" in entry.params else ""
        text = " ".join(str(part) for part in (closed_for, said, entry.text) if part)
        links = attachment_links(request, found, (entry.params or {}).get("files", ()))
        entries.append(Entry(entry.at, title, text, entry.actor_name, icon, tone, links=links))
    entries += [_entry_of(command) for command in api.list_commands(actor=request.actor, alarm_id=found.id)]
    return Timeline(sorted(entries, key=lambda entry: entry.at, reverse=True))


def _entry_of(command: Command) -> Entry:
    """A command that the alarm led to."""
    state = state_of("command", command.state)
    title = _("Command “{command}”: {state}").format(command=word_command(command), state=state.label)
    said = " ".join(part for part in (word_values(command), word_answer(command)) if part)
    return Entry(command.requested_at, title, said, word_asker(command), "send", state.tone, command_url(command))


@require_POST
def acknowledge(request: HttpRequest, alarm_id: UUID) -> HttpResponse:
    """Take it on."""
    try:
        api.acknowledge_alarm(actor=request.actor, alarm_id=alarm_id)
        messages.success(request, _("The alarm is yours now."))
    except Conflict as error:
        messages.error(request, message_for(error))
    return redirect("sense:alarm", alarm_id)


@require_POST
def comment(request: HttpRequest, alarm_id: UUID) -> HttpResponse:
    """Say something."""
    form = CommentForm(request.POST, request.FILES)
    if not (form.is_valid() and _commented(request, alarm_id, form)):
        found = api.get_alarm(actor=request.actor, alarm_id=alarm_id)
        return _page(request, found, form, CloseForm(), 422)
    messages.success(request, _("Your words were added."))
    return redirect("sense:alarm", alarm_id)


def _commented(request: HttpRequest, alarm_id: UUID, form: CommentForm) -> bool:
    files = [Attachment(one.name, one.file, one.content_type) for one in form.cleaned_data["attachments"]]
    try:
        with transaction.atomic():
            api.comment_alarm(actor=request.actor, alarm_id=alarm_id, text=form.cleaned_data["text"], files=files)
    except (Invalid, TooMany) as error:
        form.add_error("text" if getattr(error, "field", "") == "text" else "attachments", message_for(error))
        return False
    return True


@require_POST
def close(request: HttpRequest, alarm_id: UUID) -> HttpResponse:
    """Close it with a reason."""
    form = CloseForm(request.POST)
    if not form.is_valid():
        found = api.get_alarm(actor=request.actor, alarm_id=alarm_id)
        return _page(request, found, CommentForm(), form, 422)
    try:
        api.close_alarm(
            actor=request.actor,
            alarm_id=alarm_id,
            reason=CloseReason(form.cleaned_data["reason"]),
            text=form.cleaned_data["text"],
        )
        messages.success(request, _("The alarm is closed."))
    except Conflict as error:
        messages.error(request, message_for(error))
    return redirect("sense:alarm", alarm_id)
