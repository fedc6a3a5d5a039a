"""What a rule would have raised: figures, charts, the alarms, and switching it on."""

from collections import Counter
from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Device, Trial, TrialAlarm, TrialState
from yuzhou.capabilities.sense.contracts.wording import word_reason
from yuzhou.capabilities.sense.web.charts import line_of
from yuzhou.capabilities.sense.web.rule_pages import crumbs_of
from yuzhou.capabilities.sense.web.rule_words import aim_of, sentences
from yuzhou.kernel.clock import day_bounds, local_day
from yuzhou.kernel.errors import YuzhouError, message_for
from yuzhou.kernel.ids import uuid7
from yuzhou.ui.charts import Line, Point, TimeChart, chart_response
from yuzhou.ui.pages import render_page
from yuzhou.ui.parts import Crumb, Empty, Fact, Facts, Progress, Tile, Tiles
from yuzhou.ui.tables import Column, Table


@require_safe
def trial(request: HttpRequest, trial_id: UUID) -> HttpResponse:
    """One trial."""
    found = api.get_trial(actor=request.actor, trial_id=trial_id)
    aim = aim_of(request, found.device_id, found.profile)
    context = {
        "trial": found,
        "sentences": sentences(request, found.definition, aim.names),
        "facts": _facts(found, aim.title),
        "may_save": found.state is TrialState.DONE and request.actor.can("sense.rule:define", place_path=aim.place),
        "rule_url": reverse("sense:rule", args=[found.rule_id]) if found.rule_id else "",
        **_progress(found),
        **_findings(request, found),
    }
    return render_page(request, "sense/rule_trial.html", context, title=found.title, crumbs=crumbs_of(Crumb(_("Trial"))))


def _facts(found: Trial, aim: str) -> Facts:
    return Facts(
        [
            Fact(_("State"), found.state, states="trial"),
            Fact(_("Bears on"), aim),
            Fact(_("From"), found.start),
            Fact(_("To"), found.end),
        ]
    )


@require_safe
def progress(request: HttpRequest, trial_id: UUID) -> HttpResponse:
    """How far it is; when it is over, the whole page again."""
    found = api.get_trial(actor=request.actor, trial_id=trial_id)
    if found.is_over:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render_page(request, "sense/rule_progress.html", _progress(found))


def _progress(found: Trial) -> dict[str, object]:
    note = _("{done} of {total} devices").format(done=found.done, total=found.total)
    live = "" if found.is_over else reverse("sense:rule-trial-progress", args=[found.id])
    return {"progress": Progress(_("Trial"), found.done, found.total, note, live), "is_over": found.is_over}


def _findings(request: HttpRequest, found: Trial) -> dict[str, object]:
    devices = {alarm.device_id for alarm in found.alarms} | ({found.device_id} if found.device_id else set())
    known = api.find_devices(actor=request.actor, device_ids=devices)
    days = max(1, (found.end - found.start) / timedelta(days=1))
    series = next(iter(found.alarms)).series_id if found.alarms else 0
    tiles = [
        Tile(_("Alarms"), f"{len(found.alarms)}{'+' if found.truncated else ''}", icon="bell"),
        Tile(_("Per day"), f"{len(found.alarms) / days:.1f}"),
        Tile(_("Devices with alarms"), len({alarm.device_id for alarm in found.alarms})),
        Tile(_("Readings judged"), found.readings),
    ]
    return {
        "tiles": Tiles(tiles),
        "days_chart": TimeChart(reverse("sense:rule-trial-days", args=[found.id]), _("Alarms per day"), height="small"),
        "values_chart": _values(found) if found.device_id and series else None,
        "devices_table": _devices(request, found, known) if not found.device_id else None,
        "table": _alarms(request, found, known),
    }


def _values(found: Trial) -> TimeChart:
    return TimeChart(reverse("sense:rule-trial-values", args=[found.id]), _("Values, and when the alarm would have stood"))


