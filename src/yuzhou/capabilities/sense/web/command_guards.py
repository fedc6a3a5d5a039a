"""What forbids commands to a device: its interlocks and lock-outs, and putting them there."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import CommandGroup, CommandType, Device, LockKind
from yuzhou.capabilities.sense.contracts.wording import word_duration
from yuzhou.capabilities.sense.web.command_words import LOCKS, kinds_of, word_interlock
from yuzhou.capabilities.sense.web.device_search import DeviceInput, SuggestInput, find_device
from yuzhou.capabilities.sense.web.devices import device_page
from yuzhou.kernel.actor import CITY_PATH
from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import Conflict, Invalid, NotFound, message_for
from yuzhou.kernel.text import Text
from yuzhou.ui.parts import Tab, Tabs

KINDS = {
    "value": gettext_lazy("Limit of the value"),
    "change": gettext_lazy("Limit of the change"),
    "pause": gettext_lazy("Minimum pause"),
    "condition": gettext_lazy("Condition"),
    "exclusive": gettext_lazy("Mutual exclusion"),
    "two-persons": gettext_lazy("Two persons"),
}
Properties = list[tuple[str, str]]
HOURS = (1, 2, 4, 8, 24, 72, 168, 720)


def _hours() -> list[tuple[int, str]]:
    return [(hours, word_duration(hours * 3600)) for hours in HOURS]


class LockForm(forms.Form):
    """A lock-out."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=[(kind, title) for kind, title in LOCKS.items()])
    hours = forms.TypedChoiceField(label=gettext_lazy("For how long"), choices=_hours, coerce=int, initial=4)
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500)


def interlock_form(
    kind: str, device: Device, kinds: dict[str, CommandType], properties: Properties, *, whole_city: bool
) -> type[forms.Form]:
    """The form of one kind of interlock."""
    changing = [(one.name, str(one.title)) for one in kinds.values() if one.group is not CommandGroup.READ]
    numbers = {
        field.name: str(field.title) for one in kinds.values() for field in one.fields if field.kind in ("integer", "number")
    }
    fields: dict[str, forms.Field] = {
        "command": forms.ChoiceField(
            label=_("Before which command"),
            choices=[] if kind in ("value", "change") else [("", _("All that change something")), *changing],
            required=kind in ("value", "change"),
        )
    }
    if kind in ("value", "change"):
        having = {one.name for one in kinds.values() if any(field.name in numbers for field in one.fields)}
        fields["command"].choices = [choice for choice in changing if choice[0] in having]  # type: ignore[attr-defined] # of a ChoiceField
        fields["field"] = forms.ChoiceField(label=_("Value"), choices=list(numbers.items()))
    fields |= _own_fields(kind, changing, properties)
    fields["title"] = forms.CharField(label=_("What people call it"), max_length=200, required=False)
    if whole_city and device.profile:
        profile = api.find_profiles(keys=[device.profile]).get(device.profile)
        label = _("For all devices of the profile {profile}").format(profile=profile.title if profile else device.profile)
        fields["for_profile"] = forms.BooleanField(label=label, required=False)
    return type("InterlockForm", (forms.Form,), fields)


def _own_fields(kind: str, changing: list[tuple[str, str]], properties: Properties) -> dict[str, forms.Field]:
    def number(label: str, *, required: bool = True, **more: Any) -> forms.Field:
        return forms.FloatField(label=label, required=required, **more)

    seconds = number(_("Seconds"), min_value=1)
    match kind:
        case "value":
            return {"low": number(_("At least"), required=False), "high": number(_("At most"), required=False)}
        case "change":
            return {"most": number(_("Changes by at most"), min_value=0), "seconds": seconds}
        case "pause":
            return {"seconds": seconds}
        case "condition":
            operators = [(sign, sign) for sign in ("<", "<=", "=", "!=", ">=", ">")]
            return {
                "property": forms.CharField(
                    label=_("Property"),
                    max_length=64,
                    widget=SuggestInput(properties),
                    help_text=_("Choose one of this device; of another device type its name in the messages."),
                ),
                "operator": forms.ChoiceField(label=_("Is"), choices=operators),
                "value": number(_("Limit")),
                "fresh_seconds": number(_("Not older than (seconds)"), min_value=1, initial=300),
                "other": forms.CharField(
                    label=_("Another device (identity or name)"),
                    max_length=128,
                    required=False,
                    widget=DeviceInput(),
                    help_text=_("Leave empty for this device."),
                ),
                "same_site": forms.BooleanField(label=_("Every other device of the site"), required=False),
            }
        case "exclusive":
            return {"commands": forms.MultipleChoiceField(label=_("Not while these are under way"), choices=changing)}
    return {}


