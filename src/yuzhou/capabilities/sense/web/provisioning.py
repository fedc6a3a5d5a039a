"""Devices that ask for themselves: the queue in which they wait, and the keys under which they ask."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import ProvisionKey, ProvisionRequest, ProvisionStatus
from yuzhou.capabilities.sense.web.onboarding import districts_of
from yuzhou.capabilities.sense.web.profiles import form_page
from yuzhou.capabilities.sense.web.rows import place_names
from yuzhou.capabilities.sense.web.saving import attempt
from yuzhou.kernel import clock
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.errors import Invalid, message_for, word
from yuzhou.kernel.ids import urn
from yuzhou.kernel.places.api import get_place, list_children
from yuzhou.kernel.worklist.api import Severity, WorkItem
from yuzhou.ui.pages import confirm_page, render_page
from yuzhou.ui.parts import Action, Confirm, Crumb, Empty, Fact, Tab, Tabs
from yuzhou.ui.tables import Column, Table

APPROVE = "sense.device:approve"
MOST_SHOWN = 200


def _home() -> list[Crumb]:
    return [
        Crumb(_("Devices"), reverse("sense:devices")),
        Crumb(_("Devices that ask to be let in"), reverse("sense:provisioning")),
    ]


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """Who waits, and who was refused."""
    request.actor.require(APPROVE)
    shows_refused = request.GET.get("show") == "refused"
    status = ProvisionStatus.REFUSED if shows_refused else ProvisionStatus.PENDING
    found = api.list_provision_requests(
        actor=request.actor, statuses=[status], text=request.GET.get("q", "")[:100], limit=MOST_SHOWN
    )
    here = reverse("sense:provisioning")
    tabs = [
        Tab(_("Waiting"), here, not shows_refused, _count(request, ProvisionStatus.PENDING)),
        Tab(_("Refused"), f"{here}?show=refused", shows_refused, _count(request, ProvisionStatus.REFUSED)),
        Tab(_("Keys"), reverse("sense:provision-keys")),
    ]
    context = {
        "tabs": Tabs(tabs, _("Devices that ask to be let in")),
        "rows": _rows(found),
        "more": max(0, found.total - MOST_SHOWN),
        "refused": shows_refused,
        "q": request.GET.get("q", ""),
    }
    title = _("Devices that ask to be let in")
    return render_page(request, "sense/provisioning.html", context, title=title, crumbs=[_home()[0], Crumb(title)])


def _count(request: HttpRequest, status: ProvisionStatus) -> int:
    return api.list_provision_requests(actor=request.actor, statuses=[status], limit=1).total


def _rows(found: Any) -> list[dict[str, Any]]:
    requests: list[ProvisionRequest] = list(found)
    names = place_names(one.place_path for one in requests)
    profiles = api.find_profiles(keys={one.profile for one in requests})
    return [
        {
            "request": one,
            "place": names[one.place_path],
            "profile": _kind(one.profile, profiles),
            "details": ", ".join(f"{name} {value}" for name, value in one.details.items()),
            "why": word(one.code, {"reason": one.reason}) if one.code else "",
            "claimed": reverse("sense:device", args=[one.claims]) if one.claims else "",
        }
        for one in requests
    ]


def _kind(key: str, profiles: Any) -> Any:
    """What a device is to be: of a profile, or as the births that its edge node sent declare it."""
    if not key:
        return _("As its edge node declares it")
    return profiles[key].title if key in profiles else key


@require_POST
def decide(request: HttpRequest) -> HttpResponse:
    """Let in those that are ticked, or refuse them with a reason."""
    ids = [UUID(value) for value in request.POST.getlist("shown" if "all" in request.POST else "request") if _is_id(value)]
    if not ids:
        messages.warning(request, _("Tick at least one device."))
        return redirect("sense:provisioning")
    if "approve" in request.POST:
        count = api.approve_provisioning(actor=request.actor, request_ids=ids)
        done = ngettext("{count} device is let in.", "{count} devices are let in.", count)
        messages.success(request, done.format(count=count))
        return redirect("sense:provisioning")
    try:
        count = api.refuse_provisioning(actor=request.actor, request_ids=ids, reason=request.POST.get("reason", ""))
    except Invalid as error:
        messages.error(request, message_for(error))
    else:
        messages.success(
            request, ngettext("{count} device is refused.", "{count} devices are refused.", count).format(count=count)
        )
    return redirect("sense:provisioning")


def _is_id(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True


@require_POST
def forget(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Let a refused device ask anew."""
    api.forget_provisioning(actor=request.actor, request_id=request_id)
    messages.success(request, _("The device may ask anew."))
    return redirect(f"{reverse('sense:provisioning')}?show=refused")


@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    """The keys."""
    request.actor.require(APPROVE)
    found = api.list_provision_keys(actor=request.actor)
    names = place_names(one.place_path for one in found)
    titles = {one.key: one.title for one in api.find_profiles(keys={one.profile for one in found}).values()}
    columns = [
        Column("title", _("Key"), kind="link", url=_revoke_url),
        Column("hint", _("Begins with")),
        Column("profile", _("Device profile"), value=lambda one: titles.get(one.profile, one.profile)),
        Column("place", _("Place"), value=lambda one: names[one.place_path]),
        Column("used", _("Used"), value=lambda one: f"{one.used} / {one.most}", sortable=False),
        Column("automatic", _("Lets in by itself"), kind="state", sortable=False),
        Column("expires_at", _("Expires"), kind="time"),
        Column("state", _("State"), value=_key_state),
    ]
    action = Action(_("Make a key"), reverse("sense:provision-key-new"), "plus", primary=True)
    empty = Empty(
        _("No key yet"), _("Under a key, devices of one profile may ask to be let in at one place."), action, icon="key"
    )
    table = Table(request, columns, found, caption=_("Provisioning keys"), csv_name="provisioning-keys", empty=empty)
    context = {"table": table}
    crumbs = [*_home(), Crumb(_("Provisioning keys"))]
    return render_page(request, "sense/provision_keys.html", context, title=_("Provisioning keys"), crumbs=crumbs)