def _alarms(request: HttpRequest, found: Trial, known: dict[UUID, Device]) -> Table:
    titles = {one.id: one for one in api.find_series(actor=request.actor, series_ids={alarm.series_id for alarm in found.alarms})}

    def reason(alarm: TrialAlarm) -> str:
        series = titles.get(alarm.series_id)
        return word_reason(alarm.code, alarm.params, name=str(series.title) if series else "", unit=series.unit if series else "")

    columns = [
        Column("severity", _("Severity"), kind="state", states="severity", value=lambda row: row.severity.key),
        Column("peak", _("Gravest"), kind="state", states="severity", value=lambda row: row.peak_severity.key),
        Column(
            "device",
            _("Device"),
            kind="link",
            value=lambda row: known[row.device_id].title if row.device_id in known else "",
            url=lambda row: reverse("sense:device", args=[row.device_id]),
        ),
        Column("raised_at", _("Raised at"), kind="time"),
        Column("cleared_at", _("Back to normal at"), kind="time"),
        Column("reason", _("Cause"), value=reason, sortable=False, wide=True),
    ]
    if found.device_id:
        columns.pop(2)
    empty = Empty(_("No alarm would have risen"), _("In this time the condition never held for long enough."), icon="bell-off")
    return Table(request, columns, list(found.alarms), caption=_("Alarms that would have risen"), csv_name="trial", empty=empty)


def _devices(request: HttpRequest, found: Trial, known: dict[UUID, Device]) -> Table:
    counts = Counter(alarm.device_id for alarm in found.alarms)
    rows = [{"device": known[device], "count": count} for device, count in counts.most_common() if device in known]
    columns = [
        Column("device", _("Device"), value=lambda row: row["device"].title),
        Column("count", _("Alarms"), kind="number", value=lambda row: row["count"]),
    ]
    return Table(request, columns, rows, name="devices", caption=_("By device"), search=False, page_size=25)


@require_safe
def days(request: HttpRequest, trial_id: UUID) -> HttpResponse:
    """Alarms per day of the city, for the chart."""
    found = api.get_trial(actor=request.actor, trial_id=trial_id)
    counts = Counter(local_day(alarm.raised_at) for alarm in found.alarms)
    day, points = local_day(found.start), []
    while day_bounds(day)[0] < found.end:
        points.append(Point(day_bounds(day)[0], counts[day]))
        day += timedelta(days=1)
    return chart_response([Line(_("Alarms"), "", points, decimals=0, shape="bar")], start=found.start, end=found.end)


@require_safe
def values(request: HttpRequest, trial_id: UUID) -> HttpResponse:
    """The values of the rule's subject, and the severity that would have stood."""
    found = api.get_trial(actor=request.actor, trial_id=trial_id)
    series_id = next(iter(found.alarms)).series_id if found.alarms else 0
    lines = line_of(request, series_id, found.start, found.end) if series_id else []
    lines.append(Line(_("Alarm"), "", _steps(found), decimals=0, shape="step"))
    return chart_response(lines, start=found.start, end=found.end)


def _steps(found: Trial) -> list[Point]:
    points = [Point(found.start, 0)]
    for alarm in found.alarms:
        points.append(Point(alarm.raised_at, int(alarm.peak_severity)))
        if alarm.cleared_at is not None:
            points.append(Point(alarm.cleared_at, 0))
    return [*points, Point(found.end, points[-1].value)]


@require_POST
def cancel(request: HttpRequest, trial_id: UUID) -> HttpResponse:
    """Stop it."""
    api.cancel_trial(actor=request.actor, trial_id=trial_id)
    return redirect("sense:rule-trial", trial_id)


@require_POST
def switch_on(request: HttpRequest, trial_id: UUID) -> HttpResponse:
    """Make what was tried a rule in force."""
    found = api.get_trial(actor=request.actor, trial_id=trial_id)
    before = api.get_rule(actor=request.actor, rule_id=found.rule_id) if found.rule_id else None
    try:
        rule = api.define_rule(
            actor=request.actor,
            key=before.key if before else f"desk:{uuid7()}",
            title=found.title,
            definition=found.definition,
            device_id=found.device_id,
            profile=found.profile,
            note=_("After a trial"),
        )
    except YuzhouError as error:
        messages.error(request, message_for(error))
        return redirect("sense:rule-trial", trial_id)
    messages.success(request, _("The rule is on."))
    return redirect("sense:rule", rule.id)
