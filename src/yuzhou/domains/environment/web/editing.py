"""Registering, changing and closing outlets; setting limits."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from yuzhou.domains.environment import forms
from yuzhou.domains.environment.contracts import LimitEntry, Outlet, OutletEntry
from yuzhou.domains.environment.permissions import REGISTER, SET_LIMIT
from yuzhou.domains.environment.rules.factors import Medium
from yuzhou.domains.environment.rules.limits import Averaging
from yuzhou.domains.environment.selectors.outlets import get_outlet
from yuzhou.domains.environment.services.limits import set_limit
from yuzhou.domains.environment.services.outlets import close_outlet, register_outlet, set_factors, update_outlet
from yuzhou.domains.environment.web.outlets import outlet_crumbs
from yuzhou.domains.environment.web.overview import home_crumb
from yuzhou.domains.environment.web.saving import attempt
from yuzhou.kernel.actor import CITY_PATH, Actor, lies_within
from yuzhou.kernel.errors import NotFound
from yuzhou.kernel.parties.api import (
    OrganisationKind,
    get_organisation,
    list_organisations,
    parse_credit_code,
    register_organisation,
)
from yuzhou.kernel.places.api import PlaceRef, get_place, list_children, list_districts
from yuzhou.ui.pages import render_page
from yuzhou.ui.parts import Crumb


def begin(request: HttpRequest) -> HttpResponse:
    """Ask where the outlet lies and what it lets out."""
    request.actor.require(REGISTER)
    districts = [(place.path, place.title) for place in registrable_districts(request.actor)]
    form = forms.BeginForm(request.GET if "medium" in request.GET else None, districts=districts)
    if form.is_bound and form.is_valid():
        return redirect(f"{reverse('environment:outlet-register')}?{request.GET.urlencode()}")
    crumbs = [home_crumb(), Crumb(_("Register an outlet"))]
    return render_page(request, "environment/begin.html", {"form": form}, title=_("Register an outlet"), crumbs=crumbs)


def registrable_districts(actor: Actor) -> list[PlaceRef]:
    """The districts where the actor may register something, wholly or in a township."""
    scope = actor.scope(REGISTER)
    return [
        place
        for place in list_districts()
        if scope.covers(place_path=place.path) or any(lies_within(path, place.path) for path in scope.place_paths)
    ]


def register(request: HttpRequest) -> HttpResponse:
    """Ask for everything about a new outlet, and register it."""
    request.actor.require(REGISTER)
    asked = request.GET
    medium = Medium.AIR if asked.get("medium") == "air" else Medium.WATER
    district = get_place(path=asked.get("district") or CITY_PATH)
    places = _townships(request.actor, district)
    data = request.POST if request.method == "POST" else None
    form = forms.RegisterForm(data, medium=medium, places=places)
    rows = forms.FactorFormSet(
        data,
        initial=None if data else forms.rows_of_standard(medium, asked.get("standard", "")),
        form_kwargs={"medium": medium},
        prefix="factors",
    )
    if request.method == "POST" and all([form.is_valid(), rows.is_valid()]):
        outlet = attempt(form, lambda: _register(request.actor, form.cleaned_data, rows, medium))
        if outlet is not None:
            messages.success(request, _("The outlet is registered. Its logger can report now, under its MN code and password."))
            return redirect("environment:outlet", outlet=outlet.id)
    firms = list_organisations(below=district.path, limit=500)
    context = {"form": form, "rows": rows, "firms": firms, "medium": medium, "district": district}
    crumbs = [home_crumb(), Crumb(_("Register an outlet"), reverse("environment:outlet-begin")), Crumb(district.title)]
    return render_page(request, "environment/register.html", context, title=_("Register an outlet"), crumbs=crumbs)


def _townships(actor: Actor, district: PlaceRef) -> list[tuple[str, Any]]:
    """The places of a district where the actor may register, those of the whole district first."""
    inside = [district, *list_children(district.path)]
    return [(place.path, place.title) for place in inside if actor.can(REGISTER, place_path=place.path)]


def _register(actor: Actor, values: dict[str, Any], rows: Any, medium: Medium) -> Outlet:
    entry = OutletEntry(
        name=values["name"],
        place_path=values["place_path"],
        lon=values["lon"],
        lat=values["lat"],
        operator=_firm(actor, values),
        medium=medium,
        mn=values["mn"],
        password=values["password"],
        system_type=values["system_type"],
        factors=forms.entries_of(rows, values["limits_from"]),
        address=values["address"],
        permit=values["permit"],
        silent_after_minutes=values["silent_after_minutes"],
        frozen_after_minutes=values["frozen_after_minutes"],
        confirmed_mn=values["confirmed_mn"],
    )
    return register_outlet(actor=actor, entry=entry)


def _firm(actor: Actor, values: dict[str, Any]) -> UUID:
    """The firm of a credit code, registered now if it is new."""
    code = parse_credit_code(values["firm_code"]).text
    try:
        return get_organisation(uscc=code).id
    except NotFound:
        return register_organisation(
            actor=actor,
            uscc=code,
            name=values["firm_name"],
            kind=OrganisationKind.ENTERPRISE,
            place_path=values["place_path"],
        ).id


def edit(request: HttpRequest, outlet: UUID) -> HttpResponse:
    """Change an outlet."""
    found = _editable(request, outlet)
    initial = {name: getattr(found, name) for name in forms.OutletFields.base_fields}
    form = forms.EditForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid() and _done(form, lambda: _update(request, outlet, form)):
        messages.success(request, _("The changes are saved."))
        return redirect("environment:outlet", outlet=outlet)
    return _form_page(request, found, form, _("Change the outlet"), _("Save"))


def edit_factors(request: HttpRequest, outlet: UUID) -> HttpResponse:
    """Say which factors the logger reports."""
    found = _editable(request, outlet)
    rows = forms.FactorFormSet(
        request.POST or None,
        initial=None if request.POST else forms.rows_of_outlet(found.factors),
        form_kwargs={"medium": found.medium},
        prefix="factors",
    )
    holder = forms.LinesForm(request.POST or None)
    if request.method == "POST" and rows.is_valid() and holder.is_valid():
        entries = forms.entries_of(rows)
        if attempt(holder, lambda: set_factors(actor=request.actor, outlet=outlet, entries=entries)):
            messages.success(request, _("The factors are saved."))
            return redirect("environment:outlet", outlet=outlet)
    context = {"form": holder, "rows": rows, "outlet": found}
    title = _("Factors that the logger reports")
    return render_page(request, "environment/factors.html", context, title=title, crumbs=outlet_crumbs(found, Crumb(title)))


def edit_limit(request: HttpRequest, outlet: UUID) -> HttpResponse:
    """Put a limit in force from a day on."""
    found = get_outlet(actor=request.actor, outlet=outlet)
    request.actor.require(SET_LIMIT, place_path=found.place_path)
    form = forms.LimitForm(request.POST or None, items=found.factors)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        code, averaging = values.pop("code"), Averaging(values.pop("averaging"))
        entry = LimitEntry(averaging=averaging, **values)
        if attempt(form, lambda: set_limit(actor=request.actor, outlet=outlet, code=code, entry=entry)):
            messages.success(request, _("The limit is set, and the alarm rules follow it."))
            return redirect("environment:outlet-limits", outlet=outlet)
    return _form_page(request, found, form, _("Set a limit"), _("Set the limit"))


def close(request: HttpRequest, outlet: UUID) -> HttpResponse:
    """Close an outlet."""
    found = _editable(request, outlet)
    form = forms.CloseForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _done(form, lambda: _close(request, outlet, form)):
        messages.success(request, _("The outlet is closed. Its history stays."))
        return redirect("environment:outlet", outlet=outlet)
    note = _("Its logger is no longer let in, and no data are expected. Readings, alarms and reports stay.")
    return _form_page(request, found, form, _("Close the outlet"), _("Close the outlet"), note=note, danger=True)


def _done(form: Form, act: Callable[[], Outlet]) -> bool:
    return attempt(form, act) is not None


def _update(request: HttpRequest, outlet: UUID, form: forms.EditForm) -> Outlet:
    return update_outlet(actor=request.actor, outlet=outlet, **form.cleaned_data)


def _close(request: HttpRequest, outlet: UUID, form: forms.CloseForm) -> Outlet:
    return close_outlet(actor=request.actor, outlet=outlet, **form.cleaned_data)


def _editable(request: HttpRequest, outlet: UUID) -> Outlet:
    found = get_outlet(actor=request.actor, outlet=outlet)
    request.actor.require(REGISTER, place_path=found.place_path)
    return found


def _form_page(
    request: HttpRequest, outlet: Outlet, form: Any, title: str, button: str, *, note: str = "", danger: bool = False
) -> HttpResponse:
    context = {"form": form, "outlet": outlet, "button": button, "note": note, "danger": danger}
    crumbs: Sequence[Crumb] = outlet_crumbs(outlet, Crumb(title))
    return render_page(request, "environment/form.html", context, title=title, crumbs=crumbs)
