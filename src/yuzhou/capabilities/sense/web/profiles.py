"""Profiles: the list, one with all that it says, and taking it along as JSON."""

import json
from dataclasses import replace

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Profile, RuleTemplate
from yuzhou.capabilities.sense.contracts.profile_notation import UNREADABLE, read_profile, write_profile
from yuzhou.capabilities.sense.contracts.protocols import PROTOCOLS, protocol_of
from yuzhou.capabilities.sense.contracts.units import COMMON
from yuzhou.capabilities.sense.contracts.wording import word_duration
from yuzhou.capabilities.sense.web.profile_forms import ImportForm, ProfileForm, initial_of
from yuzhou.capabilities.sense.web.profile_words import command_words, properties_table, word_changes
from yuzhou.capabilities.sense.web.rows import ordered
from yuzhou.capabilities.sense.web.rule_words import word_author
from yuzhou.capabilities.sense.web.saving import attempt
from yuzhou.kernel.actor import CITY_PATH
from yuzhou.kernel.errors import Invalid
from yuzhou.ui.pages import render_page
from yuzhou.ui.parts import Action, Crumb, Empty, Fact, Facts
from yuzhou.ui.tables import Column, Filter, Slice, Table, TableQuery

READ, DEFINE = "sense.device:read", "sense.profile:define"
LARGEST = 1_000_000  # bytes of a shared profile
ORDERS = {"title": "title_zh", "key": "key", "protocol": "protocol"}


def may_define(request: HttpRequest, profile: Profile | None = None) -> bool:
    """Whether the actor may change it (or make one)."""
    return bool(request.actor.can(DEFINE, place_path=CITY_PATH)) and not (profile and profile.origin)


def profile_crumbs(profile: Profile, *more: str) -> list[Crumb]:
    """The way to a page of a profile."""
    return [
        Crumb(_("Device profiles"), reverse("sense:profiles")),
        Crumb(profile.title, reverse("sense:profile", args=[profile.key]) if more else ""),
        *(Crumb(title) for title in more),
    ]


@require_safe
def profiles(request: HttpRequest) -> HttpResponse:
    """The list."""
    request.actor.require(READ)
    context = {"table": _table(request), "may_define": may_define(request)}
    return render_page(request, "sense/profiles.html", context, title=_("Device profiles"), crumbs=[Crumb(_("Device profiles"))])


def _table(request: HttpRequest) -> Table:
    def source(query: TableQuery) -> Slice:
        found = api.list_profiles(
            protocol=query.choices.get("protocol") or None,
            text=query.text,
            retired=query.choices.get("retired") == "yes",
            order=ordered(query.sort, query.descending, ORDERS, "title_zh"),
            offset=query.offset,
            limit=query.limit or 10_000,
        )
        return Slice(list(found), found.total)

    columns = [
        Column("title", _("Device profile"), kind="link", url=lambda row: reverse("sense:profile", args=[row.key])),
        Column("key", _("Code")),
        Column("protocol", _("Protocol"), value=lambda row: protocol_of(row.protocol).title),
        Column("properties", _("Properties"), kind="number", value=lambda row: len(row.properties), sortable=False),
        Column("commands", _("Commands"), kind="number", value=lambda row: len(row.commands), sortable=False),
        Column("rules", _("Rules"), kind="number", value=lambda row: len(row.rules), sortable=False),
        Column(
            "origin", _("Where it is from"), value=lambda row: _("built in") if row.origin else _("made here"), sortable=False
        ),
    ]
    filters = [
        Filter("protocol", _("Protocol"), choices=[(one.key, one.title) for one in PROTOCOLS.values()]),
        Filter("retired", _("Retired"), choices=[("yes", _("only retired ones"))]),
    ]
    action = Action(_("New profile"), reverse("sense:profile-new"), "plus", primary=True) if may_define(request) else None
    empty = Empty(
        _("No profile yet"),
        _("A profile says what a kind of device measures. Devices are then entered by it."),
        action,
        "list-details",
    )
    return Table(
        request,
        columns,
        source=source,
        filters=filters,
        caption=_("Device profiles"),
        order="title",
        csv_name="profiles",
        empty=empty,
    )


@require_safe
def profile(request: HttpRequest, key: str) -> HttpResponse:
    """What it says, and the devices that have it."""
    request.actor.require(READ)
    found = api.get_profile(key=key)
    context = {
        "profile": found,
        "facts": _facts(request, found),
        "properties": properties_table(request, found, may_change=may_define(request, found)),
        "commands": command_words(found),
        "versions": [(one, word_changes(one.changed), word_author(one.by)) for one in api.profile_versions(key=key)[:10]],
        "rules": _rules(request, found),
        "may_define": may_define(request, found),
        "may_copy": may_define(request),
        "may_register": not found.retired and request.actor.can("sense.device:register"),
        "may_rule": request.actor.can("sense.rule:define", place_path=CITY_PATH),
    }
    return render_page(request, "sense/profile.html", context, title=found.title, crumbs=profile_crumbs(found))


def _facts(request: HttpRequest, found: Profile) -> Facts:
    count = api.list_devices(actor=request.actor, profile=found.key, limit=1).total
    devices = f"{reverse('sense:devices')}?profile={found.key}"
    return Facts(
        [
            Fact(_("Code"), found.key, code=True),
            Fact(_("Protocol"), protocol_of(found.protocol).title),
            Fact(_("Devices"), count, url=devices if count else ""),
            Fact(_("Silent after"), word_duration(found.silent_after_seconds)),
            Fact(_("Where it is from"), _("built in") if found.origin else _("made here")),
            Fact(_("Version"), found.version),
            Fact(_("Notes"), found.notes or None),
        ]
    )


