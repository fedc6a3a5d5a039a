"""Rules: the list, and one with its history, its devices and what it says."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Rule, RuleOverride
from yuzhou.capabilities.sense.rules.notation import write_definition
from yuzhou.capabilities.sense.rules.overrides import numbers_of
from yuzhou.capabilities.sense.web.device_search import DeviceInput, find_device
from yuzhou.capabilities.sense.web.rows import district_filter, ordered
from yuzhou.capabilities.sense.web.rule_words import Aim, aim_of, may_define, profile_title, sentences, word_author
from yuzhou.kernel.errors import Invalid, NotFound, YuzhouError, message_for
from yuzhou.ui.pages import render_page
from yuzhou.ui.parts import Crumb, Empty, Fact, Facts
from yuzhou.ui.states import state_of
from yuzhou.ui.tables import Column, Filter, Slice, Table, TableQuery
from yuzhou.ui.timeline import Entry, Timeline

DEFINE = "sense.rule:define"


def rule_table(request: HttpRequest, *, device_id: UUID | None = None, name: str = "") -> Table:
    """The rules that bear on devices that the actor may see."""
    titles: dict[UUID, str] = {}

    def source(query: TableQuery) -> Slice:
        state, origin = query.choices.get("state", ""), query.choices.get("origin", "")
        columns = {"title": "title_zh", "state": "enabled", "changed_at": "changed_at"}
        found = api.find_rules(
            actor=request.actor,
            device_id=device_id,
            place_path=query.choices.get("district") or None,
            enabled={"on": True, "off": False}.get(state),
            by_person={"person": True, "declared": False}.get(origin),
            text=query.text,
            order=ordered(query.sort, query.descending, columns, "-changed_at"),
            offset=query.offset,
            limit=query.limit or 10_000,
        )
        devices = api.find_devices(actor=request.actor, device_ids=[rule.device_id for rule in found if rule.device_id])
        titles.update({device.id: str(device.title) for device in devices.values()})
        return Slice(list(found), found.total)

    columns = [
        Column("state", _("State"), kind="state", states="rule", value=lambda row: "on" if row.enabled else "off"),
        Column("title", _("Rule"), kind="link", heading=True, url=lambda row: reverse("sense:rule", args=[row.id])),
        Column("aim", _("Bears on"), value=lambda row: _aim(row, titles), sortable=False, wide=True),
        Column("severity", _("Up to severity"), kind="state", states="severity", value=_gravest, sortable=False),
        Column("origin", _("Defined by"), value=_origin, sortable=False),
        Column("changed_at", _("Changed at"), kind="time"),
    ]
    filters = [
        Filter("state", _("State"), choices=[(key, state_of("rule", key).label) for key in ("on", "off")]),
        Filter("origin", _("Defined by"), choices=[("person", _("a person")), ("declared", _("the platform"))]),
    ]
    empty = Empty(
        _("No rules"), _("A rule says which values raise an alarm. Define one, and try it on the past first."), icon="adjustments"
    )
    return Table(
        request,
        columns,
        source=source,
        filters=filters if device_id else [*filters, *district_filter(request, "sense.device:read")],
        name=name,
        caption=_("Rules"),
        order="-changed_at",
        csv_name="rules",
        empty=empty,
    )


def _aim(rule: Rule, titles: dict[UUID, str]) -> str:
    if rule.device_id:
        return titles.get(rule.device_id, "")
    return _("all devices of kind {profile}").format(profile=profile_title(rule.profile))


def _gravest(rule: Rule) -> str:
    return max(level.severity for level in rule.definition.levels).key


def _origin(rule: Rule) -> str:
    return _("a person") if rule.by_person else _("the platform")


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """The list."""
    request.actor.require("sense.device:read")
    context = {"table": rule_table(request), "may_define": request.actor.can(DEFINE)}
    return render_page(request, "sense/rules.html", context, title=_("Alarm rules"), crumbs=[Crumb(_("Alarm rules"))])


@require_safe
def rule(request: HttpRequest, rule_id: UUID) -> HttpResponse:
    """One rule: what it says, what it was, which devices have numbers of their own."""
    found = api.get_rule(actor=request.actor, rule_id=rule_id)
    aim = aim_of(request, found.device_id, found.profile)
    own = api.rule_overrides(actor=request.actor, rule_id=rule_id) if not found.device_id else []
    context = {
        "rule": found,
        "facts": _facts(found, aim),
        "sentences": sentences(request, found.definition, aim.names),
        "timeline": _timeline(request, found, aim),
        "overrides": _override_table(request, found, own) if not found.device_id else None,
        "own_form": DeviceForm() if not found.device_id and request.actor.can(DEFINE) else None,
        "may_define": may_define(request, found, aim),
    }
    return render_page(request, "sense/rule.html", context, title=found.title, crumbs=crumbs_of(Crumb(found.title)))


def crumbs_of(*more: Crumb) -> list[Crumb]:
    """The way to a page of rules."""
    return [Crumb(_("Alarm rules"), reverse("sense:rules")), *more]


def _facts(found: Rule, aim: Aim) -> Facts:
    url = reverse("sense:device", args=[aim.device.id]) if aim.device else ""
    return Facts(
        [
            Fact(_("State"), "on" if found.enabled else "off", states="rule"),
            Fact(_("Bears on"), aim.title, url=url),
            Fact(_("Defined by"), _origin(found)),
            Fact(_("Version"), found.version),
            Fact(_("Changed at"), found.changed_at),
        ]
    )


def _timeline(request: HttpRequest, found: Rule, aim: Aim) -> Timeline:
    entries = []
    for version in api.rule_versions(actor=request.actor, rule_id=found.id):
        state = "" if version.enabled else _("Switched off.")
        text = " ".join([state, version.note, *sentences(request, version.definition, aim.names)]).strip()
        title = _("Version {number}").format(number=version.number)
        entries.append(
            Entry(
                version.since,
                title,
                text,
                word_author(version.changed_by),
                "adjustments",
                "notice" if version.enabled else "quiet",
            )
        )
    return Timeline(entries)


def _override_table(request: HttpRequest, found: Rule, own: list[RuleOverride]) -> Table:
    columns = [
        Column(
            "device_title",
            _("Device"),
            kind="link",
            url=lambda row: reverse("sense:rule-device", args=[found.id, row.device_id]),
        ),
        Column("enabled", _("State"), kind="state", states="rule", value=lambda row: "on" if row.enabled else "off"),
        Column("numbers", _("Own numbers"), value=lambda row: _own_numbers(found, row), sortable=False, wide=True),
        Column("changed_at", _("Changed at"), kind="time"),
        Column("changed_by", _("By"), value=lambda row: word_author(row.changed_by)),
    ]
    empty = Empty(_("All devices follow the rule"), _("A device may have numbers of its own, or be left out."))
    return Table(request, columns, own, name="own", caption=_("Devices with numbers of their own"), search=False, empty=empty)


def _own_numbers(found: Rule, row: RuleOverride) -> str:
    return ", ".join(f"{word_pointer(found, pointer)}: {number:g}" for pointer, number in row.numbers.items())


def word_pointer(found: Rule, pointer: str) -> str:
    """What a number in a definition is, in words."""
    parts = pointer.split("/")
    level = found.definition.levels[int(parts[2])]
    node = write_definition(found.definition)["levels"][int(parts[2])]
    names = [str(state_of("severity", level.severity.key).label)]
    for part in parts[3:-1]:
        node = node[int(part)] if isinstance(node, list) else node[part]
        if isinstance(node, dict) and "property" in node:
            names.append(str(node["property"]))
    return f"{' · '.join(names)}: {_words().get(parts[-1], parts[-1])}"


def _words() -> dict[str, str]:
    return {
        "high": _("Above"),
        "low": _("Below"),
        "clear_high": _("Over when back down to"),
        "clear_low": _("Over when back up to"),
        "hold_seconds": _("Must last (seconds)"),
        "clear_seconds": _("Ends after (seconds)"),
        "seconds": _("Over a time of (seconds)"),
        "tolerance": _("Within a range of"),
        "samples": _("How many times in a row"),
        "change": _("Change of more than"),
        "per_seconds": _("Within (seconds)"),
        "at_least": _("From how many values on"),
        "every_seconds": _("A reading is due every (seconds)"),
        "within_seconds": _("The other value is no older than (seconds)"),
    }


class DeviceForm(forms.Form):
    """Which device gets numbers of its own."""

    identity = forms.CharField(label=gettext_lazy("Device (identity or name)"), max_length=128, widget=DeviceInput())


@require_POST
def choose_device(request: HttpRequest, rule_id: UUID) -> HttpResponse:
    """Go to the numbers of a device by its identity."""
    found = api.get_rule(actor=request.actor, rule_id=rule_id)
    device = find_device(request, request.POST.get("identity", ""), found.profile)
    if device is None:
        messages.error(request, _("No device of this kind with that identity."))
        return redirect("sense:rule", rule_id)
    return redirect("sense:rule-device", rule_id, device.id)


@require_http_methods(["GET", "HEAD", "POST"])
def own_numbers(request: HttpRequest, rule_id: UUID, device_id: UUID) -> HttpResponse:
    """What a device has of its own in the rule of its profile."""
    found = api.get_rule(actor=request.actor, rule_id=rule_id)
    device = api.get_device(actor=request.actor, device_id=device_id)
    request.actor.require(DEFINE, place_path=device.place_path)
    if found.device_id or found.profile != device.profile:
        raise NotFound("sense.rule-unknown")
    numbers = numbers_of(write_definition(found.definition))
    own = next(iter(api.rule_overrides(actor=request.actor, rule_id=rule_id, device_ids=[device_id])), None)
    form = _own_form(found, numbers, own)(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = {pointer: form.cleaned_data[f"n{n}"] for n, pointer in enumerate(numbers)}
        try:
            api.override_rule(
                actor=request.actor,
                rule_id=rule_id,
                device_id=device_id,
                numbers={pointer: value for pointer, value in given.items() if value is not None},
                enabled=not form.cleaned_data["off"],
            )
        except Invalid as error:
            form.add_error(None, message_for(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("sense:rule", rule_id)
    crumbs = crumbs_of(Crumb(found.title, reverse("sense:rule", args=[rule_id])), Crumb(device.title))
    context = {"rule": found, "device": device, "form": form, "back": reverse("sense:rule", args=[rule_id])}
    return render_page(
        request, "sense/rule_own.html", context, title=device.title, crumbs=crumbs, status=422 if form.errors else 200
    )


def _own_form(found: Rule, numbers: dict[str, float], own: RuleOverride | None) -> type[forms.Form]:
    fields: dict[str, forms.Field] = {}
    for n, (pointer, number) in enumerate(numbers.items()):
        held = own.numbers.get(pointer) if own else None
        as_rule = _("As the rule: {number}").format(number=f"{number:g}")
        label = word_pointer(found, pointer)
        fields[f"n{n}"] = forms.FloatField(label=label, required=False, initial=held, help_text=as_rule)
    off = forms.BooleanField(
        label=_("The rule does not bear on this device"), required=False, initial=bool(own and not own.enabled)
    )
    return type("OwnForm", (forms.Form,), fields | {"off": off})


@require_POST
def switch(request: HttpRequest, rule_id: UUID) -> HttpResponse:
    """Switch it on or off."""
    try:
        enabled = request.POST.get("enabled") == "on"
        api.switch_rule(actor=request.actor, rule_id=rule_id, enabled=enabled, note=request.POST.get("note", ""))
        messages.success(request, _("The rule is on.") if enabled else _("The rule is off; its standing alarms were cleared."))
    except YuzhouError as error:
        messages.error(request, message_for(error))
    return redirect("sense:rule", rule_id)