def _key_state(key: ProvisionKey) -> str:
    if key.revoked_at:
        return _("Revoked")
    if key.expires_at <= clock.now():
        return _("Expired")
    return _("Used up") if key.used >= key.most else _("Valid")


def _revoke_url(key: ProvisionKey) -> str:
    return reverse("sense:provision-key-revoke", args=[key.id])


class KeyForm(forms.Form):
    """A key to be made."""

    title = forms.CharField(
        label=gettext_lazy("Name"), max_length=200, help_text=gettext_lazy("Such as: probes delivered in May")
    )
    profile = forms.ChoiceField(label=gettext_lazy("Device profile"))
    place_path = forms.ChoiceField(label=gettext_lazy("Place"))
    most = forms.IntegerField(label=gettext_lazy("For how many devices"), min_value=1, max_value=100_000, initial=20)
    days = forms.IntegerField(label=gettext_lazy("Valid for (days)"), min_value=1, max_value=365, initial=30)
    automatic = forms.BooleanField(
        label=gettext_lazy("Let the devices in without a person's word"),
        required=False,
        help_text=gettext_lazy("Only where the key stays in your own hands, such as at the factory."),
    )

    def __init__(self, *args: Any, profiles: list[tuple[str, Any]], places: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["profile"].choices = profiles  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["place_path"].choices = places  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
def new_key(request: HttpRequest) -> HttpResponse:
    """Make a key; it is shown once."""
    request.actor.require(APPROVE)
    profiles = [(one.key, one.title) for one in api.list_profiles(order="title_zh")]
    form = KeyForm(request.POST or None, profiles=profiles, places=_places(request.actor), initial=request.GET.dict())
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        until = clock.now() + timedelta(days=values.pop("days"))
        made = attempt(form, lambda: api.make_provision_key(actor=request.actor, expires_at=until, **values))
        if made is not None:
            context = {"key": made.key, "secret": made.secret}
            crumbs = [*_home(), Crumb(_("The key is made"))]
            response = render_page(request, "sense/provision_key.html", context, title=_("The key is made"), crumbs=crumbs)
            add_never_cache_headers(response)
            return response
    crumbs = [*_home(), Crumb(_("Make a key"))]
    return form_page(request, form, _("Make a key"), _("Make the key"), reverse("sense:provision-keys"), crumbs)


def _places(actor: Actor) -> list[tuple[str, Any]]:
    """The districts within reach; for an officer of one district or less, its townships too."""
    districts = districts_of(actor, APPROVE)
    if len(districts) > 1:
        return [(path, title) for path, title in districts if actor.can(APPROVE, place_path=path)]
    inside = [get_place(path=path) for path, _title in districts]
    every = [*inside, *(child for place in inside for child in list_children(place.path))]
    return [(place.path, place.title) for place in every if actor.can(APPROVE, place_path=place.path)]


@require_http_methods(["GET", "HEAD", "POST"])
def revoke_key(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """Take a key back."""
    found = next((one for one in api.list_provision_keys(actor=request.actor) if one.id == key_id), None)
    if request.method == "POST" or found is None:
        api.revoke_provision_key(actor=request.actor, key_id=key_id)
        messages.success(request, _("The key is revoked: no new device may ask under it."))
        return redirect("sense:provision-keys")

    confirm = Confirm(
        _("Revoke this key?"),
        _("Devices that wait stay in the queue, and those that were let in stay in."),
        _("Revoke the key"),
        reverse("sense:provision-keys"),
        facts=[Fact(_("Key"), found.title), Fact(_("Used"), f"{found.used} / {found.most}"), Fact(_("State"), _key_state(found))],
    )
    return confirm_page(request, confirm)


def waiting_devices(actor: Actor) -> list[WorkItem]:
    """One task for each profile and place where devices wait."""
    if not actor.can(APPROVE):
        return []
    found = list(api.list_provision_requests(actor=actor, limit=500))
    groups: dict[tuple[str, str], list[ProvisionRequest]] = {}
    for one in found:
        groups.setdefault((one.profile, one.place_path), []).append(one)
    names = place_names(place for _profile, place in groups)
    profiles = api.find_profiles(keys={profile for profile, _place in groups})
    return [
        WorkItem(
            key=f"{profile}@{place}",
            title=_task_title(len(waiting), _kind(profile, profiles)),
            url=reverse("sense:provisioning"),
            since=waiting[0].asked_at,
            part="sense",
            severity=Severity.NOTICE,
            subject=urn("provision-request", waiting[0].id),
            place=names[place],
        )
        for (profile, place), waiting in groups.items()
    ]


def _task_title(count: int, profile: object) -> str:
    sentence = ngettext("{count} device asks to be let in: {profile}", "{count} devices ask to be let in: {profile}", count)
    return sentence.format(count=count, profile=profile)
