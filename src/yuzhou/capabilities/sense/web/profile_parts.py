"""Editing what a profile is made of: its properties and its commands, each on a page of its own."""

from dataclasses import replace
from typing import TypeVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from yuzhou.capabilities.sense.contracts import CommandType, Profile, PropertySpec
from yuzhou.capabilities.sense.web.profile_command_forms import (
    CommandFields,
    CommandTypeForm,
    initial_of_command,
    initial_of_field,
)
from yuzhou.capabilities.sense.web.profile_forms import PropertyForm, initial_of_property
from yuzhou.capabilities.sense.web.profiles import editable, form_page, profile_crumbs, save
from yuzhou.kernel.errors import NotFound

T = TypeVar("T")


@require_http_methods(["GET", "HEAD", "POST"])
def edit_property(request: HttpRequest, key: str, name: str = "") -> HttpResponse:
    """Add a property, or change one."""
    found = editable(request, key)
    before = _property(found, name) if name else None
    initial = initial_of_property(before) if before else None
    form = PropertyForm(request.POST or None, protocol=found.protocol, initial=initial)
    if request.method == "POST" and form.is_valid():
        spec = form.spec(before)
        if save(request, form, found, replace(found, properties=_put(found.properties, before, spec))):
            again = "another" in request.POST
            return redirect("sense:profile-property-new" if again else "sense:profile", key)
    title = _("Change the property") if before else _("New property")
    remove = reverse("sense:profile-property-remove", args=[key, name]) if before else ""
    back = reverse("sense:profile", args=[key])
    return form_page(request, form, title, _("Save"), back, profile_crumbs(found, title), another=before is None, remove=remove)


def _put(items: tuple[T, ...], before: T | None, item: T) -> tuple[T, ...]:
    """The items with one changed in its place, or added."""
    return tuple(item if one is before else one for one in items) if before is not None else (*items, item)


def _property(found: Profile, name: str) -> PropertySpec:
    spec = found.find(name)
    if spec is None:
        raise NotFound("sense.property-unknown", name=name)
    return spec


@require_POST
def remove_property(request: HttpRequest, key: str, name: str) -> HttpResponse:
    """Take a property out; readings that came stay."""
    found = editable(request, key)
    spec = _property(found, name)
    form = PropertyForm(protocol=found.protocol)
    form.cleaned_data = {}
    save(request, form, found, replace(found, properties=tuple(one for one in found.properties if one is not spec)))
    return redirect("sense:profile", key)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_command(request: HttpRequest, key: str, name: str = "") -> HttpResponse:
    """Add a command, or change one."""
    found = editable(request, key)
    before = _command(found, name) if name else None
    form = CommandTypeForm(request.POST or None, initial=initial_of_command(before) if before else None)
    initial = [initial_of_field(field) for field in before.fields] if before else None
    rows = CommandFields(request.POST or None, initial=initial, prefix="fields")
    if request.method == "POST" and all([form.is_valid(), rows.is_valid()]):
        fields = tuple(field for row in rows if (field := row.field()) is not None)
        kind = form.command(fields, before)
        if save(request, form, found, replace(found, commands=_put(found.commands, before, kind))):
            return redirect("sense:profile", key)
    title = _("Change the command") if before else _("New command")
    remove = reverse("sense:profile-command-remove", args=[key, name]) if before else ""
    back = reverse("sense:profile", args=[key])
    return form_page(request, form, title, _("Save"), back, profile_crumbs(found, title), rows=rows, remove=remove)


def _command(found: Profile, name: str) -> CommandType:
    kind = found.command(name)
    if kind is None:
        raise NotFound("sense.command-unknown", name=name)
    return kind


@require_POST
def remove_command(request: HttpRequest, key: str, name: str) -> HttpResponse:
    """Take a command out."""
    found = editable(request, key)
    kind = _command(found, name)
    form = CommandTypeForm()
    form.cleaned_data = {}
    save(request, form, found, replace(found, commands=tuple(one for one in found.commands if one is not kind)))
    return redirect("sense:profile", key)
