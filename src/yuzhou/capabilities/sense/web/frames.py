"""Frames as they were on the wire, and those that were refused."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Direction, QuarantineEntry
from yuzhou.capabilities.sense.web.rows import walked
from yuzhou.kernel.errors import word
from yuzhou.ui.pages import render_page
from yuzhou.ui.parts import Crumb, Empty
from yuzhou.ui.tables import Column, Slice, Table, TableQuery

FOLD = 120  # characters of a frame that are shown unasked


def frame_table(request: HttpRequest, device_id: UUID) -> Table:
    """The frames of a device, newest first."""

    def source(query: TableQuery) -> Slice:
        if query.whole:
            return walked(api.walk_raw_frames(actor=request.actor, device_id=device_id, after=query.after))
        found = api.list_raw_frames(
            actor=request.actor,
            device_id=device_id,
            offset=query.offset,
            limit=query.limit or 100,
        )
        return Slice(list(found), found.total)

    columns = [
        Column("received_at", _("Received"), kind="time", seconds=True, sortable=False),
        Column(
            "direction",
            _("Direction"),
            value=lambda row: _("from the device") if row.direction is Direction.UP else _("to the device"),
            sortable=False,
        ),
        Column("kind", _("Kind"), sortable=False),
        Column("content", _("Frame"), wide=True, sortable=False, fold=FOLD),
        Column("quirks", _("Read although"), value=lambda row: "; ".join(word(code, {}) for code in row.quirks), sortable=False),
    ]
    empty = Empty(_("No frames"), _("Frames are kept for some weeks as they came."), icon="file-text")
    return Table(request, columns, source=source, search=False, caption=_("Raw frames"), csv_name="frames", empty=empty)


def quarantine_table(request: HttpRequest, device_id: UUID | None = None) -> Table:
    """Refused frames, newest first."""

    def source(query: TableQuery) -> Slice:
        if query.whole:
            return walked(api.walk_quarantine(actor=request.actor, device_id=device_id, text=query.text, after=query.after))
        found = api.list_quarantine(
            actor=request.actor,
            device_id=device_id,
            text=query.text,
            offset=query.offset,
            limit=query.limit or 100,
        )
        return Slice(list(found), found.total)

    columns = [
        Column("received_at", _("Received"), kind="time", seconds=True, sortable=False),
        Column("reason", _("Cause"), value=_reason, sortable=False, wide=True),
        Column(
            "identity",
            _("Claimed identity"),
            kind="link",
            url=lambda row: reverse("sense:device", args=[row.device_id]) if row.device_id else None,
            sortable=False,
        ),
        Column("peer", _("Sender"), sortable=False),
        Column("size", _("Bytes"), kind="number", sortable=False),
        Column("content", _("Frame"), wide=True, sortable=False, fold=FOLD),
    ]
    empty = Empty(
        _("Nothing was refused"), _("Frames that break their protocol are kept here, with the reason."), icon="circle-check"
    )
    return Table(request, columns, source=source, caption=_("Refused frames"), csv_name="refused", empty=empty)


def _reason(entry: QuarantineEntry) -> str:
    try:
        return word(entry.code, dict(entry.params))
    except (KeyError, IndexError):  # parameters of an older version
        return entry.code


@require_safe
def quarantine(request: HttpRequest) -> HttpResponse:
    """All refused frames within reach."""
    request.actor.require("sense.device:read")
    crumbs = [Crumb(_("Refused frames"))]
    return render_page(request, "sense/list.html", {"table": quarantine_table(request)}, title=_("Refused frames"), crumbs=crumbs)