@require_http_methods(["GET", "HEAD", "POST"])
def guards(request: HttpRequest, device_id: UUID) -> HttpResponse:
    """What stands before its commands; POST adds an interlock of the kind that is shown."""
    device = api.get_device(actor=request.actor, device_id=device_id)
    kind = request.GET.get("kind", "value")
    kind = kind if kind in KINDS else "value"
    whole_city = request.actor.can("sense.interlock:define", place_path=CITY_PATH)
    form_class = interlock_form(kind, device, kinds_of(device), _properties(request, device), whole_city=whole_city)
    form = form_class(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            _define(request, device, kind, dict(form.cleaned_data))
            messages.success(request, _("The interlock stands."))
            return redirect("sense:command-guards", device.id)
        except (Invalid, NotFound) as error:
            form.add_error(None, message_for(error))
    return _page(request, device, kind, form, LockForm(), 422 if form.errors else 200)


def _properties(request: HttpRequest, device: Device) -> Properties:
    """What the device measures: the name in the messages, and what people call it."""
    series = api.list_series(actor=request.actor, device_ids=[device.id])
    return list({one.property: (one.property, str(one.title)) for one in series}.values())


def _define(request: HttpRequest, device: Device, kind: str, given: dict[str, Any]) -> None:
    command, title, other = given.pop("command", ""), given.pop("title", ""), given.pop("other", "")
    for_profile = given.pop("for_profile", False)
    if other:
        found = find_device(request, other)
        if found is None:
            raise NotFound("sense.device-unknown")
        given["device"] = str(found.id)
    api.define_interlock(
        actor=request.actor,
        interlock={"kind": kind, **{name: value for name, value in given.items() if value not in (None, "")}},
        command=command,
        device_id=None if for_profile else device.id,
        profile=device.profile if for_profile else "",
        title=Text(title, title),
    )


def _page(
    request: HttpRequest, device: Device, kind: str, form: forms.Form, lock_form: forms.Form, status: int = 200
) -> HttpResponse:
    kinds = kinds_of(device)
    standing = api.list_interlocks(actor=request.actor, device_id=device.id)
    declared = [(one, word.name) for word in kinds.values() for one in word.interlocks]
    may = request.actor.can("sense.interlock:define", place_path=device.place_path)
    whole_city = request.actor.can("sense.interlock:define", place_path=CITY_PATH)
    locks = api.list_locks(actor=request.actor, device_ids=[device.id])
    base = request.path
    context = {
        "rows": [
            {
                "id": one.id,
                "command": kinds[one.command].title if one.command in kinds else one.command or _("All that change something"),
                "demand": word_interlock(one, kinds),
                "title": one.title,
                "profile": one.profile,
                "by": one.defined_by,
                "may_withdraw": may and (not one.profile or whole_city),
            }
            for one in standing
        ],
        "declared": len(declared),
        "locks": [{"lock": one, "title": LOCKS[LockKind(one.kind)]} for one in locks],
        "may_define": may,
        "may_lock": request.actor.can("sense.command:lock", place_path=device.place_path),
        "kinds": Tabs([Tab(title, f"{base}?kind={key}", key == kind) for key, title in KINDS.items()], _("Kind")),
        "form": form,
        "lock_form": lock_form,
    }
    page = device_page(request, device, "sense/device_guards.html", context, "commands")
    page.status_code = status
    return page


@require_POST
def withdraw(request: HttpRequest, device_id: UUID, interlock_id: UUID) -> HttpResponse:
    """Take an interlock away."""
    api.withdraw_interlock(actor=request.actor, interlock_id=interlock_id)
    messages.success(request, _("The interlock is gone."))
    return redirect("sense:command-guards", device_id)


@require_POST
def lock(request: HttpRequest, device_id: UUID) -> HttpResponse:
    """Lock the device out."""
    form = LockForm(request.POST)
    device = api.get_device(actor=request.actor, device_id=device_id)
    if not form.is_valid():
        whole_city = request.actor.can("sense.interlock:define", place_path=CITY_PATH)
        empty = interlock_form("value", device, kinds_of(device), [], whole_city=whole_city)()
        return _page(request, device, "value", empty, form, 422)
    given = form.cleaned_data
    until = now() + timedelta(hours=given["hours"])
    api.lock_device(actor=request.actor, device_id=device_id, kind=LockKind(given["kind"]), reason=given["reason"], until=until)
    messages.success(request, _("The device is locked out."))
    return redirect("sense:command-guards", device_id)


@require_POST
def release(request: HttpRequest, device_id: UUID, lock_id: UUID) -> HttpResponse:
    """End a lock-out."""
    try:
        api.release_device(actor=request.actor, lock_id=lock_id)
        messages.success(request, _("The lock-out has ended."))
    except Conflict as error:
        messages.error(request, message_for(error))
    return redirect("sense:command-guards", device_id)
