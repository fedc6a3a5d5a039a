"""Devices that an edge node speaks for and nobody registered: their births propose them, with their metrics as properties."""

import re
import time
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import ProposedProperty
from yuzhou.capabilities.sense.doors.mqtt.sparkplug.metrics import NUMBERS, unit_of
from yuzhou.capabilities.sense.doors.mqtt.sparkplug.node import BD_SEQ, CONTROL

PROPERTY = re.compile(r"[A-Za-z0-9_.:/-]{1,64}")
MOST_PROPERTIES = 512
MOST_REMEMBERED = 5_000
AGAIN_AFTER = 60.0


def property_of(metric: str) -> str:
    """What a metric is called as a property, where no profile says so; empty where its name cannot be one."""
    name = metric.replace(" ", "_")
    return name if PROPERTY.fullmatch(name) else ""


def proposed_by(payload: Any) -> list[ProposedProperty]:
    """The properties that a birth declares: its metrics that are numbers."""
    found: dict[str, ProposedProperty] = {}
    for metric in payload.metrics:
        name = property_of(metric.name)
        is_own = metric.name == BD_SEQ or metric.name.startswith(CONTROL)
        if name and not is_own and metric.datatype in NUMBERS and len(found) < MOST_PROPERTIES:
            found[name] = ProposedProperty(name, metric.name, unit_of(metric))
    return list(found.values())


class Proposals:
    """Puts unknown devices before people, each at most once a minute, and knows which of them were let in."""

    def __init__(self, protocol: str, background: Callable[..., None]) -> None:
        self._protocol = protocol
        self._background = background
        self._told: dict[str, float] = {}

    def born(self, identity: str, speaker: UUID, payload: Any) -> None:
        """An unknown device was born."""
        now = time.monotonic()
        if now - self._told.get(identity, -AGAIN_AFTER) < AGAIN_AFTER:
            return
        while len(self._told) >= MOST_REMEMBERED:
            del self._told[next(iter(self._told))]
        self._told[identity] = now
        properties = proposed_by(payload)
        self._background(
            lambda: api.propose_device(protocol=self._protocol, identity=identity, speaker_id=speaker, properties=properties)
        )

    def let_in(self, is_known: Callable[[str], bool]) -> Iterable[str]:
        """Devices that are known now: their nodes should tell of them anew."""
        found = [identity for identity in self._told if is_known(identity)]
        for identity in found:
            del self._told[identity]
        return found
