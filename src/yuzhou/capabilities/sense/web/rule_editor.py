"""The editor of rules: a form that grows by steps on the server, says what it means in words, and tries it on the past."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Definition, Rule, Then, Trial
from yuzhou.capabilities.sense.web.device_search import DeviceInput, find_device
from yuzhou.capabilities.sense.web.rule_entries import Editor, LevelData, change_shape, read_posted
from yuzhou.capabilities.sense.web.rule_forms import HeadForm, NotEditable
from yuzhou.capabilities.sense.web.rule_pages import crumbs_of
from yuzhou.capabilities.sense.web.rule_words import Aim, aim_of, identities, sentences
from yuzhou.capabilities.sense.web.rule_writing import written
from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import Invalid, YuzhouError, message_for
from yuzhou.kernel.ids import uuid7
from yuzhou.kernel.text import Text
from yuzhou.ui.pages import render_page
from yuzhou.ui.parts import Crumb

DEFINE = "sense.rule:define"
SPANS = {"1": 1, "7": 7, "30": 30, "90": 90, "365": 365}


class AimForm(forms.Form):
    """What the rule is to bear on."""

    identity = forms.CharField(
        label=gettext_lazy("Device (identity or name)"), max_length=128, required=False, widget=DeviceInput()
    )
    profile = forms.ChoiceField(label=gettext_lazy("or all devices of kind"), required=False)

    def __init__(self, *args: object, profiles: Mapping[str, str], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # whatever a Form takes
        self.fields["profile"].choices = [("", "—"), *profiles.items()]  # type: ignore[attr-defined]  # a ChoiceField


class ThenForm(forms.Form):
    """The command that the rule asks for."""

    command = forms.ChoiceField(label=gettext_lazy("Command to the device when the alarm rises"), required=False)
    dead = forms.FloatField(label=gettext_lazy("Not again within (minutes)"), min_value=1, required=False)
    fresh = forms.FloatField(
        label=gettext_lazy("Only on what was measured at most so long ago (seconds)"),
        min_value=1,
        max_value=86_400,
        required=False,
    )

    def __init__(self, *args: object, commands: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # whatever a Form takes
        self.fields["command"].choices = [("", _("none")), *commands]  # type: ignore[attr-defined]  # a ChoiceField

    def asked(self, kept: tuple[Then, ...]) -> tuple[Then, ...]:
        """What was entered, once it is valid; what the rule asks for stays, a single command with these times."""
        command, dead, fresh = (self.cleaned_data[name] for name in ("command", "dead", "fresh"))
        times = ({"dead_seconds": dead * 60} if dead else {}) | ({"fresh_seconds": fresh} if fresh else {})
        if command == "=":
            return (replace(kept[0], **times),) if len(kept) == 1 else kept
        return (Then(command, **times),) if command else ()


def _then_form(request: HttpRequest, step: str, aim: Aim, kept: tuple[Then, ...]) -> ThenForm:
    one = kept[0] if len(kept) == 1 else Then("")
    initial = {"command": "=" if kept else "", "dead": f"{one.dead_seconds / 60:g}", "fresh": f"{one.fresh_seconds:g}"}
    return ThenForm(request.POST if step else None, commands=_commands(aim, kept), initial=initial)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A new rule: first what it bears on, then what it says."""
    request.actor.require(DEFINE)
    device, profile = request.GET.get("device", ""), request.GET.get("profile", "")
    if identity := request.GET.get("identity", ""):
        found = find_device(request, identity)
        if found is not None:
            return redirect(f"{reverse('sense:rule-new')}?device={found.id}")
        messages.error(request, _("No device with that identity that you may see."))
    if not device and not profile:
        profiles = {one.key: str(one.title) for one in api.list_profiles(order="title_zh")}
        profiles |= {key: key for key in _seen_profiles(request) if key not in profiles}
        context = {"form": AimForm(request.GET if identity else None, profiles=profiles)}
        return render_page(request, "sense/rule_aim.html", context, title=_("New rule"), crumbs=crumbs_of(Crumb(_("New rule"))))
    try:
        device_id = UUID(device) if device else None
    except ValueError as error:
        raise Invalid("sense.query-invalid", field="device", name="device") from error
    return _edit(request, aim_of(request, device_id, profile), None)


def _seen_profiles(request: HttpRequest) -> set[str]:
    return {device.profile for device in api.list_devices(actor=request.actor, limit=500) if device.profile}


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, rule_id: UUID) -> HttpResponse:
    """Change a rule."""
    found = api.get_rule(actor=request.actor, rule_id=rule_id)
    return _edit(request, aim_of(request, found.device_id, found.profile), found)


@require_http_methods(["GET", "HEAD", "POST"])
def from_trial(request: HttpRequest, trial_id: UUID) -> HttpResponse:
    """Go on with what was tried."""
    trial = api.get_trial(actor=request.actor, trial_id=trial_id)
    found = api.get_rule(actor=request.actor, rule_id=trial.rule_id) if trial.rule_id else None
    return _edit(request, aim_of(request, trial.device_id, trial.profile), found, trial)


