"""The audit log: who did what, with the proof of each entry."""

import json
from datetime import datetime, time
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yuzhou.kernel.audit import api
from yuzhou.kernel.clock import CITY, day_bounds
from yuzhou.ui.administration.acting import actor_of, for_people
from yuzhou.ui.flow.audit_words import subjects_of, word_act, word_actor, word_details
from yuzhou.ui.pages import render_page
from yuzhou.ui.parts import Crumb, Empty, Fact, Facts
from yuzhou.ui.subjects import Subject
from yuzhou.ui.tables import Column, Slice, Table, TableQuery

READ = "kernel.audit:read"


class SearchForm(forms.Form):
    """What to look for."""

    who = forms.CharField(label=gettext_lazy("Who"), required=False, max_length=100)
    act = forms.CharField(
        label=gettext_lazy("Act"), required=False, max_length=120, help_text=gettext_lazy("Its beginning, such as sense.alarm")
    )
    subject = forms.CharField(label=gettext_lazy("Subject"), required=False, max_length=300)
    since = forms.DateField(label=gettext_lazy("From"), required=False)
    until = forms.DateField(label=gettext_lazy("To"), required=False)

    def wanted(self) -> api.EntryFilter:
        """The filter; what is not readable is left out."""
        values: dict[str, Any] = getattr(self, "cleaned_data", {})
        since, until = values.get("since"), values.get("until")
        return api.EntryFilter(
            act=values.get("act", ""),
            who=values.get("who", ""),
            subject=values.get("subject", ""),
            since=datetime.combine(since, time.min, CITY) if since else None,
            until=day_bounds(until)[1] if until else None,
        )


@for_people(READ)
def list_entries(request: HttpRequest) -> HttpResponse:
    """The newest entries that match."""
    form = SearchForm(request.GET)
    form.is_valid()
    context = {"form": form, "table": _table(request, form.wanted()), "facts": Facts(_head_facts())}
    return render_page(request, "ui/flow/audit.html", context, title=_("Audit log"))


def _table(request: HttpRequest, wanted: api.EntryFilter) -> Table:
    subjects: dict[str, Subject] = {}

    def source(query: TableQuery) -> Slice:
        rows = api.list_entries(actor=actor_of(request), wanted=wanted, limit=query.limit or 1000, offset=query.offset)
        subjects.update(subjects_of(actor_of(request), rows))
        return Slice(rows, api.count_entries(actor=actor_of(request), wanted=wanted))

    def subject(entry: api.Entry) -> str:
        return str(subjects.get(entry.subject, entry.subject))

    def page(entry: api.Entry) -> str | None:
        return subjects[entry.subject].url or None if entry.subject in subjects else None

    columns = [
        Column("at", _("Time"), kind="time", seconds=True, sortable=False, url=_page_of),
        Column("actor_name", _("Who"), value=word_actor, sortable=False),
        Column("act", _("Act"), value=lambda entry: word_act(entry.act), sortable=False),
        Column("subject", _("Subject"), kind="link", value=subject, url=page, sortable=False),
        Column("details", _("Details"), value=lambda entry: word_details(entry.details), sortable=False, wide=True),
    ]
    empty = Empty(_("No entry matches"), _("Every act of a person and every read of a person's data is recorded here."))
    return Table(request, columns, source=source, search=False, page_size=50, csv_name="audit", empty=empty)


def _page_of(entry: api.Entry) -> str:
    return reverse("flow-audit-entry", args=[entry.id])


def _details(entry: api.Entry) -> str:
    return json.dumps(entry.details, ensure_ascii=False) if entry.details else ""


def _head_facts() -> list[Fact]:
    head = api.latest_head()
    if head is None:
        return [Fact(_("Signed head"), _("None yet"))]
    return [
        Fact(_("Entries under the newest signed head"), head.size),
        Fact(_("Signed"), head.at),
        Fact(_("Root of the tree"), head.root.hex(), code=True),
        Fact(_("Key"), head.key, code=True),
    ]


@for_people(READ)
def show_entry(request: HttpRequest, entry: UUID) -> HttpResponse:
    """One entry with the way to its proof."""
    found, number = api.get_entry(actor=actor_of(request), entry=entry)
    subject = subjects_of(actor_of(request), [found]).get(found.subject)
    facts = [
        Fact(_("What"), word_act(found.act)),
        Fact(_("About"), str(subject) if subject else None, url=subject.url if subject else ""),
        Fact(_("In words"), word_details(found.details)),
        Fact(_("Time"), found.at),
        Fact(_("Who"), found.actor_name),
        Fact(_("Kind of actor"), found.actor_kind),
        Fact(_("Account"), found.actor_id, code=True),
        Fact(_("Organisation"), found.organisation, code=True),
        Fact(_("Act"), found.act, code=True),
        Fact(_("Subject"), found.subject, code=True),
        Fact(_("Details"), _details(found), code=True),
        Fact(_("Request"), found.request, code=True),
        Fact(_("Number in the log"), number),
    ]
    head = api.latest_head()
    context = {
        "entry": found,
        "facts": Facts(facts),
        "is_provable": number is not None and head is not None and number < head.size,
    }
    title = word_act(found.act)
    crumbs = [Crumb(_("Audit log"), reverse("flow-audit")), Crumb(title)]
    return render_page(request, "ui/flow/audit_entry.html", context, title=title, crumbs=crumbs)


@for_people(READ)
def download_proof(request: HttpRequest, entry: UUID) -> HttpResponse:
    """The proof as a file for `yuzhou audit verify`."""
    proof = json.dumps(api.get_proof(actor=actor_of(request), entry=entry), ensure_ascii=False, indent=1)
    response = HttpResponse(proof, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="proof-{entry}.json"'
    return response
