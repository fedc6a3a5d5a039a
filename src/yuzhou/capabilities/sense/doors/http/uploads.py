"""A body of readings becomes a delivery: read by its content type, settled by what is known of its devices."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from yuzhou.capabilities.sense.contracts import Profile
from yuzhou.capabilities.sense.doors.http.problems import Problem
from yuzhou.capabilities.sense.doors.intake.book import DeviceLink
from yuzhou.capabilities.sense.doors.payloads.cbor import read_cbor
from yuzhou.capabilities.sense.doors.payloads.columns import Columns, columns_of, note_rows, settle, without_wrong_texts
from yuzhou.capabilities.sense.doors.payloads.from_arrow import read_arrow
from yuzhou.capabilities.sense.doors.payloads.from_csv import read_csv
from yuzhou.capabilities.sense.doors.payloads.from_json import read_json
from yuzhou.capabilities.sense.doors.payloads.meanings import Described
from yuzhou.capabilities.sense.doors.payloads.refusals import Refusals, Refused

JSON, CSV, CBOR = "application/json", "text/csv", "application/cbor"
ARROW_STREAM, ARROW_FILE = "application/vnd.apache.arrow.stream", "application/vnd.apache.arrow.file"
MEDIA_TYPES = (JSON, CSV, ARROW_STREAM, ARROW_FILE, CBOR)
AT_ONCE = 32 * 1024
"""Bodies up to this size are read on the event loop; larger ones in a thread, so that others need not wait."""

Find = Callable[[str], DeviceLink | None]


def check_media_type(media_type: str) -> None:
    """Raise Problem 415 for a content type that is not read."""
    if media_type not in MEDIA_TYPES:
        taken = ", ".join(MEDIA_TYPES)
        raise Problem(415, "http.media-type", params={"given": media_type[:64], "taken": taken}, headers={"Accept-Post": taken})


async def read_columns(content: bytes, media_type: str, refusals: Refusals, *, device: str = "") -> Columns:
    """The readings of a body. Raises Problem where it cannot be read at all."""
    received = time.time_ns() // 1000
    if len(content) <= AT_ONCE:
        return _read(content, media_type, refusals, device, received)
    return await asyncio.to_thread(_read, content, media_type, refusals, device, received)


def _read(content: bytes, media_type: str, refusals: Refusals, device: str, received: int) -> Columns:
    try:
        if media_type == CSV:
            return read_csv(content, refusals, device=device)
        if media_type in (ARROW_STREAM, ARROW_FILE):
            return read_arrow(content, refusals, device=device)
        reports = read_json(content, refusals) if media_type == JSON else read_cbor(content, refusals)
        return columns_of(reports, received=received, default_device=device)
    except Refused as error:
        raise Problem.of_refusal(error.refusal) from None


def of_devices(
    columns: Columns, find: Find, refusals: Refusals, *, only: str = ""
) -> tuple[Columns, tuple[DeviceLink | None, ...]]:
    """Leave out the readings of devices that may not be spoken for; `only`: the one device that sends."""
    links = tuple(find(identity) if identity and (not only or identity == only) else None for identity in columns.devices)
    known = np.array([link is not None for link in links] or [False], np.bool_)
    if known.all():
        return columns, links
    wrong = ~known[columns.device] if len(columns) else np.zeros(0, np.bool_)
    for place, identity in enumerate(columns.devices):
        if links[place] is None:
            code = "payload.device-missing" if not identity else "payload.device-other" if only else "payload.device-unknown"
            rows = columns.row[wrong & (columns.device == place)]
            note_rows(refusals, code, rows, "device", [{"device": identity[:128]}] * min(len(rows), 100))
    return columns.take(~wrong), links


def settled(
    columns: Columns,
    links: tuple[DeviceLink | None, ...],
    refusals: Refusals,
    *,
    profiles: Mapping[str, Profile],
    kept_in: Mapping[DeviceLink, Mapping[str, str]],
) -> tuple[Columns, dict[str, str]]:
    """Units, times, bounds; also the units in which properties came of which nothing was known before."""
    by_identity = dict(zip(columns.devices, links, strict=True))
    first = first_units(columns)

    def meaning(identity: str, name: str) -> tuple[Described | None, str]:
        link = by_identity[identity]
        profile = profiles.get(link.entry.profile) if link is not None else None
        spec = profile.find(name) if profile is not None else None
        if spec is not None:
            return spec, spec.unit
        return None, (kept_in.get(link, {}).get(name) or first.get(name, "")) if link is not None else ""

    columns = without_wrong_texts(columns, meaning, refusals)
    return settle(columns, meaning=meaning, now=time.time_ns() // 1000, refusals=refusals), first


def first_units(columns: Columns) -> dict[str, str]:
    """The unit in which each property came first, where one was said."""
    if columns.unit is None:
        return {}
    said = np.nonzero(columns.unit >= 0)[0]
    properties, first = np.unique(columns.property[said], return_index=True)
    return {
        columns.properties[place]: columns.units[int(columns.unit[said[row]])]
        for place, row in zip(properties.tolist(), first.tolist(), strict=True)
    }


def without_links(columns: Columns, links: tuple[DeviceLink | None, ...]) -> tuple[Columns, tuple[DeviceLink, ...]]:
    """Only the devices that are known, so that every place has its link."""
    places = [place for place, link in enumerate(links) if link is not None]
    if len(places) == len(links):
        return columns, tuple(link for link in links if link is not None)
    moved = np.full(len(links), -1, np.int64)
    moved[places] = np.arange(len(places))
    devices = tuple(columns.devices[place] for place in places)
    kept = replace(columns, devices=devices, device=moved[columns.device] if len(columns) else columns.device)
    return kept, tuple(link for link in links if link is not None)
