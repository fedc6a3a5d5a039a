"""The newest values of a device: a row for each property, beside each other what it says at once and over periods."""

from dataclasses import dataclass, field
from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Device, LatestValue, PropertySpec, Source, Statistic
from yuzhou.capabilities.sense.contracts.units import unit_symbol
from yuzhou.capabilities.sense.contracts.wording import word_flag
from yuzhou.kernel.text import Text
from yuzhou.ui.display import NOTHING, show_number
from yuzhou.ui.parts import Empty
from yuzhou.ui.tables import Column, Table

SHOWN = (
    (Statistic.RTD, Statistic.RTD_CONVERTED),
    (Statistic.MINUTE_AVG, Statistic.MINUTE_AVG_CONVERTED),
    (Statistic.HOUR_AVG, Statistic.HOUR_AVG_CONVERTED),
    (Statistic.DAY_AVG, Statistic.DAY_AVG_CONVERTED),
)


@dataclass(slots=True)
class PropertyRow:
    """The newest values of one property."""

    title: Text
    spec: PropertySpec | None = None
    values: dict[Statistic, LatestValue] = field(default_factory=dict)

    def _first(self) -> LatestValue | None:
        return next((self.values[s] for pair in SHOWN for s in pair if s in self.values), None)

    @property
    def unit(self) -> str:
        """As people write it; nothing for plain numbers."""
        first = self._first()
        return unit_symbol(first.unit) if first else ""

    @property
    def at(self) -> datetime | None:
        """The time of the finest value."""
        first = self._first()
        return first.at if first else None

    @property
    def remark(self) -> str:
        """What is not plainly normal about the finest value."""
        first = self._first()
        if first is None:
            return ""
        words = {Source.REISSUED: _("reported again"), Source.MANUAL: _("entered by hand")}
        return ", ".join(part for part in (word_flag(first.flag), words.get(first.source, "")) if part)

    @property
    def url(self) -> str | None:
        """The page of the finest series."""
        first = self._first()
        return reverse("sense:series", args=[first.series_id]) if first else None

    def has(self, grain: int) -> bool:
        """Whether there is a value of a grain."""
        return any(statistic in self.values for statistic in SHOWN[grain])

    def shown(self, grain: int) -> str:
        """The value of a grain, with the converted one in brackets; a mark where we computed it."""
        plain, converted = (self.values.get(statistic) for statistic in SHOWN[grain])
        if plain is None:
            return NOTHING
        if self.spec is not None and plain.value in self.spec.names:
            return str(self.spec.names[int(plain.value)])
        text = show_number(plain.value) + (" *" if plain.source is Source.COMPUTED else "")
        return f"{text} ({show_number(converted.value)})" if converted else text


def _grain_column(number: int, key: str, title: str) -> Column:
    return Column(key, title, kind="number", value=lambda row: row.shown(number), sortable=False)


def values_table(request: HttpRequest, device: Device) -> Table:
    """The newest values of a device."""
    actor = request.actor
    rows: dict[str, PropertyRow] = {}
    profile = api.find_profiles(keys=[device.profile]).get(device.profile) if device.profile else None
    titles = {one.property: one.title for one in api.list_series(actor=actor, device_ids=[device.id])}
    for value in api.latest_values(actor=actor, device_ids=[device.id]):
        spec = profile.find(value.property) if profile else None
        rows.setdefault(value.property, PropertyRow(titles[value.property], spec)).values[value.statistic] = value
    grains = (("rtd", _("At once")), ("minute", _("Minutes")), ("hour", _("Hour")), ("day", _("Day mean")))
    columns = [
        Column("title", _("Property"), kind="link", url=lambda row: row.url),
        *(_grain_column(n, *grain) for n, grain in enumerate(grains) if any(row.has(n) for row in rows.values())),
        Column("unit", _("Unit"), sortable=False),
        Column("remark", _("Flag"), sortable=False),
        Column("at", _("Time"), kind="time", seconds=True),
    ]
    return Table(
        request,
        columns,
        rows.values(),
        name="values",
        caption=_("Newest values; in brackets converted ones, with * computed means"),
        order="title",
        search=False,
        csv_name="latest",
        live=f"sense.device.{device.id}",
        empty=Empty(_("No values yet"), _("They appear as soon as the device has reported."), icon="chart-line"),
    )
