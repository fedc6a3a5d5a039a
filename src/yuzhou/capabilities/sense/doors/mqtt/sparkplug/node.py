"""What we know of an edge node: whether it is born, its aliases, its sequence. Pure: no socket, no clock of its own.

Sparkplug 3.0: every message but NDEATH bears a sequence number 0 to 255, and NBIRTH starts it. Data are taken as they come,
in whatever order, as each metric bears its time; a number that stays away for `LATE_SECONDS` means that something was
lost, and the node is asked to be born again. A death counts only for the birth with the same bdSeq.
"""

from dataclasses import dataclass, field
from typing import Any

from yuzhou.capabilities.sense.doors.mqtt.sparkplug.metrics import number_of, quality_of
from yuzhou.capabilities.sense.doors.mqtt.topics import SparkplugTopic, Word

LATE_SECONDS = 2.0
FIRST_PAUSE, LONGEST_PAUSE = 10.0, 600.0
BD_SEQ = "bdSeq"
CONTROL = ("Node Control/", "Device Control/")
MOST_METRICS = 20_000


class NotSparkplug(Exception):
    """The message may not be taken: `code` for the quarantine, after the protocol's name."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code, self.params = code, params


@dataclass(frozen=True, slots=True)
class Named:
    """A metric as its birth declared it."""

    name: str
    datatype: int
    alias: int | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """A number that a message carries; `at` in microseconds."""

    name: str
    at: int
    number: float
    flag: int
    is_historical: bool


@dataclass(slots=True)
class Told:
    """What a message says: values, who came and who went, and what was not to be read as a number."""

    values: list[Value] = field(default_factory=list)
    online: list[str] = field(default_factory=list)
    offline: list[str] = field(default_factory=list)
    marks: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Declared:
    """The metrics of one birth certificate."""

    by_name: dict[str, Named] = field(default_factory=dict)
    by_alias: dict[int, Named] = field(default_factory=dict)
    is_online: bool = False


class EdgeNode:
    """One edge node with its devices (the node itself stands under the empty name)."""

    def __init__(self, identity: str) -> None:
        self.identity = identity
        self.bd_seq: int | None = None
        self.born: dict[str, Declared] = {}
        self.wants_birth = ""
        self._next: int | None = None
        self._missing: dict[int, float] = {}
        self._asked_at: float | None = None
        self._pause = FIRST_PAUSE

    @property
    def is_online(self) -> bool:
        """Whether it was born and did not die."""
        return "" in self.born and self.born[""].is_online

    # --- messages -----------------------------------------------------------------------------------------------------

    def take(self, topic: SparkplugTopic, payload: Any, *, received_at: int, now: float) -> Told:
        """What a message says. `received_at`: microseconds; `now`: a monotonic clock. Raises NotSparkplug."""
        told = Told()
        match topic.word:
            case Word.NBIRTH:
                self._node_birth(payload, told)
            case Word.DBIRTH:
                self._device_birth(topic.device, payload, told)
            case Word.NDEATH:
                self._node_death(payload, told)
                return told
            case Word.DDEATH:
                self._device_death(topic.device, told)
        self._count(payload, now)
        if topic.word is not Word.DDEATH:
            self._read(topic, payload, received_at, told)
        return told

    def restore(self, topic: SparkplugTopic, payload: Any) -> None:
        """Learn a birth that was told before we started: its names and aliases, not its values, nor that it is alive."""
        told = Told()
        if topic.word is Word.NBIRTH:
            self.born = {name: known for name, known in self.born.items() if name}
            self.bd_seq = _bd_seq(payload)
        self.born[topic.device] = self._declare(payload, told)
        self.born[topic.device].is_online = topic.word is Word.NBIRTH
        self.wants_birth = "restarted"

    def _node_birth(self, payload: Any, told: Told) -> None:
        number = _bd_seq(payload)
        if number is None:
            told.marks.add("no-bdseq")
        declared = self._declare(payload, told)
        told.offline += [f"{self.identity}/{name}" for name, known in self.born.items() if name and known.is_online]
        told.online.append(self.identity)
        self.bd_seq = number
        self.born = {"": declared}
        declared.is_online = True
        self._next, self._missing = None, {}
        self.wants_birth, self._asked_at, self._pause = "", None, FIRST_PAUSE

    def _device_birth(self, device: str, payload: Any, told: Told) -> None:
        if not self.is_online:
            self.wants_birth = "device-before-node"
        declared = self._declare(payload, told)
        declared.is_online = True
        self.born[device] = declared
        told.online.append(f"{self.identity}/{device}")

    def _node_death(self, payload: Any, told: Told) -> None:
        number = _bd_seq(payload)
        if self.bd_seq is not None and number != self.bd_seq:
            told.marks.add("stale-death")
            return
        told.offline.append(self.identity)
        self.lose(told)

    def lose(self, told: Told) -> None:
        """The node is gone, and its devices with it; names and aliases stay for data that come late."""
        for name, known in self.born.items():
            if name and known.is_online:
                told.offline.append(f"{self.identity}/{name}")
            known.is_online = False

    def _device_death(self, device: str, told: Told) -> None:
        if device in self.born:
            self.born[device].is_online = False
        told.offline.append(f"{self.identity}/{device}")

    # --- sequence -----------------------------------------------------------------------------------------------------

    def _count(self, payload: Any, now: float) -> None:
        if not payload.HasField("seq"):
            return
        seq = payload.seq % 256
        if self._next is None:
            self._next = (seq + 1) % 256
            return
        ahead = (seq - self._next) % 256
        if ahead < 128:
            for lost in range(ahead):
                self._missing[(self._next + lost) % 256] = now + LATE_SECONDS
            self._next = (seq + 1) % 256
        else:
            self._missing.pop(seq, None)

    def rebirth_due(self, now: float) -> str:
        """Why the node should be asked to be born again, now; empty if it should not. Asks seldomer and seldomer."""
        if any(now >= deadline for deadline in self._missing.values()):
            self._missing = {}
            self.wants_birth = self.wants_birth or "sequence"
        if not self.wants_birth or (self._asked_at is not None and now - self._asked_at < self._pause):
            return ""
        if self._asked_at is not None:
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
        self._asked_at = now
        return self.wants_birth

    # --- metrics ------------------------------------------------------------------------------------------------------

    def _declare(self, payload: Any, told: Told) -> Declared:
        if len(payload.metrics) > MOST_METRICS:
            raise NotSparkplug("too-many-metrics", most=MOST_METRICS)
        declared = Declared()
        for metric in payload.metrics:
            if not metric.HasField("name") or not metric.name:
                told.marks.add("metric-without-name")
                continue
            alias = metric.alias if metric.HasField("alias") else None
            named = Named(metric.name, metric.datatype, alias)
            declared.by_name[named.name] = named
            if alias is not None:
                declared.by_alias[alias] = named
        return declared

    def _read(self, topic: SparkplugTopic, payload: Any, received_at: int, told: Told) -> None:
        declared = self.born.get(topic.device) or Declared()
        if not declared.by_name or not (declared.is_online and self.is_online):
            self.wants_birth = self.wants_birth or "data-before-birth"
        unknown = 0
        stamped = payload.timestamp * 1000 if payload.HasField("timestamp") else received_at
        for metric in payload.metrics:
            named = self._named(metric, declared)
            if named is None:
                unknown += 1
                continue
            self._value(metric, named, stamped, told)
        if unknown:
            told.marks.add("unknown-metric")
            self.wants_birth = self.wants_birth or "unknown-metric"
            if unknown == len(payload.metrics):
                raise NotSparkplug("no-birth")

    @staticmethod
    def _named(metric: Any, declared: Declared) -> Named | None:
        """A metric by its alias, by its name, or, where no birth declared it, by the name and type that it bears itself."""
        if metric.HasField("name") and metric.name:
            return declared.by_name.get(metric.name) or (Named(metric.name, metric.datatype) if metric.datatype else None)
        return declared.by_alias.get(metric.alias) if metric.HasField("alias") else None

    @staticmethod
    def _value(metric: Any, named: Named, stamped: int, told: Told) -> None:
        if named.name == BD_SEQ or named.name.startswith(CONTROL):
            return
        if metric.is_transient:
            told.marks.add("transient")
            return
        number = number_of(metric, named.datatype or metric.datatype)
        if number is None:
            told.marks.add("not-numeric")
            return
        at = metric.timestamp * 1000 if metric.HasField("timestamp") else stamped
        told.values.append(Value(named.name, at, number, quality_of(metric), metric.is_historical))


def _bd_seq(payload: Any) -> int | None:
    for metric in payload.metrics:
        if metric.name == BD_SEQ:
            return int(metric.long_value or metric.int_value)
    return None
