"""Many devices by a list: look it through, see what is wrong with each row, enter them, take their secrets along."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import DeviceImport, ImportStatus, RowFault
from yuzhou.capabilities.sense.contracts.protocols import protocol_of
from yuzhou.capabilities.sense.web.saving import attempt
from yuzhou.kernel.errors import word
from yuzhou.ui.csv import csv_response
from yuzhou.ui.pages import render_page
from yuzhou.ui.parts import Crumb, Fact, Facts, Note, Progress
from yuzhou.ui.tables import Column, Table

REGISTER = "sense.device:register"


class ListForm(forms.Form):
    """The file."""

    file = forms.FileField(
        label=gettext_lazy("List (CSV)"),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt"}),
        help_text=gettext_lazy("Up to 10,000 devices. From a spreadsheet: save as CSV. UTF-8 and GB 18030 are both read."),
    )


def _headings() -> dict[str, str]:
    return {
        "identity": _("Identity of the device"),
        "title": _("Name"),
        "profile": _("Code of the profile"),
        "place": _("Administrative code of the place"),
        "title_en": _("Name in English"),
        "secret": _("Secret"),
        "operator": _("Credit code of the firm that runs it"),
        "silent_minutes": _("Silent after (minutes)"),
        "notes": _("Notes"),
    }


def _crumbs(*more: str) -> list[Crumb]:
    return [
        Crumb(_("Devices"), reverse("sense:devices")),
        Crumb(_("Enter many by a list"), reverse("sense:device-import-new") if more else ""),
        *(Crumb(title) for title in more),
    ]


@require_http_methods(["GET", "HEAD", "POST"])
def new_import(request: HttpRequest) -> HttpResponse:
    """Ask for the file, and look it through."""
    request.actor.require(REGISTER)
    form = ListForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        content = file.read(10_000_001)
        made = attempt(form, lambda: api.check_devices(actor=request.actor, name=file.name, content=content))
        if made is not None:
            return redirect("sense:device-import", made.id)
    headings = [(name, title, name in ("identity", "title", "profile", "place")) for name, title in _headings().items()]
    profiles = [(one.key, one.title) for one in api.list_profiles(order="title_zh", limit=200)]
    context = {"form": form, "headings": headings, "profiles": profiles}
    title = _("Enter many by a list")
    status = 422 if form.errors else 200
    return render_page(request, "sense/import_new.html", context, title=title, crumbs=_crumbs(), status=status)


@require_safe
def template(request: HttpRequest) -> StreamingHttpResponse:
    """An empty list with the headings; with `?profile=`, those of its connection too, and a row to begin with."""
    request.actor.require(REGISTER)
    names = list(_headings())
    key = request.GET.get("profile", "")
    profile = api.find_profiles(keys=[key]).get(key) if key else None
    settings = [f"connection.{field.name}" for field in protocol_of(profile.protocol).connection] if profile else []
    rows = [["DEVICE-0001", "1 号", key, "500112"]] if profile else []
    return csv_response(f"devices-{key}" if key else "devices", [*names, *settings], rows)


@require_safe
def show_import(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """What was found, how far it is, and what to do next."""
    found = api.get_import(actor=request.actor, import_id=import_id)
    context = {
        "found": found,
        "facts": Facts([Fact(_("File"), found.name), Fact(_("Devices"), found.rows), Fact(_("Faults"), found.fault_count)]),
        "faults": fault_table(request, found) if found.fault_count else None,
        "progress": _progress(found),
        "note": _note(found),
        "runs": found.status is ImportStatus.RUNNING,
        "may_start": not found.fault_count and found.status in (ImportStatus.CHECKED, ImportStatus.FAILED),
    }
    return render_page(request, "sense/import.html", context, title=found.name, crumbs=_crumbs(found.name))


def _progress(found: DeviceImport) -> Progress | None:
    if found.status is ImportStatus.CHECKED:
        return None
    note = _("{done} of {rows} devices are entered").format(done=found.done, rows=found.rows)
    return Progress(_("Entering"), found.done, found.rows, note)


def _note(found: DeviceImport) -> Note:
    match found.status:
        case ImportStatus.DONE:
            return Note(_("All devices are entered"), "", "good")
        case ImportStatus.FAILED:
            return Note(
                _("The work stopped. What is entered stays; start it again to go on from there."), found.problem, "critical"
            )
        case ImportStatus.RUNNING:
            return Note(_("The devices are being entered. You may leave this page: the work goes on."), "", "busy")
    if found.fault_count:
        return Note(_("Nothing was entered. Correct the rows below in your list, and bring it again."), "", "warning")
    return Note(_("Nothing is wrong with the list. Nothing is entered yet."), "", "good")


def fault_table(request: HttpRequest, found: DeviceImport) -> Table:
    """What is wrong with each row, in words."""
    headings = _headings()
    columns = [
        Column("line", _("Line"), kind="number"),
        Column("column", _("Column"), value=lambda fault: headings.get(fault.column, fault.column)),
        Column("problem", _("What is wrong"), value=word_fault, wide=True),
    ]
    return Table(request, columns, found.faults, caption=_("Faults"), order="line", csv_name="faults")


def word_fault(fault: RowFault) -> str:
    """A fault as a sentence."""
    return word(fault.code, dict(fault.params))


@require_POST
def start(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Enter the devices."""
    api.start_import(actor=request.actor, import_id=import_id)
    return redirect("sense:device-import", import_id)


@require_safe
def credentials(request: HttpRequest, import_id: UUID) -> StreamingHttpResponse:
    """The secrets of the devices of a list, as CSV."""
    found = api.get_import(actor=request.actor, import_id=import_id)
    rows = api.read_credentials(actor=request.actor, import_id=import_id)
    headings = [_("Identity of the device"), _("Name"), _("Code of the profile"), _("Secret")]
    response = csv_response(f"{found.name}-secrets", headings, rows)
    add_never_cache_headers(response)
    return response


@require_POST
def forget(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Drop the secrets."""
    api.forget_credentials(actor=request.actor, import_id=import_id)
    messages.success(request, _("The secrets of the list are no longer kept here."))
    return redirect("sense:device-import", import_id)