def _edit(request: HttpRequest, aim: Aim, found: Rule | None, trial: Trial | None = None) -> HttpResponse:
    request.actor.require(DEFINE, place_path=aim.place if aim.device else None)
    shown = trial or found
    step = request.POST.get("step", "") if request.method == "POST" else ""
    if shown is not None and not step:
        try:
            data = written(shown.definition, identities(request, shown.definition))
        except NotEditable:
            messages.info(request, _("This rule is made of more than the editor can show: change it by the JSON interface."))
            return redirect("sense:rule", found.id) if found else redirect("sense:rules")
    else:
        data = read_posted(request.POST) if step else [LevelData()]
    change_shape(data, step)
    is_final = step in ("save", "try")
    title = {"title_zh": shown.title.zh, "title_en": shown.title.en} if shown else {}
    told = {"initial": request.POST.dict() if step else title}
    head = HeadForm(request.POST, is_new=found is None) if is_final else HeadForm(**told, is_new=found is None)
    kept = shown.definition.then if shown else ()
    then = _then_form(request, step, aim, kept)
    editor = Editor(aim.feeds, data, aim.profile or (aim.device.profile if aim.device else ""), bound=is_final)
    problem, definition = "", None
    if is_final or step == "refresh":
        problem, definition = _understand(request, aim, data, editor, then, kept, quietly=not is_final)
    if is_final and definition is not None and head.is_valid():
        try:
            return _finish(request, aim, found, step, head.cleaned_data, definition)
        except YuzhouError as error:
            problem = message_for(error)
    said = definition or (shown.definition if shown is not None and not step else None)
    context = {
        "aim": aim,
        "rule": found,
        "head": head,
        "editor": editor,
        "then_form": then,
        "version": request.POST.get("version", found.version if found else 0),
        "sentences": sentences(request, said, aim.names) if said else [],
        "problem": problem if is_final else "",
        "spans": [(key, _("{days} days").format(days=days)) for key, days in SPANS.items()],
        "back": reverse("sense:rule", args=[found.id]) if found else reverse("sense:rules"),
        "path": request.get_full_path(),
    }
    name = found.title if found else _("New rule")
    crumbs = (
        crumbs_of(Crumb(name, reverse("sense:rule", args=[found.id])), Crumb(_("Change"))) if found else crumbs_of(Crumb(name))
    )
    failed = is_final and request.method == "POST"
    return render_page(request, "sense/rule_edit.html", context, title=name, crumbs=crumbs, status=422 if failed else 200)


def _commands(aim: Aim, kept: tuple[Then, ...]) -> list[tuple[str, str]]:
    """Commands without values of the device; what the rule asks for now may stay."""
    found = [("=", _("as it is: {commands}").format(commands=", ".join(one.command for one in kept)))] if kept else []
    if aim.device is None:
        return found
    kinds = api.command_types(protocol=aim.device.protocol, profile=aim.device.profile)
    return found + [(kind.name, str(kind.title)) for kind in kinds if not any(field.required for field in kind.fields)]


def _understand(
    request: HttpRequest,
    aim: Aim,
    data: list[LevelData],
    editor: Editor,
    then: ThenForm,
    kept: tuple[Then, ...],
    *,
    quietly: bool,
) -> tuple[str, Definition | None]:
    """The definition that was entered, or what is wrong with it."""
    judged = Editor(aim.feeds, data, editor.profile, bound=True) if quietly else editor
    if not judged.is_valid() or not then.is_valid():
        return "", None
    unknown: list[str] = []

    def find(identity: str) -> UUID | None:
        device = find_device(request, identity)
        if device is None:
            unknown.append(identity)
        return device.id if device else None

    definition = judged.definition(find, then.asked(kept))
    if unknown:
        return _("There is no device {identity} that you may see.").format(identity=unknown[0]), None
    return "", definition


def _finish(
    request: HttpRequest, aim: Aim, found: Rule | None, step: str, head: Mapping[str, str], definition: Definition
) -> HttpResponse:
    title = Text(head["title_zh"], head["title_en"])
    device_id = aim.device.id if aim.device else None
    if step == "try":
        days = SPANS.get(request.POST.get("span", "7"), 7)
        trial = api.try_rule(
            actor=request.actor,
            title=title,
            definition=definition,
            start=now() - timedelta(days=days),
            end=now(),
            device_id=device_id,
            profile=aim.profile,
            rule_id=found.id if found else None,
        )
        return redirect("sense:rule-trial", trial.id)
    version = request.POST.get("version", "")
    rule = api.define_rule(
        actor=request.actor,
        key=found.key if found else f"desk:{uuid7()}",
        title=title,
        definition=definition,
        device_id=device_id,
        profile=aim.profile,
        enabled=found.enabled if found else True,
        expected_version=int(version) if version.isascii() and version.isdigit() and len(version) < 9 else None,
        note=head.get("note", ""),
    )
    messages.success(request, _("The rule is saved."))
    return redirect("sense:rule", rule.id)
