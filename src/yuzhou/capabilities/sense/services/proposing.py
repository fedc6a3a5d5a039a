"""Devices that an edge node speaks for and nobody registered: proposed by their births, decided by people."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.db.models import F

from yuzhou.capabilities.sense.contracts import SeriesSpec, Statistic
from yuzhou.capabilities.sense.contracts.onboarding import ProposedProperty, ProvisionStatus
from yuzhou.capabilities.sense.models import DeviceRecord, ProvisionRequestRecord
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.clock import now
from yuzhou.kernel.transactions import acting_as

DOOR = Actor.system("sense.provisioning")
MOST_PENDING = 500  # behind one node
SHOWN = 40
LONGEST_SHOWN = 1_000


def propose_device(*, protocol: str, identity: str, speaker_id: UUID, properties: Sequence[ProposedProperty]) -> bool:
    """Put a device in the queue of those that wait to be let in, at the place of the device that speaks for it.

    Told again it takes over what the properties are now. One that was refused stays so until the refusal is forgotten. Opens its
    own transaction; returns whether the device waits.
    """
    with acting_as(DOOR):
        speaker = DeviceRecord.objects.filter(id=speaker_id, enabled=True).first()
        if speaker is None or DeviceRecord.objects.filter(protocol=protocol, identity=identity, enabled=True).exists():
            return False
        asked = ProvisionRequestRecord.objects.select_for_update().filter(protocol=protocol, identity=identity)
        known = asked.filter(status__in=(ProvisionStatus.PENDING, ProvisionStatus.REFUSED)).order_by("status").first()
        told = _told(speaker, properties)
        if known is not None:
            ProvisionRequestRecord.objects.filter(id=known.id).update(times=F("times") + 1, last_asked_at=now(), **told)
            return known.status == ProvisionStatus.PENDING
        waiting = ProvisionRequestRecord.objects.filter(protocol=protocol, status=ProvisionStatus.PENDING, key=None)
        if waiting.filter(peer=told["peer"]).count() >= MOST_PENDING:
            return False
        place = {"place_path": speaker.place_path, "operator_id": speaker.operator_id}
        ProvisionRequestRecord.objects.bulk_create(
            [ProvisionRequestRecord(protocol=protocol, identity=identity, asked_at=now(), last_asked_at=now(), **place, **told)],
            ignore_conflicts=True,  # told at the same moment by another process
        )
        return True


def _told(speaker: DeviceRecord, properties: Sequence[ProposedProperty]) -> dict[str, Any]:
    names = ", ".join(f"{one.name} [{one.unit}]" if one.unit else one.name for one in properties[:SHOWN])
    rest = f" … {len(properties)}" if len(properties) > SHOWN else ""
    details = {"metrics": (names + rest)[:LONGEST_SHOWN]}
    return {"peer": speaker.identity[:64], "details": details, "proposed": [asdict(one) for one in properties]}


def series_of(proposed: Sequence[Mapping[str, str]]) -> list[SeriesSpec]:
    """The series that proposed properties become."""
    return [SeriesSpec(one["name"], Statistic.RTD, one.get("unit", "")) for one in proposed]
