"""A door's writes: what a batch of items becomes in one transaction, and the smaller errands beside it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Command, IngestResult, SeriesKey, SeriesSpec
from yuzhou.capabilities.sense.doors.intake.book import DeviceLink
from yuzhou.capabilities.sense.doors.intake.columns import build_batch
from yuzhou.capabilities.sense.doors.intake.items import Item
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.transactions import acting_as

DOOR = Actor.system("sense.door")


def store_items(items: Sequence[Item], seen: Mapping[UUID, datetime]) -> IngestResult:
    """Make everything in the items durable; returns after the commit. Leaves no broken connection behind when it raises."""
    try:
        _make_series(items)
        return api.ingest(
            build_batch(items),
            raw_frames=[item.raw for item in items if item.raw is not None],
            quarantined=[item.quarantined for item in items if item.quarantined is not None],
            seen=seen,
        )
    except Exception:
        connection.close()
        raise


def _make_series(items: Sequence[Item]) -> None:
    """Give every property that a device newly reports its series."""
    wanted: dict[DeviceLink, dict[SeriesKey, SeriesSpec]] = {}
    for item in items:
        if item.readings is not None and item.link is not None:
            lacking = item.link.lacks(item.readings.shape)
            if lacking:
                shape = item.readings.shape
                wanted.setdefault(item.link, {}).update({key: _described(shape.describe(key), item.link) for key in lacking})
    for link, specs in wanted.items():
        with acting_as(DOOR):
            made = api.ensure_series(device_id=link.entry.device_id, specs=specs.values())
        link.learn(made)


def _described(spec: SeriesSpec, link: DeviceLink) -> SeriesSpec:
    unit = "" if spec.unit else link.unit_of(spec.property)
    return replace(spec, unit=unit) if unit else spec


def units_in_store(devices: Sequence[UUID]) -> dict[UUID, dict[str, str]]:
    """The units that the properties of devices are kept in, where one is known."""
    with acting_as(DOOR):
        found: dict[UUID, dict[str, str]] = {}
        for series in api.list_series(actor=DOOR, device_ids=devices):
            if series.unit:
                found.setdefault(series.device_id, {}).setdefault(series.property, series.unit)
        return found


def note_links(online: Mapping[UUID, datetime], offline: Sequence[UUID]) -> None:
    """Tell which devices have a connection and which lost theirs."""
    with acting_as(DOOR):
        api.mark_devices(online=online, offline=offline)


class CommandQueue:
    """The queue of commands in sense, for the devices of one protocol; every call commits before it returns."""

    def __init__(self, protocol: str) -> None:
        self.protocol = protocol

    def claim(self, device_ids: Iterable[UUID]) -> list[Command]:
        """Requested commands of these devices, each given out once."""
        return api.claim_commands(protocol=self.protocol, device_ids=device_ids)

    def sent(self, command: Command, reference: str) -> bool:
        """It is about to be written to the wire; where the answer is False it must not be."""
        return api.mark_command_sent(command_id=command.id, reference=reference, at=datetime.now(UTC))

    def accepted(self, command: Command, answer_code: str) -> None:
        """The device took it on."""
        api.mark_command_accepted(command_id=command.id, answer_code=answer_code, at=datetime.now(UTC))

    def finished(self, command: Command, done: bool, answer_code: str, answer: Mapping[str, Any]) -> None:
        """It is over."""
        api.mark_command_finished(
            command_id=command.id, done=done, answer_code=answer_code, at=datetime.now(UTC), answer=answer or None
        )
