"""Topics of MQTT and subjects of NATS, and which of them are a device's own.

The bus turns a topic into a subject: `/` separates tokens as `.` does there, a `.` within a level is written `//`, and an
empty level `/` (nats-server, "MQTT topics and NATS subjects"). It takes no spaces.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

ROOT, SPARKPLUG = "yuzhou", "spBv1.0"
IDENTITY = re.compile(r"[^\s/+#*>$.\x00-\x1f\x7f][^\s/+#*>\x00-\x1f\x7f]{0,127}")
"""What one level of an identity may be: none of the signs that mean something in topics or subjects."""


def is_level(text: str) -> bool:
    """Whether a text may be one level of a topic as an identity."""
    return IDENTITY.fullmatch(text) is not None


def subject_of(topic: str) -> str:
    """The subject that the bus makes of a topic."""
    return ".".join(level.replace(".", "//") or "/" for level in topic.split("/"))


def topic_of(subject: str) -> str:
    """The topic of a subject."""
    return "/".join("" if part == "/" else part.replace("//", ".") for part in subject.split("."))


class Word(StrEnum):
    """The third level of a Sparkplug topic."""

    NBIRTH = "NBIRTH"
    NDEATH = "NDEATH"
    DBIRTH = "DBIRTH"
    DDEATH = "DDEATH"
    NDATA = "NDATA"
    DDATA = "DDATA"
    NCMD = "NCMD"
    DCMD = "DCMD"
    STATE = "STATE"


FROM_NODE = (Word.NBIRTH, Word.NDEATH, Word.NDATA)
FROM_DEVICE = (Word.DBIRTH, Word.DDEATH, Word.DDATA)


class Kind(StrEnum):
    """What an own topic carries."""

    JSON = "up/json"
    CBOR = "up/cbor"
    STATE = "state"
    ANSWER = "answer"
    PROVISION = "provision"


@dataclass(frozen=True, slots=True)
class OwnTopic:
    """`yuzhou/<identity>/…`; `command` names the command that an answer belongs to, or the client that asks to be let in."""

    identity: str
    kind: Kind
    command: str = ""


@dataclass(frozen=True, slots=True)
class SparkplugTopic:
    """`spBv1.0/<group>/<word>/<node>[/<device>]`."""

    group: str
    word: Word
    node: str
    device: str = ""

    @property
    def node_identity(self) -> str:
        """`group/node`: also the edge node's user name."""
        return f"{self.group}/{self.node}"

    @property
    def identity(self) -> str:
        """Whose message it is: `group/node` or `group/node/device`."""
        return f"{self.group}/{self.node}/{self.device}" if self.device else self.node_identity

    def __str__(self) -> str:
        return "/".join(part for part in (SPARKPLUG, self.group, self.word, self.node, self.device) if part)


def read_topic(topic: str) -> OwnTopic | SparkplugTopic | None:
    """What a topic is, where devices may publish on it; None for every other."""
    levels = topic.split("/")
    if levels[0] == ROOT:
        return _own(levels)
    if levels[0] == SPARKPLUG:
        return _sparkplug(levels)
    return None


def _own(levels: list[str]) -> OwnTopic | None:
    match levels:
        case [_, identity, "up", "json"]:
            return OwnTopic(identity, Kind.JSON)
        case [_, identity, "up", "cbor"]:
            return OwnTopic(identity, Kind.CBOR)
        case [_, identity, "state"]:
            return OwnTopic(identity, Kind.STATE)
        case [_, identity, "down", command, "answer"]:
            return OwnTopic(identity, Kind.ANSWER, command)
        case [_, identity, "provision", client]:
            return OwnTopic(identity, Kind.PROVISION, client)
    return None


def _sparkplug(levels: list[str]) -> SparkplugTopic | None:
    match levels:
        case [_, group, word, node] if word in FROM_NODE:
            return SparkplugTopic(group, Word(word), node)
        case [_, group, word, node, device] if word in FROM_DEVICE:
            return SparkplugTopic(group, Word(word), node, device)
    return None


def down_topic(identity: str, command: str) -> str:
    """Where a device listens for a command."""
    return f"{ROOT}/{identity}/down/{command}"


def publish_subjects(identity: str) -> list[str]:
    """Where a device may publish: under its own name and nowhere else. An identity of two levels is an edge node."""
    group, _, node = identity.partition("/")
    if node:
        group, node = _token(group), _token(node)
        root = subject_of(SPARKPLUG)
        own = [f"{root}.{group}.{word}.{node}" for word in FROM_NODE]
        return own + [f"{root}.{group}.{word}.{node}.*" for word in FROM_DEVICE]
    root = f"{ROOT}.{_token(identity)}"
    return [f"{root}.up.json", f"{root}.up.cbor", f"{root}.state", f"{root}.down.*.answer"]


def subscribe_subjects(identity: str) -> list[str]:
    """Where a device may listen. The first of each pair is what the bus asks for beside a `/#`; the last is for QoS 1."""
    group, _, node = identity.partition("/")
    if node:
        group, node = _token(group), _token(node)
        root = subject_of(SPARKPLUG)
        own = [f"{root}.{group}.NCMD.{node}", f"{root}.{group}.NCMD.{node}.>"]
        own += [f"{root}.{group}.DCMD.{node}", f"{root}.{group}.DCMD.{node}.>"]
        return [*own, f"{root}.STATE.>", "STATE.>", "$MQTT.sub.>"]
    root = f"{ROOT}.{_token(identity)}"
    return [f"{root}.down", f"{root}.down.>", "$MQTT.sub.>"]


def provision_subject(identity: str, client_id: str) -> str:
    """Where a client that asks to be let in may publish; the answer comes one level below."""
    return f"{ROOT}.{_token(identity)}.provision.{_token(client_id)}"


def is_identity(identity: str) -> bool:
    """Whether a user of the MQTT door may have this name: one level, or group and node of an edge node."""
    levels = identity.split("/")
    return len(levels) <= 2 and all(is_level(level) for level in levels) and levels[0] != "STATE"


def _token(level: str) -> str:
    return level.replace(".", "//")


UP_SUBJECTS = (
    f"{ROOT}.*.up.*",
    f"{ROOT}.*.state",
    f"{ROOT}.*.down.*.answer",
    f"{ROOT}.*.provision.*",
    *(f"{subject_of(SPARKPLUG)}.*.{word}.*" for word in FROM_NODE),
    *(f"{subject_of(SPARKPLUG)}.*.{word}.*.*" for word in FROM_DEVICE),
)
"""What comes up from devices."""