def _rules(request: HttpRequest, found: Profile) -> list[tuple[RuleTemplate, str]]:
    """The rules of the profile, each with its page where the actor may see it."""
    pages = {rule.key: reverse("sense:rule", args=[rule.id]) for rule in api.find_rules(actor=request.actor, profile=found.key)}
    return [(rule, pages.get(f"{found.key}/{rule.key}") or pages.get(rule.key, "")) for rule in found.rules]


@require_http_methods(["GET", "HEAD", "POST"])
def new_profile(request: HttpRequest) -> HttpResponse:
    """Make a profile; `?copy=` one that there is."""
    request.actor.require(DEFINE, place_path=CITY_PATH)
    copied = request.GET.get("copy", "")
    model = api.get_profile(key=copied) if copied else None
    form = ProfileForm(request.POST or None, initial=initial_of(model) if model else None)
    if request.method == "POST" and form.is_valid():
        blank = replace(model, origin="", version=0, retired=False) if model else Profile("", form.members()["title"], "")
        made = replace(blank, key=form.cleaned_data["key"].strip(), **form.members())
        if attempt(form, lambda: _make(request, made)):
            messages.success(request, _("The profile is made. Now say what its devices measure."))
            return redirect("sense:profile", made.key)
    title = _("Copy “{title}”").format(title=model.title) if model else _("New profile")
    crumbs = [Crumb(_("Device profiles"), reverse("sense:profiles")), Crumb(title)]
    return form_page(request, form, title, _("Make the profile"), reverse("sense:profiles"), crumbs)


def _make(request: HttpRequest, made: Profile) -> Profile:
    if api.find_profiles(keys=[made.key]):
        raise Invalid("sense.profile-taken", field="key", key=made.key)
    return api.define_profile(actor=request.actor, profile=made, keep_rules=not made.rules)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_profile(request: HttpRequest, key: str) -> HttpResponse:
    """Change its name, protocol and time of silence."""
    found = editable(request, key)
    form = ProfileForm(request.POST or None, profile=found, initial=initial_of(found))
    if request.method == "POST" and form.is_valid() and save(request, form, found, replace(found, **form.members())):
        return redirect("sense:profile", key)
    back = reverse("sense:profile", args=[key])
    return form_page(request, form, _("Change the profile"), _("Save"), back, profile_crumbs(found, _("Change the profile")))


def editable(request: HttpRequest, key: str) -> Profile:
    """The profile, for who may change it."""
    request.actor.require(DEFINE, place_path=CITY_PATH)
    return api.get_profile(key=key)


def save(request: HttpRequest, form: Form, before: Profile, after: Profile) -> bool:
    """Store a change of a profile; what is wrong becomes the form's error."""

    def act() -> Profile:
        return api.define_profile(actor=request.actor, profile=after, expected_version=before.version, keep_rules=True)

    if attempt(form, act) is None:
        return False
    messages.success(request, _("The changes are saved, and the devices of the profile follow them."))
    return True


def form_page(
    request: HttpRequest, form: Form, title: str, button: str, back: str, crumbs: list[Crumb], **more: object
) -> HttpResponse:
    """A form on a page of its own."""
    context = {"form": form, "button": button, "back": back, "units": COMMON.items(), **more}
    return render_page(request, "sense/form.html", context, title=title, crumbs=crumbs, status=422 if form.errors else 200)


@require_POST
def retire(request: HttpRequest, key: str) -> HttpResponse:
    """Offer it no more, or again."""
    retired = request.POST.get("retired") == "1"
    api.retire_profile(actor=request.actor, key=key, retired=retired)
    done = _("The profile is offered no more. Its devices go on.") if retired else _("The profile is offered again.")
    messages.success(request, done)
    return redirect("sense:profile", key)


@require_safe
def export(request: HttpRequest, key: str) -> HttpResponse:
    """The profile as JSON, to be shared."""
    request.actor.require(READ)
    text = json.dumps(write_profile(api.get_profile(key=key)), ensure_ascii=False, indent=2)
    headers = {"Content-Disposition": f'attachment; filename="{key}.profile.json"'}
    return HttpResponse(text, content_type="application/json", headers=headers)


@require_http_methods(["GET", "HEAD", "POST"])
def import_profile(request: HttpRequest) -> HttpResponse:
    """Take in a profile that was shared."""
    request.actor.require(DEFINE, place_path=CITY_PATH)
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        made = attempt(form, lambda: _import(request, form))
        if made is not None:
            messages.success(request, _("The profile is taken in."))
            return redirect("sense:profile", made.key)
    title = _("Take in a shared profile")
    crumbs = [Crumb(_("Device profiles"), reverse("sense:profiles")), Crumb(title)]
    return form_page(request, form, title, _("Take it in"), reverse("sense:profiles"), crumbs, multipart=True)


def _import(request: HttpRequest, form: ImportForm) -> Profile:
    file = form.cleaned_data["file"]
    if file is not None and file.size > LARGEST:
        raise Invalid(UNREADABLE, field="file", problem=f"> {LARGEST} B")
    try:
        read = read_profile(json.loads(file.read() if file else form.cleaned_data["text"]))
    except (ValueError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(UNREADABLE, field="file" if file else "text", problem=str(error)) from error
    return _make(request, replace(read, key=form.cleaned_data["key"].strip() or read.key))
